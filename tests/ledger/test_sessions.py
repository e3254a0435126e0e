"""What a session promises: one transaction, numbers nobody else gets, audit with the facts or not at all."""

from datetime import UTC, datetime, timedelta

import pytest

from canonical.clock import rfc3339
from canonical.problems import ClockWentBack, LedgerReadOnly
from ledger.audit.events import AuditBody, AuditTag
from ledger.session import Session
from ledger.store import Store

NOW = datetime(2026, 11, 1, 6, 30, tzinfo=UTC)


def _body(n: int) -> AuditBody:
    return AuditBody(tag=AuditTag.TASK_OPENED, at=rfc3339(NOW), practice="lumen", subject_id=f"t-{n}")


def test_what_a_writing_session_inserts_a_later_session_reads(ledger: Store) -> None:
    with ledger.writing() as session:
        session.insert("raw", [{"raw_id": "r-1", "body": b"\x00{}", "recorded_at": NOW, "deleted": False}])
        session.insert("progress", [{"stage": "normalize", "seq": 7}])
    with ledger.reading() as session:
        assert session.head.seq == 1
        assert session.practice_id == "lumen"


def test_a_block_that_raises_leaves_no_row_no_number_and_no_audit(ledger: Store) -> None:
    def fails(session: Session) -> None:
        session.insert("raw", [{"raw_id": "r-1"}])
        session.audit(_body(1))
        raise KeyError

    with pytest.raises(KeyError):
        ledger.write(fails)
    with ledger.reading() as session:
        assert session.head.seq == 0
        assert session.head.audit.seq == 0


def test_audit_entries_count_without_a_gap_over_sessions(ledger: Store) -> None:
    for start in (1, 3):
        with ledger.writing() as session:
            session.audit(_body(start), _body(start + 1))
    with ledger.reading() as session:
        assert session.head.audit.seq == 4
        assert session.head.audit.tree.size == 4


def test_business_time_that_went_back_writes_nothing(ledger: Store) -> None:
    with ledger.writing(business_now=NOW) as session:
        session.next_seq()
    with (
        pytest.raises(ClockWentBack, match="already seen 2026-11-01T06:30"),
        ledger.writing(business_now=NOW - timedelta(hours=1, seconds=1)),
    ):
        pass
    with ledger.writing(business_now=NOW):
        pass


def test_a_run_that_began_earlier_than_another_writes_and_does_not_turn_business_time_back(ledger: Store) -> None:
    with ledger.writing(business_now=NOW):
        pass
    with ledger.writing(business_now=NOW - timedelta(minutes=10)):
        pass
    with ledger.reading() as session:
        assert session.head.business_high_water == NOW


def test_a_reading_session_refuses_to_write(ledger: Store) -> None:
    with ledger.reading() as session, pytest.raises(LedgerReadOnly):
        session.insert("raw", [{"raw_id": "r-1"}])


def test_an_unknown_column_is_named(ledger: Store) -> None:
    with ledger.writing() as session, pytest.raises(ValueError, match="raw has no column colour"):
        session.insert("raw", [{"colour": "red"}])
