"""Treatment texts under the healthcare exemption instead of consent (TCPA-04, TCPA-05). In consent mode neither is asked."""

import re
from datetime import time, timedelta
from zoneinfo import ZoneInfo

from canonical.clock import ONE_DAY, local_instant
from pipelines.messages.segments import measure
from pipelines.policy.asking import ALLOW, NOT_ASKED, Asked, Finding, block, delay, rewrite, rule
from pipelines.policy.facts import Facts, known, local
from pipelines.policy.incentives import bills
from pipelines.policy.promotion import sells
from pipelines.policy.rewrites import EXEMPT

_EXEMPT_MODE = "exempt"
_CLOSED_LIST = ("2.3", "2.5", "2.7", "2.8", "3.1", "3.2", "3.3", "3.5", "4.1")
"""Confirmations and reminders, instructions before the visit, forms before it: what 47 CFR 64.1200(a)(9)(iv) lists and we say."""
_LONGEST = 160
_OPENS = time(8)
_WEEK = timedelta(days=7)
_PER_WEEK = 3
_NO_DIGIT = re.compile(r"\D")
_NATIONAL = 10
"""Digits of a number without its country code."""


@rule("TCPA-04")
def short_and_plain(asked: Asked) -> Finding:
    """An exempt text has at most 160 characters, names practice, number and opt-out, and neither sells nor bills."""
    if asked.settings.tcpa_mode != _EXEMPT_MODE:
        return NOT_ASKED
    listed = asked.action.row in _CLOSED_LIST
    if listed and _is_exempt(asked.facts):
        return ALLOW
    return rewrite(EXEMPT) if listed and asked.facts.text.variant != _EXEMPT_MODE else block()


def _is_exempt(facts: Facts) -> bool:
    text = facts.text
    size = measure(text.body)
    short = size.units <= _LONGEST and size.segments == 1
    complete = text.has_brand and "STOP" in text.body and _names(text.body, facts.profile.phone)
    return short and complete and not sells(text.body) and not bills(text.body)


def _names(body: str, phone: str) -> bool:
    """Whether the number stands in the text, however it is written."""
    digits = _NO_DIGIT.sub("", phone)[-_NATIONAL:]
    return bool(digits) and digits in _NO_DIGIT.sub("", body)


@rule("TCPA-05")
def one_a_day_three_a_week(asked: Asked) -> Finding:
    """Of exempt texts a person gets one a day and three a week, by their own calendar."""
    if asked.settings.tcpa_mode != _EXEMPT_MODE:
        return NOT_ASKED
    sent = asked.facts.sent.treatment_texts
    if not sent:
        return ALLOW
    here, zone = local(asked.now, asked.facts), ZoneInfo(known(asked.facts.recipient.zone, "recipient_tz"))
    today = [at for at in sent if at.astimezone(zone).date() == here.date()]
    week = [at for at in sent if asked.now - at < _WEEK]
    waits = [local_instant(here.date() + ONE_DAY, _OPENS, zone)] if today else []
    if len(week) >= _PER_WEEK:
        waits.append(week[_PER_WEEK - 1] + _WEEK)
    return delay(max(waits), n=len(week) if len(week) >= _PER_WEEK else len(today)) if waits else ALLOW
