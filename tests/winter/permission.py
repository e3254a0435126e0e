"""Whether anybody was written to who must not be, then or so: consent, stop, minors, marks, agreements, pauses, hours."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from tests.winter.facts import Asked, Breach, Patient, Place, Record, Text
from tests.winter.reading import ANSWERS, FOLLOW_UPS, SELLS, SURVEYS

DAY_OPENS, DAY_CLOSES = time(8), time(21)
LATELY = timedelta(minutes=61)
"""An answer to what somebody asked an hour ago needs no daylight (R30)."""
AREA_ZONES = {"+1212": ZoneInfo("America/New_York"), "+1602": ZoneInfo("America/Phoenix")}
AT_ANY_HOUR = frozenset({"stopped", "emergency"})


def _reached_at(record: Record, phone: str) -> list[Patient]:
    return [one for one in record.patients.values() if one.reached_at == phone]


def _text_of(record: Record, asked: Asked) -> Text | None:
    return next((text for text in record.by_phone[asked.phone] if text.at == asked.at), None)


def only_with_consent(record: Record, since: datetime) -> Iterator[Breach]:
    """Nobody is written to who never agreed (TCPA-01), and no minor but through a guardian (R36)."""
    for asked in record.asked:
        if asked.at > since and not any(one.consent for one in _reached_at(record, asked.phone)):
            yield Breach("TCPA-01", asked.at, f"nobody on {asked.phone} has agreed to texts there")


def labels_hold(record: Record, since: datetime) -> Iterator[Breach]:
    """What sells needs a signature, what asks for a review a consent to it, and neither goes to a minor (TCPA-01, R36).

    Consent hangs on the phone, so one of a household gives it for all.
    """
    been = {story.patient.number for story in record.stories}
    for text in record.texts:
        people = _reached_at(record, text.phone)
        adults = [one for one in people if not one.minor and one.number in been]
        if text.at <= since:
            continue
        if text.kind in SELLS | SURVEYS and not adults:
            yield Breach("R36", text.at, f"about a minor to {text.phone}: {text.body}")
        if text.kind in SELLS and not any(one.written for one in people):
            yield Breach("TCPA-01", text.at, f"sells without a signature to {text.phone}: {text.body}")
        if text.kind in SURVEYS and not any(one.feedback for one in people):
            yield Breach("TCPA-01", text.at, f"asks without consent on {text.phone}: {text.body}")


def nothing_after_stop(record: Record, since: datetime) -> Iterator[Breach]:
    """After a stop, said or flagged, nothing is even asked for, but the one confirmation (R34, TCPA-15)."""
    confirmed: set[str] = set()
    for asked in record.asked:
        stopped = record.stopped.get(asked.phone)
        if stopped is None or asked.at <= stopped:
            continue
        text = _text_of(record, asked)
        allowed = text is not None and text.kind == "stopped" and asked.phone not in confirmed
        confirmed.add(asked.phone)
        if not allowed and asked.at > since:
            yield Breach(
                "R34", asked.at, f"{asked.phone} had stopped: {text.body if text else 'refused by the vendor'}"
            )


def nothing_about_the_flagged(record: Record, since: datetime) -> Iterator[Breach]:
    """Whoever died or was dismissed is not written to, nor is their household about them (R37)."""
    for asked in record.asked:
        people = _reached_at(record, asked.phone)
        flagged = [record.flagged.get(one.number) for one in people]
        if asked.at > since and people and all(at is not None and at < asked.at for at in flagged):
            yield Breach("R37", asked.at, f"everybody on {asked.phone} is flagged")


def only_under_an_agreement(record: Record, since: datetime) -> Iterator[Breach]:
    """Nothing goes to a vendor whose agreement is out of force (BAA-02)."""
    for asked in record.asked:
        if asked.at > since and any(asked.at in span for span in record.unsigned):
            yield Breach("BAA-02", asked.at, f"asked for while the agreement was out of force: {asked.phone}")


def pauses_hold(record: Record, since: datetime) -> Iterator[Breach]:
    """A pause stops all but stops and emergencies (R45); a talk stops what is not about a visit ahead (R20)."""
    for text in record.texts:
        if text.at <= since:
            continue
        if text.kind not in AT_ANY_HOUR and any(text.at in span for span in record.paused):
            yield Breach("R45", text.at, f"sent during a pause: {text.body}")
        if text.kind in FOLLOW_UPS | SELLS and any(text.at in span for span in record.talks.get(text.phone, ())):
            yield Breach("R20", text.at, f"{text.phone} waits for a person: {text.body}")


def by_day(record: Record, since: datetime) -> Iterator[Breach]:
    """From eight to nine where the visit is, for what is no answer; what asks or sells also where the phone is (R30, R31)."""
    for text in record.texts:
        if text.at <= since or _answers(record, text):
            continue
        zones = {place.zone for place in _places(record, text)}
        if text.kind in SELLS | SURVEYS:
            zones |= {zone for area, zone in AREA_ZONES.items() if text.phone.startswith(area)}
        if not all(DAY_OPENS <= text.at.astimezone(zone).time() < DAY_CLOSES for zone in zones):
            yield Breach("TCPA-07", text.at, f"at night to {text.phone}: {text.body}")


def _answers(record: Record, text: Text) -> bool:
    """Whether it answers what this person did within the hour: a message, or a booking of their own (R30)."""
    if text.kind in ANSWERS:
        return any(text.at - LATELY <= at <= text.at for at in record.heard.get(text.phone, ()))
    stories = [record.story_of(text, key) for key in text.named]
    return text.kind == "confirmation" and any(
        one is not None and one.by_patient and text.at - one.states[0].at <= LATELY for one in stories
    )


def _places(record: Record, text: Text) -> list[Place]:
    """Where the visits are that it is about; for one that names none, every place its reader goes to."""
    named = [story.place for key in text.named if (story := record.story_of(text, key))]
    return named or [one.place for one in record.stories if one.patient.reached_at == text.phone]


def from_the_right_number(record: Record, since: datetime) -> Iterator[Breach]:
    """The location decides who writes (R11)."""
    for text in record.texts:
        senders = {place.sender for place in _places(record, text)}
        if text.at > since and senders and text.kind not in ANSWERS and text.sender not in senders:
            yield Breach("R11", text.at, f"from {text.sender} to {text.phone}: {text.body}")
