"""The judge: every rule over a winter so far. It believes the vendor and the booking tool, and of us only who is to be called."""

from collections.abc import Callable, Iterator
from datetime import datetime

from tests.winter import manners, permission, truth
from tests.winter.facts import Breach, Record

Rule = Callable[[Record, datetime], Iterator[Breach]]
RULES: tuple[Rule, ...] = (
    truth.true_when_sent,
    truth.said_once,
    truth.settled_truth,
    truth.called_if_not_told,
    truth.called_by_ten,
    permission.only_with_consent,
    permission.labels_hold,
    permission.nothing_after_stop,
    permission.nothing_about_the_flagged,
    permission.only_under_an_agreement,
    permission.pauses_hold,
    permission.by_day,
    permission.from_the_right_number,
    manners.every_text_is_known,
    manners.no_treatment_word,
    manners.half_an_hour_apart,
    manners.within_the_caps,
)


def judge(record: Record, since: datetime) -> list[Breach]:
    """What must not be and is, of what happened after `since`."""
    return [breach for rule in RULES for breach in rule(record, since)]
