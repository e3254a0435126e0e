"""The vendor is gone for two days and comes back: nothing stale is said, nobody hears twice, and it goes slowly (R46)."""

from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from pipelines.outbox import deliver
from pipelines.outbox.pacing import FEW, GAP
from pipelines.outbox.points import Point
from tests.proofs.town import NEW_YORK, Town, local

BEGINS, ENDS = "2026-11-10 09:00", "2026-11-12 11:00"
PHONES = [f"+1212555{number:04d}" for number in range(200, 212)]


def _told(visit: dict[str, str]) -> str:
    """How a text writes the time that the calendar has."""
    start = datetime.fromisoformat(visit["start"])
    return f"{start:%a, %b} {start.day} at {start.hour % 12 or 12}:{start:%M %p}"


@pytest.mark.timeout(300)
def test_r46_after_two_days_without_a_vendor_everybody_hears_at_most_one_true_text(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = _paced(town, monkeypatch)
    visits: dict[str, list[str]] = {phone: [] for phone in PHONES}
    people = {phone: town.person(f"Ana{chr(97 + at)} Reyes", phone) for at, phone in enumerate(PHONES)}
    for at, phone in enumerate(PHONES):
        day = "11 10:00" if at < 2 else "12 09:00" if at < 4 else f"13 10:{at % 4}0"
        visits[phone].append(town.book(people[phone], f"2026-11-{day}"))
    visits[PHONES[-1]].append(town.book(people[PHONES[-1]], "2026-11-14 10:00"))
    town.run(local("2026-11-09 08:00"))
    before = len(town.texts())
    town.twilio.begin_outage("refuse")
    town.run_until(local("2026-11-11 15:00"), timedelta(hours=12))
    town.move(visits[PHONES[5]][0], "2026-11-16 15:00")
    town.cancel(visits[PHONES[6]][0])
    town.run_until(local(ENDS) - timedelta(minutes=1), timedelta(hours=12))
    assert len(town.texts()) == before, "the outage is one"
    town.twilio.end_outage()
    begun.clear()
    back = local(ENDS)
    for minutes in (0, 5, 31, 61):
        town.run(back + timedelta(minutes=minutes))
    _each_is_true_and_alone(town, visits, before)
    assert len(begun) > FEW
    assert all(later - earlier >= GAP for earlier, later in pairwise(begun)), "one in two seconds"
    _whoever_was_not_told_is_called(town, visits, back)


def _paced(town: Town, monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """When requests began, on the machine's clock; waiting moves that clock instead of the test's hours."""
    begun: list[datetime] = []

    def wait(seconds: float) -> None:
        town.clock.ahead += timedelta(seconds=seconds)

    def reached(point: Point) -> None:
        if point is Point.BEGUN:
            begun.append(town.clock.machine_now())

    object.__setattr__(town.opened().outbox, "wait", wait)
    monkeypatch.setattr(deliver, "reached", reached)
    return begun


def _each_is_true_and_alone(town: Town, visits: dict[str, list[str]], before: int) -> None:
    told = Counter[str]()
    now = town.clock.business.astimezone(NEW_YORK).replace(tzinfo=None)
    answer = town.twilio.do("messages")
    assert isinstance(answer, dict)
    for message in [one for one in answer["messages"] if one["direction"] == "outbound-api"][before:]:
        told[message["to"]] += 1
        ahead = [town.calendar[one] for one in visits[message["to"]]]
        ahead = [one for one in ahead if one["status"] == "booked" and datetime.fromisoformat(one["start"]) > now]
        assert any(_told(one) in message["body"] for one in ahead), f"stale: {message['body']}"
    assert told, "those whose visits are ahead are told"
    assert set(told.values()) == {1}
    assert not told.keys() & set(PHONES[:4]), "their visits had begun, or were about to"


def _whoever_was_not_told_is_called(town: Town, visits: dict[str, list[str]], back: datetime) -> None:
    """R57: the visits of the outage itself were on the list before they began; of two visits one is told, one called about."""
    calls = [row for row in town.table("current_tasks") if row["kind"] == "call_list"]
    for phone in PHONES[:4]:
        person = _person(town, phone)
        opened = [row["opened_at"] for row in calls if row["person_id"] == person]
        assert opened, phone
        (visit,) = visits[phone]
        assert min(opened).timestamp() < local(town.calendar[visit]["start"]).timestamp()
    last = [row for row in calls if row["person_id"] == _person(town, PHONES[-1])]
    assert any(row["closed_at"] is None or row["closed_at"] >= back for row in last)


def _person(town: Town, phone: str) -> str:
    (contact,) = {row["contact_point_id"] for row in town.table("contact_points") if row["value"] == phone}
    return next(str(row["person_id"]) for row in town.table("person_contacts") if row["contact_point_id"] == contact)


def test_r46_what_has_changed_since_the_one_late_text_is_told_however_late(town: Town) -> None:
    """A reminder goes two hours late; its visit is cancelled a moment later, and nothing runs for two hours once more."""
    (phone,) = PHONES[:1]
    visit = town.book(town.person("Ana Reyes", phone), "2026-11-13 10:00")
    town.run(local("2026-11-11 12:01"))
    town.cancel(visit)
    town.run(local("2026-11-11 12:03"))
    town.run(local("2026-11-11 12:20"))
    assert len(town.texts(phone)) == 1, "half an hour apart (R6)"
    town.run(local("2026-11-11 13:59"))
    assert "cancelled" in town.texts(phone)[-1]
