"""Whether people are left in peace, and whether a text says what no text may say: R6, R39, C2."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from tests.winter.facts import Breach, Record, Text
from tests.winter.reading import ANSWERS, FOLLOW_UPS, LOGISTICS, SELLS

SAME_MINUTE = timedelta(minutes=30)
MOST_LOGISTICS_A_DAY, MOST_FOLLOW_UPS_A_WEEK, MOST_OFFERS_A_MONTH = 4, 2, 4
FORBIDDEN = re.compile(
    r"\b(lasers?|peels?|botox|toxin|fillers?|inject\w*|inyecc\w*|treat\w*|tratamiento\w*|aftercare|lips?|skin|piel|series|"
    r"bruis\w*|swell\w*|surger\w*|surgical|cirug\w*|medic\w*|dermal|wrinkles?|arrugas?)\b",
    re.IGNORECASE,
)
"""The words of this practice's services, in both languages, and what implies one (C2)."""


def every_text_is_known(record: Record, since: datetime) -> Iterator[Breach]:
    """A text that fits no step of the catalogue, or two, should not exist."""
    for text in record.texts:
        if text.at > since and not text.kind:
            yield Breach("catalogue", text.at, f"nobody knows this text: {text.body}")


def no_treatment_word(record: Record, since: datetime) -> Iterator[Breach]:
    """No SMS says, or implies, what is done behind the door (C2)."""
    for text in record.texts:
        found = FORBIDDEN.search(text.body)
        if text.at > since and found:
            yield Breach("C2", text.at, f"says {found[0]!r}: {text.body}")


def half_an_hour_apart(record: Record, since: datetime) -> Iterator[Breach]:
    """One phone hears one thing in half an hour, beside answers and the confirmation of its own booking (R6)."""
    asked_for = ANSWERS | {"confirmation"}
    for first, second in record.neighbours():
        if second.at <= since or {first.kind, second.kind} & asked_for:
            continue
        if second.at - first.at < SAME_MINUTE:
            yield Breach("R6", second.at, f"to {second.phone}: {first.body} | {second.body}")


def within_the_caps(record: Record, since: datetime) -> Iterator[Breach]:
    """Four texts about visits a day, follow-ups one a day and two a week, offers one a day and four a month (R39)."""
    limits = (
        (LOGISTICS, timedelta(0), MOST_LOGISTICS_A_DAY),
        (FOLLOW_UPS | SELLS, timedelta(0), 1),
        (FOLLOW_UPS, timedelta(days=7), MOST_FOLLOW_UPS_A_WEEK),
        (SELLS, timedelta(days=30), MOST_OFFERS_A_MONTH),
    )
    for texts in record.by_phone.values():
        for at, text in enumerate(texts):
            for kinds, span, most in limits if text.at > since else ():
                near = [one for one in texts[: at + 1] if one.kind in kinds and _is_near(record, one, text, span)]
                if text.kind in kinds and len(near) > most:
                    yield Breach("R39", text.at, f"{len(near)} to {text.phone}, the last: {text.body}")


def _is_near(record: Record, one: Text, text: Text, span: timedelta) -> bool:
    """Within so many days before, or on the same day of the sender's place."""
    if span:
        return text.at - one.at < span
    zone = next((story.place.zone for story in record.stories if story.place.sender == text.sender), None)
    return one.at.astimezone(zone).date() == text.at.astimezone(zone).date()


def sums_close(terms: Mapping[str, int], at: datetime) -> Iterator[Breach]:
    """What was open, planned and revived is settled or still open, to the action."""
    came = sum(terms[name] for name in ("open_before", "planned", "revived"))
    went = sum(count for name, count in terms.items() if name not in {"open_before", "planned", "revived"})
    if came != went:
        yield Breach("conservation", at, f"{came} came and {went} went: {dict(terms)}")
