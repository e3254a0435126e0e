"""Forgetting and keeping: DEL-01 to DEL-04 and RET-01, the latter two held against the ledger's own guard."""

from datetime import date

import pytest

from canonical.actions import Outcome
from ledger.named_queries import NamedQuery, all_queries
from ledger.store import Store
from ledger.tables import shapes_in
from pipelines.policy.asking import HEARD, answer_of
from pipelines.policy.facts import UNKNOWN
from pipelines.policy.rules.erasing import NEVER_CHANGED, Deletion, Held, Progress, Purge, RecordClass, years_after
from tests.pipelines.policy.world import changed

O = Outcome  # noqa: E741 -- a column of a table
TODAY = date(2026, 11, 26)
LEAD = Deletion(request_id="e-1", subject="lead")
RECORD = Held(record_class=RecordClass.MEDICAL_RECORD, kept_until=date(2036, 11, 25), basis="New York law")
HASHED = "Lead data erased; only a keyed hash remains so we do not contact them again."
SLOW = Progress(received_on=date(2026, 10, 12), state="WA", acknowledged={"crm": True, "twilio": True})
"""45 days before today."""
DONE = changed(SLOW, finished_on=date(2026, 11, 1), backups_expire_on=date(2027, 4, 30))


def said(rule: str, *about: object) -> tuple[Outcome, str]:
    """What a rule answers, with its sentence."""
    answer = answer_of(rule, HEARD[rule](*about))
    return answer.outcome, answer.reason


@pytest.mark.parametrize(
    "deletion",
    [LEAD, changed(LEAD, subject=UNKNOWN, approved_by="dana")],
    ids=["nobody has said yes", "unknown who they are"],
)
def test_del_01_waits_for_a_yes(deletion: Deletion) -> None:
    assert said("DEL-01", deletion) == (O.NEED_APPROVAL, HASHED)


def test_del_01_lets_a_lead_go_once_a_person_said_yes_and_leaves_patients_to_del_02() -> None:
    assert said("DEL-01", changed(LEAD, approved_by="dana"))[0] is O.ALLOW
    assert said("DEL-01", changed(LEAD, subject="patient"))[0] is O.NOT_APPLICABLE


def test_del_02_keeps_a_record_to_its_last_day() -> None:
    kept = "Part of the data must be kept until 2036-11-25 (New York law); the rest was erased."
    assert said("DEL-02", RECORD, TODAY) == (O.BLOCK, kept)
    assert said("DEL-02", RECORD, date(2036, 11, 25)) == (O.BLOCK, kept)
    assert said("DEL-02", changed(RECORD, record_class=RecordClass.HIPAA_DOCUMENT), TODAY) == (O.BLOCK, kept)


def test_del_02_is_quiet_about_the_rest_and_about_what_is_past_its_time() -> None:
    for record_class in (RecordClass.MARKETING, RecordClass.DM, RecordClass.LEAD, RecordClass.ANALYTICS):
        assert said("DEL-02", Held(record_class=record_class), TODAY)[0] is O.ALLOW
    assert said("DEL-02", RECORD, date(2036, 11, 26))[0] is O.ALLOW


def test_del_02_keeps_what_nobody_knows_the_time_of() -> None:
    unknown = changed(RECORD, kept_until=UNKNOWN)
    assert said("DEL-02", unknown, TODAY) == (
        O.BLOCK,
        "Part of the data must be kept until a day nobody has set (New York law); the rest was erased.",
    )


@pytest.mark.parametrize(
    "progress, today",
    [
        (SLOW, date(2026, 11, 27)),
        (changed(SLOW, extended=True), date(2027, 1, 11)),
        (changed(DONE, finished_on=date(2026, 11, 27), backups_expire_on=date(2027, 5, 1)), TODAY),
        (changed(DONE, backups_expire_on=date(2027, 5, 3)), TODAY),
        (changed(DONE, backups_expire_on=UNKNOWN), TODAY),
    ],
    ids=[
        "on the 46th day",
        "on the 91st, with notice",
        "finished too late",
        "backups for more than six months",
        "unknown backups",
    ],
)
def test_del_03_is_overdue(progress: Progress, today: date) -> None:
    deadline = "2027-01-10" if progress.extended else "2026-11-26"
    assert said("DEL-03", progress, today) == (O.NEED_APPROVAL, f"Washington deadline {deadline}.")


def test_del_03_names_the_tools_that_never_said_so() -> None:
    silent = DONE.model_copy(update={"acknowledged": {"crm": False, "twilio": True, "acuity": False}})
    assert said("DEL-03", silent, TODAY) == (
        O.NEED_APPROVAL,
        "Some tools have not confirmed the deletion: acuity, crm. Washington deadline 2026-11-26.",
    )


def test_del_03_is_quiet_on_the_last_day_and_once_everything_is_done() -> None:
    assert said("DEL-03", SLOW, TODAY)[0] is O.ALLOW
    assert said("DEL-03", DONE, date(2028, 1, 1))[0] is O.ALLOW
    assert said("DEL-03", changed(SLOW, state="NY"), date(2028, 1, 1))[0] is O.NOT_APPLICABLE


@pytest.mark.parametrize("unknown", [{"received_on": UNKNOWN}, {"state": UNKNOWN}])
def test_del_03_asks_when_nobody_knows_whether_the_clock_runs(unknown: dict[str, object]) -> None:
    assert said("DEL-03", changed(SLOW, **unknown), TODAY) == (
        O.NEED_APPROVAL,
        "Nobody recorded when the request came or where the person lives: Washington's deadline may run.",
    )


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET body = NULL",
        'delete from "verdicts" where true',
        "WITH x AS (SELECT 1) DELETE FROM transitions",
        "TRUNCATE TABLE receipts",
        "DROP TABLE IF EXISTS checkpoints",
        "-- harmless\nALTER TABLE attempts ADD COLUMN x INT",
    ],
)
def test_del_04_refuses_to_change_what_proves_what_happened(statement: str) -> None:
    assert said("DEL-04", statement) == (O.BLOCK, "Audit rows are never changed; they hold ids only.")


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM audit",
        "UPDATE raw SET body = NULL",
        "-- DELETE FROM audit\nSELECT 1",
        "INSERT INTO audit VALUES (1)",
        "DELETE FROM open_visits",
    ],
)
def test_del_04_is_quiet_about_reading_appending_and_erasing_what_they_point_to(statement: str) -> None:
    assert said("DEL-04", statement)[0] is O.ALLOW


def test_del_04_says_no_of_no_statement_that_the_ledger_itself_may_run() -> None:
    refused = {name for name, query in all_queries().items() if said("DEL-04", query.sql)[0] is O.BLOCK}
    assert refused == set()


@pytest.mark.parametrize("table", sorted(NEVER_CHANGED))
def test_del_04_and_the_ledgers_own_guard_refuse_the_same_tables(table: str, ledger: Store) -> None:
    statement = f"DELETE FROM {table} WHERE TRUE"  # noqa: S608 - a name from the list above, and nobody runs it
    assert said("DEL-04", statement)[0] is O.BLOCK
    with pytest.raises(ValueError, match="only grows"):
        NamedQuery("purge", "Purge.", statement, "outbox.sql").must_only_append()
    with ledger.place.opened(read_only=True) as cursor:
        assert table in shapes_in(cursor)


def test_ret_01_keeps_evidence_six_years_from_when_it_last_counted() -> None:
    purge = Purge(row_class="consent", last_in_effect=date(2024, 2, 29))
    assert said("RET-01", purge, date(2030, 2, 28)) == (O.BLOCK, "Kept until 2030-03-01 under the six-year rule.")
    assert said("RET-01", purge, date(2030, 3, 1))[0] is O.ALLOW
    assert years_after(date(2026, 11, 26), 6) == date(2032, 11, 26)


@pytest.mark.parametrize("row_class", ["authorization", "consent", "agreement", "policy", "accounting", "audit"])
def test_ret_01_keeps_each_of_its_classes(row_class: str) -> None:
    purge = Purge(row_class=row_class, last_in_effect=TODAY)  # type: ignore[arg-type] # from the list
    assert said("RET-01", purge, TODAY) == (O.BLOCK, "Kept until 2032-11-26 under the six-year rule.")


def test_ret_01_is_quiet_about_other_rows() -> None:
    assert said("RET-01", Purge(row_class="other"), TODAY)[0] is O.ALLOW


@pytest.mark.parametrize("purge", [Purge(row_class="audit"), Purge(row_class=UNKNOWN, last_in_effect=TODAY)])
def test_ret_01_keeps_what_nobody_can_date_or_name(purge: Purge) -> None:
    assert said("RET-01", purge, TODAY) == (O.BLOCK, "Kept until a day nobody has set under the six-year rule.")
