"""Carried out: nothing more is sent, tools are asked, bytes are gone, and what an old export brings back stays out (R35)."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from canonical.policy import Retention
from canonical.practice import Practice
from canonical.problems import LedgerError
from ledger.erasure import RECORD, erased
from ledger.holdings import holdings
from ledger.store import Store
from ledger.tasks import close_task
from pipelines import erasure
from pipelines.erasure.plan import Terms, plan_of
from pipelines.erasure.stage import CannotErase, asked_on, forget, look, overdue
from settings.installation import SHIPPED
from settings.practice import load_practice
from tests.pipelines.erasure.neighbours import NOW, PHONE, SHARED, ask, move_in

TERMS = Terms(
    "e-1", NOW.date(), NOW.date(), ZoneInfo("America/New_York"), "NY", Retention(medical_record_years=10), "dana"
)


@pytest.fixture(scope="module")
def lumen() -> Practice:
    """The demo practice."""
    return load_practice(SHIPPED / "demo" / "lumen", SHIPPED).practice


@pytest.fixture
def peopled(ledger: Store) -> Store:
    """A lead and a patient who share a phone."""
    move_in(ledger)
    return ledger


def _forget(store: Store, practice: Practice, person: str) -> object:
    with store.reading() as session:
        held = look(session, person)
    return forget(store, practice, held, plan_of(held, TERMS), who="dana", now=NOW)


def _bodies(store: Store) -> str:
    """Every byte a vendor or we ever said."""
    with store.reading() as session:
        rows = session._cursor.execute(
            "SELECT CAST(body AS VARCHAR) FROM raw UNION ALL SELECT body FROM messages"
        ).fetchall()
    return "\n".join(str(row[0]) for row in rows)


def test_del_01_a_lead_is_gone_and_recognised_when_an_old_export_brings_it_back(
    peopled: Store, lumen: Practice
) -> None:
    _forget(peopled, lumen, "p-lead")

    assert "Zebulon" not in _bodies(peopled)
    assert "Other" in _bodies(peopled)
    with peopled.reading() as session:
        assert erased(session, "phone", PHONE)
        assert not erased(session, "phone", SHARED), "the other one is still reached there"
        assert erased(session, RECORD, "crm/contact/lead-1")


def test_del_02_of_a_patient_what_sold_and_what_was_asked_goes_and_the_record_stays(
    peopled: Store, lumen: Practice
) -> None:
    _forget(peopled, lumen, "p-patient")
    said = _bodies(peopled)

    assert not {"Other inquiry", "Other reply", "Hi Other: marketing"} & set(said.splitlines())
    assert {"Other contact", "Other visit", "Hi Other: treatment"} <= set(said.splitlines())
    assert "Zebulon inquiry" in said
    with peopled.reading() as session:
        assert erased(session, RECORD, "crm/inquiry/patient-1")
        assert not erased(session, RECORD, "crm/contact/patient-1")
        assert not erased(session, "phone", SHARED)


def test_r35_everything_stops_at_once_and_a_shared_phone_stops_for_one(peopled: Store, lumen: Practice) -> None:
    _forget(peopled, lumen, "p-lead")

    with peopled.reading() as session:
        stopped = session.rows("outbox_suppressions", contact_points=["cp-own", "cp-shared"])
        states = {row["action_id"]: row["state"] for row in session.rows("every_open_action")}
    assert {row["contact_point_id"]: (row["scope"], row["person_id"]) for row in stopped} == {
        "cp-own": ("all", None),
        "cp-shared": ("person_on_phone", "p-lead"),
    }
    assert states == {"a-patient": "planned"}, "what was open for the lead is dropped"


def test_r35_every_tool_is_asked_and_the_request_itself_is_closed(peopled: Store, lumen: Practice) -> None:
    wanted = ask(peopled, "p-lead")
    with peopled.reading() as session:
        assert asked_on(session, look(session, "p-lead")) == NOW - timedelta(days=2)

    _forget(peopled, lumen, "p-lead")

    with peopled.reading() as session:
        titles = {row["subject_id"]: row["title"] for row in session.rows("open_tasks")}
        closed = session.one("task_by_id", task_id=wanted)
    assert titles.keys() == {"e-1/crm", "e-1/twilio"}
    assert titles["e-1/crm"] == "Delete a person at crm too, and close this once it says so (request e-1)"
    assert closed
    assert (closed["closed_by"], closed["closed_at"]) == ("user:dana", NOW)


def test_r34_nothing_is_copied_to_tools_about_somebody_who_is_gone(peopled: Store, lumen: Practice) -> None:
    _forget(peopled, lumen, "p-lead")
    with peopled.reading() as session:
        assert session.rows("opt_outs_to_spread", since=0, most=9) == []


def test_del_01_nobody_is_erased_without_a_yes(peopled: Store, lumen: Practice) -> None:
    with peopled.reading() as session:
        held = look(session, "p-lead")
    plan = plan_of(held, replace(TERMS, approved_by=""))
    with pytest.raises(CannotErase, match="DEL-01"):
        forget(peopled, lumen, held, plan, who="dana", now=NOW)
    assert "Zebulon" in _bodies(peopled)


def test_a_legal_hold_keeps_everything(peopled: Store) -> None:
    with peopled.writing(business_now=NOW) as session:
        session.insert("persons", [{"person_id": "p-lead", "flags": "no_automation,legal_hold", "recorded_at": NOW}])
    with peopled.reading() as session, pytest.raises(CannotErase, match="legal hold"):
        look(session, "p-lead")


def test_r1_half_a_person_is_not_erased_and_the_whole_one_takes_both(peopled: Store, lumen: Practice) -> None:
    with peopled.writing(business_now=NOW) as session:
        session.insert("persons", [{"person_id": "p-lead", "merged_into": "p-patient", "recorded_at": NOW}])
    with peopled.reading() as session:
        with pytest.raises(CannotErase, match="was joined to p-patient") as caught:
            look(session, "p-lead")
        assert caught.value.next_step == "Erase p-patient: that takes both."
        assert look(session, "p-patient").persons == ("p-patient", "p-lead")
    _forget(peopled, lumen, "p-patient")
    assert "Zebulon inquiry" not in _bodies(peopled)


def test_somebody_nobody_knows_cannot_be_erased(peopled: Store) -> None:
    with peopled.reading() as session, pytest.raises(LedgerError, match="no person p-9"):
        look(session, "p-9")


def test_what_is_held_is_counted_and_nothing_of_it_is_shown(peopled: Store) -> None:
    with peopled.reading() as session:
        lead, patient = holdings(session, "p-lead"), holdings(session, "p-patient")
    assert lead.amounts == {
        "lead": 1,
        "dm": 1,
        "marketing": 1,
        "messages": 1,
        "visits": 0,
        "consents": 0,
        "opt_outs": 0,
    }
    assert (lead.is_patient, patient.is_patient) == (False, True), "a visit makes a patient"
    assert lead.tools == {"crm": ("contact lead-1", "inquiry lead-1", "reply lead-1"), "twilio": ()}
    assert "Zebulon" not in repr(lead)


@pytest.mark.parametrize("days, late", [(45, False), (46, True)])
def test_del_03_a_tool_that_never_said_so_is_late_after_45_days(
    peopled: Store, lumen: Practice, days: int, late: bool
) -> None:
    _forget(peopled, lumen, "p-lead")
    with peopled.reading() as session:
        found = overdue(session, NOW.date() + timedelta(days=days))
    assert bool(found) is late
    if late:
        (one,) = found
        assert one.request_id == "e-1"
        assert (
            one.answer.reason
            == "Some tools have not confirmed the deletion: crm, twilio. Washington deadline 2027-01-10."
        )


def test_del_03_is_content_once_every_tool_has_said_so(peopled: Store, lumen: Practice) -> None:
    _forget(peopled, lumen, "p-lead")
    with peopled.writing(business_now=NOW) as session:
        for task in session.rows("open_tasks"):
            close_task(session, task["task_id"], by="user:dana", now=NOW)
    with peopled.reading() as session:
        assert overdue(session, date(2027, 6, 1)) == ()


def test_the_page_of_contents_lists_these_files() -> None:
    said = erasure.__doc__ or ""
    files = {file.stem for file in Path(str(erasure.__file__)).parent.glob("*.py")} - {"__init__"}
    assert {name for name in files if f"\n{name} " not in said} == set()
