"""A practice whose appointments change while time passes; tests say what lands and ask what the visits are."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from canonical.inquiries import InquiryRecord
from canonical.practice import Practice
from canonical.visits import Appointment, AppointmentStatus
from ledger.people import by_ids
from ledger.store import Store
from pipelines.resolve import resolve
from pipelines.visits.asked import InquiryCounts
from pipelines.visits.decide import VisitCounts
from pipelines.visits.stage import update_inquiries, update_visits
from tests.pipelines.resolve.landed import NOW, Landing, patient, practice, record_id

Row = dict[str, Any]
PHONE = "+12125550111"


class World:
    """One ledger, one clock."""

    def __init__(self, store: Store, house: Practice | None = None) -> None:
        self.store = store
        self.practice = house or practice()
        self.landing = Landing(store)
        self.now = NOW

    def patients(self, connection: str, *names: str, phone: str = PHONE) -> None:
        """Patient records with ids `p1`, `p2` … of one tool, all on one phone."""
        self.landing.put(
            connection, *(patient(f"p{n}", name, phone) for n, name in enumerate(names, start=1)), at=self.now
        )

    def book(self, connection: str, *appointments: Appointment, deleted: bool = False) -> VisitCounts:
        """Land versions of appointments and bring visits up to them."""
        self.landing.put(connection, *appointments, at=self.now, deleted=deleted)
        return self.tick()

    def ask(self, connection: str, *inquiries: InquiryRecord, deleted: bool = False) -> InquiryCounts:
        """Land versions of inquiries and bring inquiries up to them."""
        self.landing.put(connection, *inquiries, at=self.now, deleted=deleted)
        resolve(self.store, self.practice, (), self.now, "run")
        update_visits(self.store, self.practice, self.now, "run")
        return update_inquiries(self.store, self.practice, self.now, "run")

    def tick(self, after: timedelta = timedelta(0)) -> VisitCounts:
        """Let time pass, then run resolve and visits."""
        self.now += after
        resolve(self.store, self.practice, (), self.now, "run")
        return update_visits(self.store, self.practice, self.now, "run")

    def read_completely(self, connection: str) -> None:
        """The stream of appointments of a connection was read to its end just now."""
        row = {
            "connection_id": connection,
            "stream": "appointment",
            "complete_read_at": self.now,
            "updated_at": self.now,
        }
        with self.store.writing() as session:
            session.insert("cursors", [row])

    def said(self, *visit_ids: str) -> None:
        """Something was said about these visits."""
        rows = [{"subject_id": one, "action_id": f"a-{one}", "tells": "time", "told_at": self.now} for one in visit_ids]
        with self.store.writing() as session:
            session.insert("remembered", rows)

    def visits(self) -> list[Row]:
        """The open visits, by start."""
        with self.store.reading() as session:
            return session.rows("open_visits_by_start")

    def visit(self) -> Row:
        """The only open visit."""
        (row,) = self.visits()
        return row

    def visit_of(self, connection: str, vendor_id: str) -> str:
        """The visit an appointment record belongs to."""
        with self.store.reading() as session:
            ids = [record_id(connection, "appointment", vendor_id)]
            return str(by_ids(session, "appointments_by_id", ids)[0]["visit_id"])

    def changes(self, visit_id: str) -> list[str]:
        """What each version of a visit changed."""
        with self.store.reading() as session:
            return [row["change"] for row in session.rows("versions_of_visit", visit_id=visit_id)]

    def inquiries(self) -> list[Row]:
        """The inquiries as they stand, by time received."""
        with self.store.reading() as session:
            return session.rows("inquiries_by_time")

    def person_of(self, connection: str, vendor_id: str) -> str:
        """The person of a patient record."""
        with self.store.reading() as session:
            return str(
                by_ids(session, "links_of_records", [record_id(connection, "person", vendor_id)])[0]["person_id"]
            )


def appointment(vendor_id: str, start: datetime, *, who: str = "p1", **more: object) -> Appointment:
    """A booked appointment for Botox with Ana."""
    usual: dict[str, object] = {"status": "booked", "service": "Botox", "provider": "Ana Ruiz"}
    fields = {"vendor_id": vendor_id, "person_vendor_id": who, "start": start}
    return Appointment.model_validate(usual | fields | more)


def cancelled(one: Appointment, at: datetime | None = None) -> Appointment:
    """The same appointment, cancelled at a time the vendor tells, or not."""
    return one.model_copy(update={"status": AppointmentStatus.CANCELLED, "updated_at": at})


def moved(one: Appointment, start: datetime, at: datetime | None = None) -> Appointment:
    """The same appointment at another time."""
    return one.model_copy(update={"start": start, "updated_at": at})


def statuses(rows: Iterable[Row]) -> list[str]:
    """The statuses of visits, in their order."""
    return [row["status"] for row in rows]
