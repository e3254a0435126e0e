"""Whether people know when they are expected: what they read last is true, or somebody was asked to call them (R9, R10, R57)."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta

from tests.winter.facts import Breach, Record, Story, Text, key_of
from tests.winter.reading import LOGISTICS

SETTLED = timedelta(minutes=6)
"""The longest settle window of R9, and a minute."""
DAY_OPENS, DAY_CLOSES = time(8), time(20, 30)
"""A little less than the federal day: a vendor may sit on a message."""
SAME_MINUTE = timedelta(minutes=30)
MOST_A_DAY = 4
TOO_LATE = timedelta(hours=2)
"""Who books or is moved later than that before the visit is told at the desk, or on their way."""
LONG_BEFORE = timedelta(hours=72)
BY_TEN = time(10)


def true_when_sent(record: Record, since: datetime) -> Iterator[Breach]:
    """Every text names the time at which somebody is expected, or says of another time that it is off (R9)."""
    for text in record.texts:
        if text.at <= since or text.kind not in LOGISTICS:
            continue
        if not text.named:
            yield Breach("R9", text.at, f"names no time: {text.body}")
        for key in text.named:
            story = record.story_of(text, key)
            state = story.state(text.at) if story else None
            if story is None or state is None:
                yield Breach("R9", text.at, f"nobody on {text.phone} ever had that time: {text.body}")
            elif (state.start is not None and key_of(state.start) == key) is (text.kind == "cancel"):
                yield Breach("R9", text.at, f"untrue when it was sent to {text.phone}: {text.body}")


def said_once(record: Record, since: datetime) -> Iterator[Breach]:
    """No step says the same about a visit twice; a notice may, where another time was told in between (R10)."""
    for story in record.stories:
        texts = record.said_about(story)
        for at, text in enumerate(texts):
            before = [one for one in texts[:at] if (one.kind, one.body) == (text.kind, text.body)]
            notice = text.kind in {"change", "cancel"}
            if text.at > since and before and (not notice or before[-1] is texts[at - 1]):
                yield Breach("R10", text.at, f"said twice to {text.phone}: {text.body}")


def read_last(record: Record, story: Story, at: datetime) -> Text | None:
    """What its person read last about a visit by then."""
    return next((text for text in reversed(record.said_about(story)) if text.at <= at), None)


def agrees(story: Story, text: Text, at: datetime) -> bool:
    """Whether a text says what the booking tool said at an instant."""
    state = story.state(at)
    if state is None or state.start is None:
        return text.kind == "cancel"
    return text.kind != "cancel" and key_of(state.start) in text.named


def reaches_nobody(record: Record, story: Story, at: datetime) -> bool:
    """Whether no text may go to this person at all."""
    patient, phone = story.patient, story.patient.reached_at
    flagged, stopped = record.flagged.get(patient.number), record.stopped.get(phone)
    return not phone or not patient.consent or any(one is not None and one <= at for one in (flagged, stopped))


def kept_from(record: Record, story: Story, at: datetime) -> bool:
    """Whether something beyond the hour stood in the way of a notice then."""
    stops = (*record.down, *record.unsigned, *record.paused, *story.held)
    day = story.place.wall(at).date()
    said = [text for text in record.by_phone[story.patient.reached_at] if text.kind in LOGISTICS and text.at < at]
    today = sum(story.place.wall(text.at).date() == day for text in said)
    return reaches_nobody(record, story, at) or any(at in span for span in stops) or today >= MOST_A_DAY


def _may_speak(record: Record, story: Story, at: datetime) -> bool:
    """Whether a notice about this visit could go at an instant."""
    lately = any(at - SAME_MINUTE < text.at < at for text in record.by_phone[story.patient.reached_at])
    by_day = DAY_OPENS <= story.place.wall(at).time() < DAY_CLOSES
    return by_day and not lately and not kept_from(record, story, at)


def over_at(record: Record, story: Story, now: datetime) -> datetime | None:
    """When a visit begins, or began for whoever was told of it and not of its end."""
    start = story.start(now)
    if start is not None:
        return start
    last = read_last(record, story, now)
    if last is None or last.kind == "cancel":
        return None
    walls = [one.start for one in story.states if one.start and key_of(one.start) in last.named]
    return story.place.instant(walls[-1]) if walls else None


def settled_truth(record: Record, since: datetime) -> Iterator[Breach]:
    """Once things have settled, and one tick later, what was read last is true: a change is told where it can be (R9, R10)."""
    del since
    now = record.now
    for story in record.stories:
        last, state, over = read_last(record, story, now), story.state(now), over_at(record, story, now)
        if last is None or state is None or over is None or over <= now or agrees(story, last, now):
            continue
        runs = [run for run in record.runs if state.at + SETTLED <= run <= now]
        if len([run for run in runs if _may_speak(record, story, run)]) <= 1:
            continue
        held_up = any(kept_from(record, story, run) for run in runs)
        if not (held_up and record.on_a_list(story, state.at, now)):
            yield Breach("R9", now, f"{_name(story)} changed {state.at:%m-%d %H:%M}Z, and read last: {last.body}")


def called_if_not_told(record: Record, since: datetime) -> Iterator[Breach]:
    """By the time a visit begins, its person has read the truth, or somebody was asked to call them (R57)."""
    for story in record.stories:
        over = _passed(record, story, since)
        state = story.state(over) if over else None
        if over is None or state is None or over - state.at < TOO_LATE or _is_flagged(record, story, over):
            continue
        last = read_last(record, story, over)
        told = agrees(story, last, over) if last else state.start is None
        if not told and not record.on_a_list(story, story.states[0].at, over):
            said = last.body if last else "nothing"
            yield Breach("R57", over, f"{_name(story)} was not called, and read last: {said}")


def called_by_ten(record: Record, since: datetime) -> Iterator[Breach]:
    """Whom no text may reach is on the list by ten on the day before, and one tick (R57)."""
    for story in record.stories:
        over = _passed(record, story, since)
        state = story.state(over) if over else None
        if over is None or state is None or state.start is None or over - state.at < LONG_BEFORE:
            continue
        if not reaches_nobody(record, story, over - LONG_BEFORE) or _is_flagged(record, story, over):
            continue
        ten = story.place.instant(datetime.combine(state.start - timedelta(days=1), BY_TEN))
        by = next((run for run in record.runs if run >= ten), over)
        if not record.on_a_list(story, story.states[0].at, by):
            yield Breach("R57", by, f"{_name(story)} can be told by nobody but a caller, and was on no list by ten")


def _passed(record: Record, story: Story, since: datetime) -> datetime | None:
    """When the visit was over, if that was since the last judgement."""
    over = over_at(record, story, record.now)
    return over if over is not None and since < over <= record.now else None


def _is_flagged(record: Record, story: Story, at: datetime) -> bool:
    """Nobody calls about the dead (R37)."""
    flagged = record.flagged.get(story.patient.number)
    return flagged is not None and flagged <= at


def _name(story: Story) -> str:
    return f"{story.patient.name} ({story.patient.number}, {'+'.join(story.numbers)}, {story.patient.reached_at or 'no phone'})"
