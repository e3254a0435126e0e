"""What of a person goes, what stays and until when: leads whole (DEL-01), patients in part (DEL-02), evidence six years (RET-01)."""

from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from canonical.actions import Outcome
from canonical.policy import Retention
from ledger.holdings import Holdings
from pipelines.erasure.answer import answer_to
from pipelines.erasure.plan import Part, Plan, Terms, plan_of
from pipelines.policy.rules.erasing import RecordClass

R = RecordClass
TERMS = Terms(
    request_id="e-1",
    received_on=date(2026, 11, 20),
    today=date(2026, 11, 26),
    zone=ZoneInfo("America/New_York"),
    practice_state="NY",
    retention=Retention(medical_record_years=10),
    approved_by="dana",
)
LEAD = Holdings(
    person_id="p-1",
    persons=("p-1",),
    merged_into="",
    is_patient=False,
    birth_date=None,
    state="NY",
    language="en",
    flags=frozenset(),
    last_visit_at=None,
    amounts={"lead": 2, "dm": 1, "messages": 3, "marketing": 1, "consents": 2, "opt_outs": 1},
    tools={"crm": ("contacts 501",), "twilio": ()},
)
PATIENT = replace(
    LEAD, is_patient=True, last_visit_at=datetime(2026, 11, 13, 3, 0, tzinfo=UTC), amounts=LEAD.amounts | {"visits": 4}
)
"""Last here on the evening of the 12th, in New York."""


def part(plan: Plan, record_class: RecordClass) -> Part:
    return next(one for one in plan.parts if one.record_class is record_class)


def test_del_01_of_a_lead_everything_goes_but_the_evidence() -> None:
    plan = plan_of(LEAD, TERMS)

    assert (plan.subject, plan.keeps_record) == ("lead", False)
    assert {one.record_class: (one.rows, one.goes) for one in plan.parts} == {
        R.LEAD: (2, True),
        R.DM: (1, True),
        R.MARKETING: (4, True),
        R.HIPAA_DOCUMENT: (3, False),
    }
    assert plan.asks.outcome is Outcome.ALLOW
    assert plan.tools == ("crm", "twilio")


def test_del_01_waits_for_a_yes() -> None:
    asks = plan_of(LEAD, replace(TERMS, approved_by="")).asks

    assert asks.outcome is Outcome.NEED_APPROVAL
    assert asks.reason == "Lead data erased; only a keyed hash remains so we do not contact them again."


def test_del_02_of_a_patient_the_record_stays_ten_years_from_the_last_visit() -> None:
    plan = plan_of(PATIENT, TERMS)
    record = part(plan, R.MEDICAL_RECORD)

    assert plan.keeps_record
    assert (record.rows, record.until) == (7, date(2036, 11, 11))
    assert record.answer.reason == (
        "Part of the data must be kept until 2036-11-11 (the state's rule on medical records); the rest was erased."
    )
    assert [one.record_class for one in plan.parts if one.goes] == [R.LEAD, R.DM, R.MARKETING]
    assert part(plan, R.MARKETING).rows == 1, "what was said about visits belongs to the record"


@pytest.mark.parametrize(
    "born, until",
    [
        (None, date(2036, 11, 11)),
        (date(1990, 5, 1), date(2036, 11, 11)),
        (date(2012, 5, 1), date(2040, 4, 30)),
        (date(2008, 2, 29), date(2036, 11, 11)),
    ],
)
def test_del_02_a_minors_record_stays_ten_years_after_they_are_of_age(born: date | None, until: date) -> None:
    assert part(plan_of(replace(PATIENT, birth_date=born), TERMS), R.MEDICAL_RECORD).until == until


def test_del_02_a_record_past_its_time_goes_with_the_rest() -> None:
    plan = plan_of(replace(PATIENT, last_visit_at=datetime(2016, 11, 20, tzinfo=UTC)), TERMS)

    assert part(plan, R.MEDICAL_RECORD).goes
    assert not plan.keeps_record


@pytest.mark.parametrize(
    "held, retention",
    [(replace(PATIENT, last_visit_at=None), TERMS.retention), (PATIENT, Retention())],
    ids=["no visit on file", "nobody has set the years"],
)
def test_del_02_where_nobody_knows_how_long_the_record_stays(held: Holdings, retention: Retention) -> None:
    record = part(plan_of(held, replace(TERMS, retention=retention)), R.MEDICAL_RECORD)

    assert (record.goes, record.until) == (False, None)
    assert "until a day nobody has set" in record.answer.reason


def test_ret_01_evidence_stays_six_years_from_the_request() -> None:
    documents = part(plan_of(LEAD, TERMS), R.HIPAA_DOCUMENT)

    assert (documents.answer.rule, documents.until) == ("RET-01", date(2032, 11, 26))
    assert documents.answer.reason == "Kept until 2032-11-26 under the six-year rule."


@pytest.mark.parametrize(
    "state, practice_state, deadline",
    [("WA", "NY", date(2027, 1, 4)), ("", "WA", date(2027, 1, 4)), ("OR", "WA", None), ("", "NY", None)],
)
def test_del_03_washington_has_45_days_from_the_request(state: str, practice_state: str, deadline: date | None) -> None:
    plan = plan_of(replace(LEAD, state=state), replace(TERMS, practice_state=practice_state))

    assert plan.deadline == deadline


def test_the_answer_says_what_is_gone_and_what_stays() -> None:
    lead, patient = (answer_to(plan_of(held, TERMS), "Lumen", "en", "New York law") for held in (LEAD, PATIENT))

    assert lead.startswith("As you asked, Lumen has deleted what it held about you. The proof")
    assert "visits" not in lead
    assert "keep the record of your visits until 2036-11-11 (New York law)" in patient
    assert "until 2032-11-26" in patient
    assert patient.endswith(
        "We will not write to you again. To know that, we keep a code that cannot be read back into your number or address."
    )


def test_the_answer_is_in_the_persons_language_and_knows_what_nobody_has_set() -> None:
    plan = plan_of(replace(PATIENT, last_visit_at=None, state="WA"), TERMS)

    assert "durante algunos años (la ley)" in answer_to(plan, "Lumen", "es", "la ley")
    assert "a más tardar el 2027-01-04" in answer_to(plan, "Lumen", "es", "la ley")
    assert answer_to(plan, "Lumen", "pt", "the law") == answer_to(plan, "Lumen", "en", "the law")
