"""How often: one subject in a day (TCPA-09), one contact point (CAP-01), and everybody at once (SURGE-01)."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import cache

from canonical.actions import Purpose
from canonical.practice import Channel
from pipelines.policy.asking import ALLOW, NOT_ASKED, Asked, Finding, approval, delay, rule
from pipelines.policy.facts import Unknown, is_emergency
from pipelines.policy.quiet_hours import UNKNOWN_STATE, state_hours
from pipelines.policy.rules.hours import candidate_states

CANARY = 25
"""R44's first day: what is expected where nobody has a forecast yet, and the least that can be too much."""
_TIMES_THE_FORECAST = 3
_SHARE = 10
"""One in so many of the active patients."""
_DAY, _WEEK, _MONTH = timedelta(hours=24), timedelta(days=7), timedelta(days=30)
_WINDOWS = {timedelta(hours=1): "an hour", _DAY: "24 hours", _WEEK: "7 days", _MONTH: "30 days"}
_TEXT, _SELLS = Channel.SMS, Purpose.MARKETING
_ANSWERS, _TASKS, _CONFIRMS = Purpose.REQUESTED_REPLY, Purpose.INTERNAL, Purpose.OPT_OUT_CONFIRMATION
_NEVER_SURGING = (_ANSWERS, _TASKS, _CONFIRMS)
_FOLLOW_UPS = ("5.", "6.")
_ABROAD = "Automatic answers by text go to numbers that begin with +1 only."
_SELLING = "{n} messages that sell in {window}."

Limit = tuple[int, timedelta]
"""So many in so long a time."""


@rule("TCPA-09")
def not_too_often(asked: Asked) -> Finding:
    """Nobody hears about one subject, or is sold to, more often than their state and the house allow."""
    sent = asked.facts.sent
    if not sent.same_subject and not sent.marketing:
        return ALLOW
    cap = _state_cap(candidate_states(asked.facts.recipient) or frozenset((UNKNOWN_STATE,)))
    found = _longest(sent.same_subject, ((cap, _DAY),), asked.now) if cap else None
    if found is not None:
        return delay(found[0], n=found[1])
    if asked.action.labels.purpose is not _SELLS:
        return ALLOW
    caps = asked.settings.caps
    limits = (caps.marketing_per_day, _DAY), (caps.marketing_per_month, _MONTH)
    return _wait(sent.marketing, limits, asked.now, _SELLING)


@cache
def _state_cap(states: frozenset[str]) -> int | None:
    """The least that any of these states allows on one subject in 24 hours; None where none of them counts."""
    table = state_hours()
    written = [table[state].cap_per_24h.split(" ")[0] for state in states if state in table]
    return min((int(number) for number in written if number), default=None)


@rule("CAP-01")
def within_the_caps(asked: Asked) -> Finding:
    """One contact point hears only so much, across journeys and household."""
    action, sent, caps = asked.action, asked.facts.sent, asked.settings.caps
    purpose = action.labels.purpose
    if purpose is _TASKS or purpose is _CONFIRMS:
        return NOT_ASKED
    if purpose is _ANSWERS:
        return _answers(asked)
    if purpose is _SELLS:
        limits = (caps.marketing_per_day, _DAY), (caps.marketing_per_month, _MONTH)
        return _wait(sent.marketing, limits, asked.now)
    if action.row[:2] in _FOLLOW_UPS:
        limits = (caps.follow_up_per_day, _DAY), (caps.follow_up_per_week, _WEEK)
        return ALLOW if _follows_an_answer(asked) else _wait(sent.follow_up, limits, asked.now)
    if action.channel is not _TEXT or len(sent.logistics) < caps.logistics_per_day:
        return ALLOW
    return NOT_ASKED if is_emergency(action) else approval(n=len(sent.logistics), window="one day")


def _follows_an_answer(asked: Asked) -> bool:
    """Whoever has just answered is owed what was promised for the answer (R53): a cap must not cost the invitation (R54)."""
    answered = asked.facts.occasion.answered_at
    return answered is not None and asked.now - answered <= _DAY


def _answers(asked: Asked) -> Finding:
    """Answers have a cap of their own, against forms that somebody fills in for others (R48)."""
    if asked.action.channel is not _TEXT:
        return ALLOW
    if not asked.facts.recipient.in_north_america:
        return approval(_ABROAD)
    limits = ((asked.settings.caps.answers_per_hour, timedelta(hours=1)),)
    return _wait(asked.facts.sent.answers_of_form, limits, asked.now, "{n} automatic answers to one form in {window}.")


def _wait(sent: Sequence[datetime], limits: Iterable[Limit], now: datetime, sentence: str = "") -> Finding:
    found = _longest(sent, limits, now)
    if found is None:
        return ALLOW
    until, count, span = found
    return delay(until, sentence, n=count, window=_WINDOWS[span])


def _longest(
    sent: Sequence[datetime], limits: Iterable[Limit], now: datetime
) -> tuple[datetime, int, timedelta] | None:
    """When the last of the limits that are reached frees, with its count and span; None where none is. `sent`: newest first."""
    reached = []
    for most, span in limits:
        if len(sent) < most:
            continue
        inside = [at for at in sent if now - at < span]
        if len(inside) >= most:
            frees = inside[most - 1] + span if most else now + span
            reached.append((frees, len(inside), span))
    return max(reached, default=None)


@rule("SURGE-01")
def no_more_than_expected(asked: Asked) -> Finding:
    """Far more at once than was to be expected, or than a tenth of the patients, waits for a person's yes."""
    surge = asked.facts.surge
    count = surge.tick_count
    if count <= CANARY:
        return ALLOW
    if asked.action.labels.purpose in _NEVER_SURGING or is_emergency(asked.action):
        return NOT_ASKED
    forecast = CANARY if isinstance(surge.forecast, Unknown) else surge.forecast
    patients = surge.active_patients
    few = surge.reached <= CANARY or isinstance(patients, Unknown) or surge.reached * _SHARE <= patients
    return ALLOW if few and count <= _TIMES_THE_FORECAST * forecast else approval(n=count, forecast=forecast)
