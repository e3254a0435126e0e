"""A practice whose forms and payments come in while its appointments change."""

from datetime import datetime
from typing import Any

from canonical.intakes import Intake
from canonical.payments import Payment
from canonical.practice import DepositRule
from ledger.named_queries import query
from ledger.paperwork import DepositState, IntakeState, deposit_states, intake_states
from ledger.store import Store
from pipelines.paperwork import PaperCounts, update_paperwork
from tests.pipelines.resolve.landed import DAY, NOW, practice
from tests.pipelines.visits.world import World, appointment

Row = dict[str, Any]
TABLES = {
    name: query("everyone").sql.replace("current_persons", f"current_{name}").replace("person_id", "seq")
    for name in ("intakes", "payments", "tasks", "interests", "consents", "reviews")
}


class Desk(World):
    """One ledger, one clock; Liz is patient `p1` of the tool `book`, with appointment `a1` in nine days."""

    def __init__(self, store: Store, **deposit: str) -> None:
        house = practice().model_copy(update={"deposit": DepositRule.model_validate({"cents": 5_000, **deposit})})
        super().__init__(store, house)
        self.visit_1 = appointment("a1", NOW + 9 * DAY, booked_at=NOW)

    def arrive(self) -> None:
        """The patient and her appointment come in."""
        self.patients("book", "Liz Kim")
        self.book("book", self.visit_1)

    def put(
        self, *nouns: Intake | Payment, connection: str = "book", said_at: datetime | None = None, deleted: bool = False
    ) -> PaperCounts:
        """Land versions of forms and payments and bring paperwork up to them."""
        self.landing.put(connection, *nouns, at=self.now, said_at=said_at, deleted=deleted)
        return self.paperwork()

    def paperwork(self) -> PaperCounts:
        return update_paperwork(self.store, self.practice, self.now, "run")

    def deposit(self) -> DepositState | None:
        """Where the deposit of the only open visit stands."""
        visit = self.visit()["visit_id"]
        with self.store.reading() as session:
            return deposit_states(session, [visit]).get(visit)

    def intake(self) -> IntakeState | None:
        visit = self.visit()["visit_id"]
        with self.store.reading() as session:
            return intake_states(session, [visit]).get(visit)

    def current(self, table: str) -> list[Row]:
        """What stands in a table, oldest first."""
        with self.store.reading() as session:
            found = session._cursor.execute(TABLES[table]).to_arrow_table()
        return [dict(row) for row in found.to_pylist()]

    def tasks(self, kind: str) -> list[Row]:
        """The open tasks of a kind."""
        return [row for row in self.current("tasks") if row["kind"] == kind and row["closed_at"] is None]


def form(status: str = "completed", **more: object) -> Intake:
    """Liz's form for her appointment."""
    usual = {"vendor_id": "f1", "person_vendor_id": "p1", "appointment_vendor_id": "a1", "status": status}
    return Intake.model_validate(usual | more)


def deposit(status: str = "paid", at: datetime | None = NOW, **more: object) -> Payment:
    """Liz's deposit for her appointment."""
    usual = {"vendor_id": "m1", "person_vendor_id": "p1", "appointment_vendor_id": "a1", "amount_cents": 5_000}
    return Payment.model_validate(usual | {"status": status, "deposit": True, "at": at} | more)
