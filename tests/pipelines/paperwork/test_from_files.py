"""Rows 2.3, 2.4, 7.4 and members (R19) from files alone: dropped, read, mapped, and found at their people and visits."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from canonical.ids import ConnectionId, LocationId, RunId
from canonical.practice import Connection, Practice, RowOwner
from ledger.store import Store
from mappings.catalogue import Catalogue
from pipelines.normalize import normalize
from pipelines.paperwork import update_paperwork
from pipelines.poll import Poll, open_puller, poll
from pipelines.reputation import update_reviews
from pipelines.resolve import resolve
from pipelines.visits.stage import update_visits
from tests.connectors.files.dropped import tools
from tests.pipelines.paperwork.desk import TABLES
from tests.pipelines.resolve.landed import practice

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
FILES = {
    "contacts": "patient_id,full_name,phone,email\n03247,Robin Davis,(212) 555-0142,robin@davis.example\n",
    "appointments": "appointment_id,patient_id,date,time,status\n000551,03247,2026-12-02,10:00,booked\n",
    "intakes": "form_id,patient_id,appointment_id,status,completed_at,phone,sms_marketing_consent,photo_consent\n"
    "F-1,03247,000551,Submitted,2026-11-20 18:04,(212) 555-0142,yes,yes\n"
    "F-2,03247,000551,lost,,,,\n",
    "payments": "payment_id,patient_id,appointment_id,amount,status,deposit,paid_at\n"
    "P-1,03247,000551,$50.00,paid,yes,2026-11-18 09:30\n"
    "P-2,03247,,fifty,paid,no,\n",
    "reviews": "review_id,platform,location,rating,text,posted_at\n"
    "G-1,Google,,5,Lovely,2026-11-21 20:15\n"
    "G-2,Google,,five,Lovely,2026-11-21 20:15\n",
    "memberships": "patient_id,status\n03247,Active\n",
}


@dataclass(frozen=True)
class Settings:
    practice: Practice
    mapping_folders: tuple[Path, ...]


@dataclass
class Office:
    """Everything from the drop folder to the stages."""

    store: Store
    folder: Path

    @property
    def config(self) -> Settings:
        ids = {"contacts": "patient_id", "memberships": "patient_id", "appointments": "appointment_id"}
        ids |= {"intakes": "form_id", "payments": "payment_id", "reviews": "review_id"}
        connection = Connection(
            connection_id=ConnectionId("desk"),
            vendor="files",
            account="desk",
            settings={"folder": str(self.folder), **{f"{name}.id": column for name, column in ids.items()}},
            streams=tuple(ids),
        )
        rows = (RowOwner(row="7.4", owner="glowline", live_from=datetime(2026, 11, 1, tzinfo=UTC)),)
        house = practice(connections=[connection]).model_copy(
            update={"rows": rows, "default_location": LocationId("downtown")}
        )
        return Settings(house, ())

    def run(self) -> None:
        for name, text in FILES.items():
            (self.folder / f"{name}.csv").write_text(text)
        config, catalogue = self.config, Catalogue()
        (connection,) = config.practice.connections
        puller = open_puller(connection, tools(), catalogue)
        polled = poll(Poll(self.store, connection, puller, catalogue, NOW, RunId("run")))
        assert all(one.closes and one.problem is None for one in polled.values())
        assert normalize(self.store, config, now=NOW, run_id=RunId("run")).closes
        resolve(self.store, config.practice, (), NOW, "run")
        update_visits(self.store, config.practice, NOW, "run")
        update_paperwork(self.store, config.practice, NOW, "run")
        update_reviews(self.store, config.practice, NOW, "run")

    def current(self, table: str) -> list[dict[str, Any]]:
        with self.store.reading() as session:
            return session._cursor.execute(TABLES[table]).to_arrow_table().to_pylist()  # type: ignore[no-any-return]  # pyarrow ships no types

    def rows(self, query: str) -> list[dict[str, Any]]:
        with self.store.reading() as session:
            return session.rows(query)


@pytest.fixture
def office(ledger: Store, tmp_path: Path) -> Office:
    folder = tmp_path / "drop"
    folder.mkdir()
    made = Office(ledger, folder)
    made.run()
    return made


def test_row_2_3_a_form_from_a_file_stands_at_its_visit_with_its_consents(office: Office) -> None:
    (form,), (visit,) = office.current("intakes"), office.rows("open_visits_by_start")
    assert (form["status"], form["visit_id"], form["person_id"]) == ("completed", visit["visit_id"], visit["person_id"])
    given = {(one["category"], one["kind"]) for one in office.current("consents")}
    assert given == {("marketing", "express"), ("photo", "express")}


def test_row_2_4_a_deposit_from_a_file_stands_at_its_visit(office: Office) -> None:
    (money,), (visit,) = office.current("payments"), office.rows("open_visits_by_start")
    assert (money["visit_id"], money["deposit"], money["amount_cents"]) == (visit["visit_id"], True, 5_000)
    assert money["paid_at"].astimezone(UTC) == datetime(2026, 11, 18, 14, 30, tzinfo=UTC)


def test_row_7_4_a_review_from_a_file_asks_for_an_answer(office: Office) -> None:
    (review,) = office.current("reviews")
    assert (review["platform"], review["rating"], review["location_id"]) == ("google", 5, "downtown")
    assert [task["kind"] for task in office.current("tasks") if task["kind"] == "review"] == ["review"]


def test_r19_a_membership_from_a_file_marks_the_patient(office: Office) -> None:
    (person,) = office.rows("everyone")
    assert json.loads(person["tags"]) == ["member"]


def test_a_row_of_a_form_a_payment_or_a_review_that_cannot_be_mapped_is_set_aside_with_line_and_next_step(
    office: Office,
) -> None:
    marks = {one["first_origin"]: one for one in office.rows("open_marks_by_reason")}
    assert set(marks) == {"intakes.csv:3", "payments.csv:3", "reviews.csv:3"}
    assert all(one["next_step"] for one in marks.values())
    assert not any(word in one["problem"] for one in marks.values() for word in ("lost", "fifty", "five"))
