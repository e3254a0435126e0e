"""Forms, money and interest as the ledger remembers them (rows 2.1, 2.3, 2.4, M5)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from canonical.ids import InquiryId, VisitId
from canonical.intakes import IntakeStatus
from canonical.payments import PaymentStatus
from ledger.lists import SEPARATOR, listed
from ledger.people import by_ids
from ledger.session import Session

Row = dict[str, Any]
_HELD = (PaymentStatus.PAID, PaymentStatus.WAIVED, PaymentStatus.KEPT)
"""What settles a deposit, first to count first."""


@dataclass(frozen=True, slots=True)
class DepositState:
    """Where the deposit of a visit stands (row 2.4)."""

    visit_id: VisitId
    status: PaymentStatus
    amount_cents: int
    currency: str = "USD"
    paid_at: datetime | None = None

    @property
    def amount(self) -> str:
        """As a person reads it."""
        sign = "$" if self.currency == "USD" else f"{self.currency} "
        return f"{sign}{self.amount_cents // 100:,}.{self.amount_cents % 100:02d}"


@dataclass(frozen=True, slots=True)
class IntakeState:
    """Where the form of a visit stands (row 2.3)."""

    visit_id: VisitId
    status: IntakeStatus
    completed_at: datetime | None = None


def deposit_states(session: Session, visit_ids: Collection[str]) -> dict[VisitId, DepositState]:
    """By visit, of those that were asked for money: a deposit that is held counts before one that failed or went back."""
    found: dict[str, list[Row]] = defaultdict(list)
    for row in by_ids(session, "deposits_of_visits", set(visit_ids)):
        found[row["visit_id"]].append(row)
    return {VisitId(visit): _deposit(rows) for visit, rows in found.items()}


def _deposit(rows: list[Row]) -> DepositState:
    held = (row for status in _HELD for row in rows if row["status"] == status)
    counts = next(held, rows[-1])
    return DepositState(
        visit_id=VisitId(counts["visit_id"]),
        status=PaymentStatus(counts["status"]),
        amount_cents=counts["amount_cents"],
        currency=counts["currency"],
        paid_at=counts["paid_at"],
    )


def intake_states(session: Session, visit_ids: Collection[str]) -> dict[VisitId, IntakeState]:
    """By visit, of those that have a form."""
    return {
        VisitId(row["visit_id"]): IntakeState(
            VisitId(row["visit_id"]), IntakeStatus(row["status"]), row["completed_at"]
        )
        for row in by_ids(session, "intakes_of_visits", set(visit_ids))
    }


def record_interest(session: Session, inquiry_id: InquiryId, source: str, at: datetime, now: datetime) -> bool:
    """Keep that somebody who asked wants to come (row 2.1), once for each inquiry; False when that was known.

    `source` says who noticed, as a code: `reply`, or a connection.
    """
    if session.rows("interests_of", ids=inquiry_id):
        return False
    session.insert("interests", [{"inquiry_id": inquiry_id, "source": source, "interested_at": at, "recorded_at": now}])
    return True


def newest_move(session: Session, since: int) -> int:
    """The newest change of who is who, of which visit an appointment is, or of a visit; `since` when none is newer."""
    row = session.one("newest_move", since=since)
    return since if row is None or row["seq"] is None else int(row["seq"])


@dataclass(frozen=True, slots=True)
class Standing:
    """What papers are judged against."""

    papers: Mapping[str, Row]
    """By the paper's own id: its row as it stands, with `said_at`."""
    visits: Mapping[str, Row]
    """By id: the newest version of every visit the papers may be about."""
    places: Mapping[tuple[str, str], str]
    """By connection and the vendor's id of an appointment: the visit it is."""
    references: Mapping[str, str]
    """By our own reference, as a tool carries it back: the visit."""
    ahead: Mapping[str, list[Row]]
    """By person: the visits ahead, earliest first."""


def standing(
    session: Session, papers: Iterable[str], appointments: Iterable[str], references: Iterable[str], persons: set[str]
) -> Standing:
    """Read what stands about some papers. `persons` are those they are known to be of."""
    ids = set(papers)
    there = by_ids(session, "intakes_standing", ids) + by_ids(session, "payments_standing", ids)
    placed = by_ids(session, "visits_of_appointments", _theirs(appointments))
    led = by_ids(session, "visits_of_references", _theirs(references))
    ahead: dict[str, list[Row]] = defaultdict(list)
    for row in by_ids(session, "visits_ahead", persons):
        ahead[row["person_id"]].append(row)
    visits = {row["visit_id"] for rows in (there, placed, led) for row in rows if row["visit_id"]}
    return Standing(
        papers={row["paper_id"]: row for row in there},
        visits={row["visit_id"]: row for row in by_ids(session, "visits_by_id", visits)},
        places={(row["connection_id"], row["vendor_id"]): row["visit_id"] for row in placed if row["visit_id"]},
        references={row["reference"]: row["visit_id"] for row in led},
        ahead=ahead,
    )


def _theirs(found: Iterable[str]) -> set[str]:
    """Ids as they came from a vendor: what could name nothing of ours is left out."""
    return {one for one in found if one and SEPARATOR not in one}


def papers_concerned(session: Session, moves: Iterable[Row]) -> list[Row]:
    """The versions of the papers that changes of `moves_after` may give to another person or visit."""
    found: dict[str, set[str]] = defaultdict(set)
    for row in moves:
        found[row["what"]].add(row["id"])
    lists = {"persons": found["person"], "appointments": found["appointment"], "visits": found["visit"]}
    return session.rows("papers_concerned", **{name: listed(sorted(ids)) for name, ids in lists.items()})
