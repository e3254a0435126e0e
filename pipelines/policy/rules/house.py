"""The house's own switches: rows, pauses, and the audit without which nothing moves."""

from canonical.actions import Action, Purpose, SubjectKind
from canonical.clock import rfc3339
from canonical.pauses import Pause, PauseScope
from canonical.practice import Channel
from pipelines.policy.asking import ALLOW, NOT_ASKED, Asked, Finding, block, delay, rule
from pipelines.policy.facts import Facts, is_emergency, known, recorded

_OURS = "glowline"
_REVIEWS = "6."
_FOLLOW_UPS = ("2.1", "5.", _REVIEWS)
_NEVER_PAUSED = (Purpose.INTERNAL, Purpose.OPT_OUT_CONFIRMATION)


@rule("OWN-01")
def ours_to_send(asked: Asked) -> Finding:
    """A row has one sender, and it must be us (R40). Unset is off."""
    owner = asked.facts.row.owner or "off"
    if owner == _OURS:
        return ALLOW
    return block("Row {row} is switched off here.", row=asked.action.row) if owner == "off" else block(owner=owner)


@rule("LIVE-01")
def after_go_live(asked: Asked) -> Finding:
    """What happened before a row was switched on is history, and history sends nothing (R43)."""
    row, name = asked.facts.row, asked.action.row
    if row.live_from is None:
        return block("Row {row} is not switched on.", row=name)
    if row.trigger and row.fact_at is None:
        return block(row=name, live_from=rfc3339(row.live_from))
    if recorded(row.fact_at, "effective_at") < row.live_from:
        return block(row=name, live_from=rfc3339(row.live_from))
    return ALLOW


@rule("PAUSE-01")
def not_paused(asked: Asked) -> Finding:
    """A pause at any level holds it, at most to its expiry (R45)."""
    action = asked.action
    if action.labels.purpose in _NEVER_PAUSED or is_emergency(action):
        return NOT_ASKED
    if not asked.facts.pauses:
        return ALLOW
    holding = [p for p in asked.facts.pauses if _holds(p, action, asked.facts)]
    if not holding:
        return ALLOW
    longest = max(holding, key=lambda p: p.until or action.expires_at)
    until = min(longest.until or action.expires_at, action.expires_at)
    return delay(max(until, asked.now), who=longest.who, when=rfc3339(longest.set_at), why=longest.why)


def _holds(pause: Pause, action: Action, facts: Facts) -> bool:
    if pause.scope in {PauseScope.AGENCY, PauseScope.PRACTICE}:
        return True
    if pause.scope is PauseScope.CHANNEL and pause.value == Channel.EMAIL:
        return action.channel in {Channel.EMAIL, Channel.SECURE_EMAIL}
    subjects: dict[PauseScope, str | None] = {
        PauseScope.LOCATION: action.location_id,
        PauseScope.ROW: action.row,
        PauseScope.CHANNEL: action.channel,
        PauseScope.VENDOR: facts.route.vendor,
        PauseScope.PERSON: action.person_id,
        PauseScope.VISIT: action.subject_id if action.subject_kind is SubjectKind.VISIT else None,
        PauseScope.FOLLOW_UP: action.person_id if action.row.startswith(_FOLLOW_UPS) else None,
        PauseScope.REVIEWS: action.person_id if action.row.startswith(_REVIEWS) else None,
    }
    return pause.value == subjects[pause.scope]


@rule("AUD-01")
def can_be_recorded(asked: Asked) -> Finding:
    """Nothing is sent while the audit cannot be written, or a due checkpoint is unsigned."""
    ledger = asked.facts.ledger
    return ALLOW if known(ledger.writable, "ledger.status") and not ledger.checkpoint_due_unsigned else block()


@rule("AUD-02")
def matches_its_checkpoints(asked: Asked) -> Finding:
    """A ledger that does not match its signed checkpoints is read, not written."""
    ledger = asked.facts.ledger
    if known(ledger.verified, "verify_result"):
        return ALLOW
    return block(size=ledger.checkpoint_size or "a size nobody recorded")
