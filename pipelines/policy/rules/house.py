"""The house's own switches: rows, pauses, and the audit without which nothing moves."""

from canonical.actions import Action, Answer, Outcome, Purpose
from canonical.clock import rfc3339
from canonical.pauses import Pause, PauseScope
from pipelines.policy.engine import Asked, allow, answer, not_asked, rule
from pipelines.policy.facts import Facts, known

_NEVER_PAUSED = frozenset({Purpose.INTERNAL, Purpose.OPT_OUT_CONFIRMATION})
_EMERGENCY_ROW = "7.3"


@rule("OWN-01")
def ours_to_send(asked: Asked) -> Answer:
    """A row has one sender, and it must be us (R40)."""
    owner = asked.facts.row.owner or "off"
    return allow(asked) if owner == "glowline" else answer(asked, Outcome.BLOCK, owner=owner)


@rule("LIVE-01")
def after_go_live(asked: Asked) -> Answer:
    """What happened before a row was switched on is history, and history sends nothing (R43)."""
    row = asked.facts.row
    if row.live_from is None:
        return answer(asked, Outcome.BLOCK, row=asked.action.row, live_from="never")
    missing_is_old = row.fact_at is None and row.trigger
    if missing_is_old or (row.fact_at is not None and row.fact_at < row.live_from):
        return answer(asked, Outcome.BLOCK, row=asked.action.row, live_from=rfc3339(row.live_from))
    return allow(asked)


@rule("PAUSE-01")
def not_paused(asked: Asked) -> Answer:
    """A pause at any level holds it, at most to its expiry (R45)."""
    action = asked.action
    if action.labels.purpose in _NEVER_PAUSED or (action.row == _EMERGENCY_ROW and action.urgent):
        return not_asked(asked)
    pause = next((p for p in asked.facts.pauses if _covers(p, action, asked.facts)), None)
    if pause is None:
        return allow(asked)
    until = min(pause.until or action.expires_at, action.expires_at)
    said = {"who": pause.who, "since": rfc3339(pause.set_at), "why": pause.why}
    return answer(asked, Outcome.DELAY_UNTIL, until=max(until, asked.now), **said)


def _covers(pause: Pause, action: Action, facts: Facts) -> bool:
    subject = {
        PauseScope.AGENCY: "",
        PauseScope.PRACTICE: "",
        PauseScope.LOCATION: action.location_id,
        PauseScope.ROW: action.row,
        PauseScope.CHANNEL: action.channel,
        PauseScope.VENDOR: facts.route.vendor,
        PauseScope.PERSON: action.person_id,
    }[pause.scope]
    return pause.value == (subject or "")


@rule("AUD-01")
def can_be_recorded(asked: Asked) -> Answer:
    """Nothing is sent while the audit cannot be written, or a due checkpoint is unsigned."""
    ledger = asked.facts.ledger
    return allow(asked) if ledger.writable and not ledger.checkpoint_due_unsigned else answer(asked, Outcome.BLOCK)


@rule("AUD-02")
def matches_its_checkpoints(asked: Asked) -> Answer:
    """A ledger that does not match its signed checkpoints is read, not written."""
    verified = known(asked.facts.ledger.verified, "verify_result")
    return allow(asked) if verified else answer(asked, Outcome.BLOCK, size="the newest one")


@rule("UNK-01")
def nothing_unknown(asked: Asked) -> Answer:
    """Every rule answers for its own unknown inputs; this one stands for the house's promise that doubt never sends."""
    return allow(asked)
