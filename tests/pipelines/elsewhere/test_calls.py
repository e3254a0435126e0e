"""R56: who was called, and how we know it."""

from collections import Counter

import pytest

from canonical.inquiries import InquiryRecord
from canonical.tasks import Task, TaskKind
from ledger.store import Store
from ledger.tasks import open_tasks
from pipelines.elsewhere import note_calls
from tests.pipelines.elsewhere.town import Town, done, text
from tests.pipelines.resolve.landed import DAY, HOUR, MINUTE, NOW, someone
from tests.pipelines.visits.world import PHONE


@pytest.fixture
def town(ledger: Store) -> Town:
    return Town(ledger)


def asked(town: Town, **more: object) -> None:
    """Liz asks by a form; the CRM has her as `c1`."""
    town.landing.put("crm", someone("c1", "Liz Kim", PHONE), at=town.now)
    usual = {"vendor_id": "q1", "source": "web_form", "full_name": "Liz Kim", "phone": PHONE, "received_at": town.now}
    town.ask("form", InquiryRecord.model_validate(usual | more))


def told(town: Town, *records: object, connection: str = "crm") -> Counter[str]:
    town.landing.put(connection, *records, at=town.now)  # type: ignore[arg-type]  # nouns
    return note_calls(town.store, town.now)


def test_r56_a_logged_call_after_the_inquiry_is_one(town: Town) -> None:
    asked(town)
    town.now += HOUR
    assert told(town, done("k1", NOW + 10 * MINUTE)) == Counter(called=1)
    assert town.inquiries()[0]["called_at"] == NOW + 10 * MINUTE
    assert told(town, done("k2", NOW + 20 * MINUTE)) == Counter(), "the first one counts"
    town.now += HOUR
    town.ask(
        "form",
        InquiryRecord.model_validate({"vendor_id": "q1", "source": "web_form", "phone": PHONE, "received_at": NOW}),
    )
    assert town.inquiries()[0]["called_at"] == NOW + 10 * MINUTE, "what it says may change, not that somebody called"


@pytest.mark.parametrize(
    "record",
    [done("k1", NOW - HOUR), done("k1", NOW + HOUR, done=False), done("k1", NOW + HOUR, person_vendor_id="c9")],
)
def test_r56_a_call_before_it_one_not_made_or_one_to_somebody_else_is_none(town: Town, record: object) -> None:
    asked(town)
    town.now += 2 * HOUR
    assert told(town, record)["called"] == 0


def test_r56_a_message_that_a_person_wrote_counts_and_another_tools_own_answer_does_not(town: Town) -> None:
    asked(town)
    town.now += HOUR
    assert told(town, text("SM1", "Thanks for asking! We will call.", NOW + MINUTE / 2))["called"] == 0
    assert told(town, text("SM2", "Hi Liz, this is Maria", NOW + 20 * MINUTE))["called"] == 1
    assert town.inquiries()[0]["called_at"] == NOW + 20 * MINUTE


def test_r56_our_own_message_is_no_call(town: Town) -> None:
    asked(town)
    town.wrote("at-1", NOW + 20 * MINUTE)
    town.now += HOUR
    assert told(town, text("SM1", "Hi Liz", NOW + 20 * MINUTE, reference="at-1"))["called"] == 0


def test_r56_a_call_that_came_before_its_lead_is_found_when_the_lead_comes(town: Town) -> None:
    town.landing.put("crm", done("k1", NOW + 10 * MINUTE), at=NOW + HOUR)
    town.now = NOW + HOUR
    assert note_calls(town.store, town.now)["called"] == 0
    asked(town, received_at=NOW)
    assert note_calls(town.store, town.now)["called"] == 1
    assert note_calls(town.store, town.now) == Counter()


def test_r56_our_task_that_somebody_finished_in_the_crm_is_closed_and_its_inquiry_called(town: Town) -> None:
    asked(town)
    inquiry = town.inquiries()[0]["inquiry_id"]
    task = Task(
        task_id="t-1",  # type: ignore[arg-type]  # an id
        kind=TaskKind.REPLY,
        subject_id="re-1",
        title="Somebody answers",
        due_at=NOW,
        expires_at=NOW + DAY,
        opened_at=NOW,
    )
    rows = [
        {"action_id": "a-1", "subject_kind": "task", "subject_id": "t-1", "state": "sent"},
        {"action_id": "a-2", "subject_kind": "inquiry", "subject_id": inquiry, "state": "sent"},
    ]
    with town.store.writing() as session:
        open_tasks(session, [task])
        session.insert("closed_actions", rows)
    town.now += HOUR
    finished = [done(f"k{n}", town.now, kind="task", person_vendor_id="", reference=f"a-{n}") for n in (1, 2)]
    assert told(town, *finished) == Counter(called=1, closed=1)
    assert town.tasks("reply") == []
