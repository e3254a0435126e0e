"""A provider calls in sick: what many people are told at once is seen by one person first, and nobody is forgotten (R17, R50)."""

from ledger.approvals import Approval, undecided
from pipelines.oversight.approvals import approve
from tests.proofs.town import Town, local

PHONES = [f"+1212555{number:04d}" for number in range(300, 306)]


def _told_and_cancelled(town: Town, many: int) -> list[str]:
    """Everybody has been told the time of a visit on Friday; on Thursday at noon the desk cancels so many of them."""
    visits = [
        town.book(town.person(f"Bea{chr(97 + at)} Quill", phone), f"2026-11-13 1{at}:00")
        for at, phone in enumerate(PHONES)
    ]
    town.run_at("2026-11-11 10:01", "2026-11-11 15:31")
    assert {len(town.texts(phone)) for phone in PHONES} == {1}
    for visit in visits[:many]:
        town.cancel(visit)
    town.run_at("2026-11-12 08:30", "2026-11-12 08:40")
    return visits


def _items(town: Town) -> list[Approval]:
    with town.opened().store.reading() as session:
        return undecided(session)


def _notices(town: Town) -> list[str]:
    return [text for text in town.texts() if "cancelled" in text]


def test_r17_five_cancelled_at_once_wait_for_one_look_and_then_go(town: Town) -> None:
    _told_and_cancelled(town, 5)
    assert _notices(town) == []
    (item,) = _items(town)
    assert (item.rule, len(item.action_ids), item.expires_at) == ("R17", 5, local("2026-11-13 08:00"))
    with town.opened().store.writing(business_now=town.clock.business) as session:
        approve(session, item.approval_id, who="maria", now=town.clock.business)
    town.run_at("2026-11-12 09:00")
    assert len(_notices(town)) == 5
    assert _items(town) == []


def test_r17_nobody_looks_and_everybody_is_called(town: Town) -> None:
    _told_and_cancelled(town, 5)
    town.run_at("2026-11-13 08:00")
    assert _notices(town) == []
    people = {row["person_id"] for row in town.table("open_visits") if row["status"] == "cancelled"}
    urgent = [row for row in town.table("current_tasks") if row["kind"] == "call_list" and row["closed_at"] is None]
    assert people <= {row["person_id"] for row in urgent}


def test_r17_four_are_told_at_once(town: Town) -> None:
    _told_and_cancelled(town, 4)
    assert len(_notices(town)) == 4
    assert _items(town) == []
