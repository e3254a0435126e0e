"""May this contact point be reached for this, and at this hour where the person is."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

from canonical.actions import Answer, Outcome, Purpose
from canonical.clock import DailyWindow, local_instant, rfc3339
from canonical.consent import Consent, ConsentCategory, ConsentKind, Suppression, SuppressionScope
from pipelines.policy.engine import Asked, allow, answer, rule
from pipelines.policy.facts import Unknown, known, local
from pipelines.policy.quiet_hours import UNKNOWN_STATE, next_opening, window_words

DAYTIME = DailyWindow(time(8), time(21))
_NEEDS = {
    Purpose.TREATMENT: ConsentCategory.INFORMATIONAL,
    Purpose.OPERATIONS: ConsentCategory.INFORMATIONAL,
    Purpose.SURVEY: ConsentCategory.FEEDBACK,
    Purpose.REVIEW_REQUEST: ConsentCategory.FEEDBACK,
}
_WEAKER_IS_ENOUGH = frozenset({Purpose.TREATMENT, Purpose.OPERATIONS})
"""A number given through an attested intake point is enough for these, never for more (R33)."""


@rule("TCPA-02")
def express_consent(asked: Asked) -> Answer:
    """A text needs evidence that this number agreed to this category."""
    consents = known(asked.facts.permission.consents, "consent.express_event_id")
    category = _NEEDS[asked.action.labels.purpose]
    newest = _newest(consents, category)
    if newest is not None and newest.granted and _strong_enough(newest, asked.action.labels.purpose):
        return allow(asked)
    return answer(asked, Outcome.BLOCK, category=category.value)


def _newest(consents: tuple[Consent, ...], category: ConsentCategory) -> Consent | None:
    mine = [c for c in consents if c.category is category]
    return max(mine, key=lambda c: c.given_at or c.recorded_at, default=None)


def _strong_enough(consent: Consent, purpose: Purpose) -> bool:
    return consent.kind is not ConsentKind.PROVIDED_NUMBER or purpose in _WEAKER_IS_ENOUGH


@rule("TCPA-07")
def daytime_only(asked: Asked) -> Answer:
    """Non-urgent messages wait for 08:00 to 21:00 where the person is."""
    here = local(asked.now, asked.facts)
    if asked.action.urgent or DAYTIME.contains(here):
        return allow(asked)
    return answer(asked, Outcome.DELAY_UNTIL, until=_next_daytime(here))


def _next_daytime(here: datetime) -> datetime:
    zone = here.tzinfo if isinstance(here.tzinfo, ZoneInfo) else ZoneInfo("UTC")
    today = local_instant(here.date(), DAYTIME.opens, zone)
    if today > here:
        return today
    return local_instant(here.date().fromordinal(here.date().toordinal() + 1), DAYTIME.opens, zone)


@rule("TCPA-06")
def quiet_hours(asked: Asked) -> Answer:
    """What sells or asks waits for the hours that every state the person may be in allows."""
    states = _candidate_states(asked)
    zone = asked.facts.recipient.zone
    if isinstance(zone, Unknown) or not states:
        return allow(asked)  # TCPA-08 answers when the place is not known
    return _within(asked, states, zone)


@rule("TCPA-08")
def unknown_place(asked: Asked) -> Answer:
    """Where the person is unknown, the strictest window of all applies; without any zone, nothing goes."""
    recipient = asked.facts.recipient
    if not isinstance(recipient.zone, Unknown) and _candidate_states(asked):
        return allow(asked)
    zone = recipient.zone if not isinstance(recipient.zone, Unknown) else next(iter(recipient.area_code_zones), None)
    if zone is None:
        return answer(asked, Outcome.BLOCK)
    return _within(asked, (UNKNOWN_STATE,), zone)


def _within(asked: Asked, states: tuple[str, ...], zone: str) -> Answer:
    opening = next_opening(asked.now, states, ZoneInfo(zone), asked.facts.route.max_latency)
    if opening <= asked.now:
        return allow(asked)
    here = asked.now.astimezone(ZoneInfo(zone)).strftime("%H:%M")
    said = {"local_time": here, "allowed": window_words(asked.now, states, ZoneInfo(zone)), "window": window_words(asked.now, states, ZoneInfo(zone))}
    return answer(asked, Outcome.DELAY_UNTIL, until=opening, **said)


def _candidate_states(asked: Asked) -> tuple[str, ...]:
    """Residence and area code: the law presumes one, the house does not trust it alone (R31)."""
    recipient = asked.facts.recipient
    found = set() if isinstance(recipient.area_code_states, Unknown) else set(recipient.area_code_states)
    if not isinstance(recipient.address_state, Unknown):
        found.add(recipient.address_state)
    return tuple(sorted(found))


@rule("TCPA-13")
def not_suppressed(asked: Asked) -> Answer:
    """An opt-out on this contact point and brand stops everything its scope covers."""
    suppressions = known(asked.facts.permission.suppressions, "suppression_row")
    if asked.action.labels.purpose is Purpose.OPT_OUT_CONFIRMATION:
        return allow(asked)  # the one confirmation is TCPA-15's
    hit = next((s for s in suppressions if _covers(s, asked.action.labels.purpose)), None)
    if hit is None:
        return allow(asked)
    return answer(asked, Outcome.BLOCK, ts=rfc3339(hit.effective_at), scope=hit.scope.value)


@rule("EMAIL-02")
def not_unsubscribed(asked: Asked) -> Answer:
    """An address that unsubscribed hears nothing its scope covers."""
    suppressions = known(asked.facts.permission.suppressions, "suppression_row")
    hit = next((s for s in suppressions if _covers(s, asked.action.labels.purpose)), None)
    return allow(asked) if hit is None else answer(asked, Outcome.BLOCK, ts=rfc3339(hit.effective_at))


def _covers(suppression: Suppression, purpose: Purpose) -> bool:
    if suppression.scope is SuppressionScope.MARKETING:
        return purpose in {Purpose.MARKETING, Purpose.SURVEY, Purpose.REVIEW_REQUEST}
    return not suppression.lifted
