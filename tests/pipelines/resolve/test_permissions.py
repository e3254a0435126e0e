"""C4, R33, R34: what people agreed to and what they stopped, as records of many tools say it."""

from datetime import UTC, date, datetime, timedelta

import pytest

from canonical.consent import Consent, ConsentCategory, ConsentKind, Suppression, SuppressionScope
from canonical.inquiries import InquiryRecord, InquirySource
from canonical.people import ConsentClaim, PersonRecord
from canonical.policy import Attestation
from ledger.people import consents_of, phones_without_permission, suppressions_of
from ledger.store import Store
from pipelines.resolve import ResolveCounts, resolve
from pipelines.resolve.evidence import PSEUDONYM, Named
from tests.pipelines.resolve.landed import DAY, NOW, Landing, patient, practice, someone

PHONE, OTHER = "+12125550111", "+12125550112"
MAIL = "liz@kim.example"
CREATED = datetime(2026, 3, 1, tzinfo=UTC)


def attestation(**more: object) -> Attestation:
    fields: dict[str, object] = {
        "name": "front-desk",
        "connection": "book",
        "wording": "By giving this number you agree to texts about your appointments. Reply STOP to stop.",
        "since": datetime(2026, 1, 1, tzinfo=UTC),
        "attested_by": "Practice manager",
        "attested_on": date(2026, 10, 20),
    }
    return Attestation.model_validate(fields | more)


def claim(contact: str, category: str, kind: str, **more: object) -> ConsentClaim:
    return ConsentClaim.model_validate({"contact": contact, "category": category, "kind": kind, **more})


class Desk:
    """Lands records, resolves them, and asks what a contact point is good for."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.landing = Landing(store)

    def put(
        self,
        connection: str,
        *records: PersonRecord | InquiryRecord,
        attested: tuple[Attestation, ...] = (),
        at: datetime = NOW,
    ) -> ResolveCounts:
        self.landing.put(connection, *records, at=at)
        return resolve(self.store, practice(), attested, at, "run-1")

    def contact(self, value: str) -> str:
        with self.store.reading() as session:
            found = Named(session.key(PSEUDONYM)).contact(value)
        assert found is not None
        return found.contact_point_id

    def consents(self, value: str) -> list[Consent]:
        contact = self.contact(value)
        with self.store.reading() as session:
            return list(consents_of(session, [contact]))

    def suppressions(self, value: str) -> list[Suppression]:
        contact = self.contact(value)
        with self.store.reading() as session:
            return list(suppressions_of(session, [contact]))


@pytest.fixture
def desk(ledger: Store) -> Desk:
    return Desk(ledger)


def test_r33_a_number_from_an_attested_intake_point_may_be_texted_about_appointments(desk: Desk) -> None:
    counts = desk.put("book", patient("1", "Liz Kim", PHONE, created_at=CREATED), attested=(attestation(),))
    (consent,) = desk.consents(PHONE)
    assert (consent.kind, consent.category) == (ConsentKind.PROVIDED_NUMBER, ConsentCategory.INFORMATIONAL)
    assert (consent.source, consent.given_at, consent.brand) == ("attested:front-desk", CREATED, "lumen")
    assert (counts.consents, counts.unpermitted) == (1, 0)


@pytest.mark.parametrize(
    "made, attested",
    [
        (patient("1", "Liz Kim", PHONE, created_at=CREATED), attestation(connection="crm")),
        (patient("1", "Liz Kim", PHONE, created_at=CREATED), attestation(stream="leads")),
        (patient("1", "Liz Kim", PHONE, created_at=CREATED), attestation(since=CREATED + DAY)),
        (patient("1", "Liz Kim", PHONE, created_at=CREATED), attestation(until=CREATED - DAY)),
        (patient("1", "Liz Kim", PHONE), attestation()),
        (patient("1", "Liz Kim", PHONE, created_at=CREATED), attestation(categories=("marketing",))),
    ],
    ids=[
        "another tool",
        "another stream",
        "before it",
        "after it",
        "nobody knows when",
        "marketing is never inherited",
    ],
)
def test_r33_a_number_that_came_any_other_way_inherits_nothing(
    desk: Desk, made: PersonRecord, attested: Attestation
) -> None:
    counts = desk.put("book", made, attested=(attested,))
    assert desk.consents(PHONE) == []
    assert counts.unpermitted == 1
    with desk.store.reading() as session:
        assert phones_without_permission(session) == 1


def test_r33_an_undated_record_is_covered_only_by_an_attestation_that_holds_for_ever(desk: Desk) -> None:
    always = attestation(since=datetime(1970, 1, 1, tzinfo=UTC))
    desk.put("book", patient("1", "Liz Kim", PHONE), attested=(always,))
    assert len(desk.consents(PHONE)) == 1


def test_r33_a_number_added_after_the_attestation_ended_is_not_covered_by_the_age_of_its_record(desk: Desk) -> None:
    ended = attestation(until=CREATED + DAY)
    desk.put("book", patient("1", "Liz Kim", PHONE, created_at=CREATED), attested=(ended,))
    desk.put("book", patient("1", "Liz Kim", OTHER, created_at=CREATED), attested=(ended,), at=NOW + DAY)
    assert len(desk.consents(PHONE)) == 1
    assert desk.consents(OTHER) == []


def test_r33_an_attestation_written_later_reaches_the_numbers_that_were_here_before(desk: Desk) -> None:
    desk.put("book", patient("1", "Liz Kim", PHONE, created_at=CREATED))
    assert desk.consents(PHONE) == []
    desk.put("book", attested=(attestation(),))
    assert len(desk.consents(PHONE)) == 1


def test_r33_an_attestation_taken_back_takes_back_what_it_gave_and_can_come_again(desk: Desk) -> None:
    desk.put("book", patient("1", "Liz Kim", PHONE, created_at=CREATED), attested=(attestation(),))
    for attested, granted in (((), False), ((attestation(),), True), ((), False)):
        desk.put("book", attested=attested)
        assert desk.consents(PHONE)[-1].granted is granted
    assert len({consent.consent_id for consent in desk.consents(PHONE)}) == 4


def test_c4_a_claim_becomes_evidence_with_the_hash_of_its_wording(desk: Desk) -> None:
    said = claim(
        PHONE, "marketing", "written", wording="I agree to offers by text from Lumen.", given_at=CREATED, source="form"
    )
    desk.put("crm", someone("1", "Liz Kim", PHONE, consents=(said,)))
    (consent,) = desk.consents(PHONE)
    assert (consent.kind, consent.granted, consent.source) == (ConsentKind.WRITTEN, True, "form")
    assert len(consent.wording_sha256) == 64


def test_c4_a_written_consent_without_its_wording_is_only_express(desk: Desk) -> None:
    desk.put("crm", someone("1", "Liz Kim", PHONE, consents=(claim("sms", "marketing", "written"),)))
    assert desk.consents(PHONE)[0].kind is ConsentKind.EXPRESS


def test_c4_a_written_consent_that_names_an_attested_form_has_that_forms_words(desk: Desk) -> None:
    signed = claim(PHONE, "marketing", "written", form_version="v4", given_at=CREATED)
    form = attestation(form_version="v4", wording="I agree to offers by text from Lumen.")
    desk.put("book", patient("1", "Liz Kim", PHONE, consents=(signed,)), attested=(form,))
    (consent,) = desk.consents(PHONE)
    assert (consent.kind, consent.form_version) == (ConsentKind.WRITTEN, "v4")
    assert consent.wording_sha256


def test_c4_an_undated_yes_never_outweighs_a_dated_no(desk: Desk) -> None:
    no = claim(PHONE, "marketing", "withdrawn", given_at=CREATED)
    yes = claim(PHONE, "marketing", "express")
    desk.put("crm", someone("1", "Liz Kim", PHONE, consents=(no,)))
    desk.put("crm", someone("1", "Liz Kim", PHONE, consents=(no, yes)), at=NOW + DAY)
    assert [consent.granted for consent in desk.consents(PHONE)] == [True, False]


def test_c4_a_claim_nobody_understands_gives_nothing_and_is_counted(desk: Desk) -> None:
    claims = (
        claim(PHONE, "everything", "express"),
        claim(PHONE, "marketing", "probably"),
        claim("12", "marketing", "express"),
    )
    counts = desk.put("crm", someone("1", "Liz Kim", PHONE, consents=claims))
    assert desk.consents(PHONE) == []
    assert counts.unusable_claims == 3


def test_c4_an_empty_box_claims_nothing_and_is_no_trouble(desk: Desk) -> None:
    counts = desk.put("crm", someone("1", "Liz Kim", PHONE, consents=(claim(PHONE, "marketing", ""),)))
    assert (desk.consents(PHONE), counts.unusable_claims) == ([], 0)


def test_c4_the_same_claim_read_again_is_the_same_evidence(desk: Desk) -> None:
    said = claim(PHONE, "informational", "express", given_at=CREATED)
    for name in ("Liz Kim", "Liz M. Kim"):
        desk.put("crm", someone("1", name, PHONE, consents=(said,)))
    assert len(desk.consents(PHONE)) == 1


def test_c4_an_inquirys_consent_stands_on_the_number_it_gave(desk: Desk) -> None:
    asked = InquiryRecord(
        vendor_id="q1",
        source=InquirySource.WEB_FORM,
        full_name="Liz Kim",
        phone=PHONE,
        email=MAIL,
        received_at=NOW,
        consents=(
            claim("sms", "informational", "express", given_at=NOW),
            claim(MAIL, "marketing", "express", given_at=NOW),
        ),
    )
    desk.put("form", asked)
    assert [consent.category for consent in desk.consents(PHONE)] == ["informational"]
    assert [consent.category for consent in desk.consents(MAIL)] == ["marketing"]


@pytest.mark.parametrize(
    "word, stopped",
    [
        ("sms", {PHONE: "all"}),
        ("Email", {MAIL: "all"}),
        ("dnd", {PHONE: "all", MAIL: "all"}),
        ("marketing", {PHONE: "marketing", MAIL: "marketing"}),
        ("carrier pigeon", {PHONE: "all", MAIL: "all"}),
        ("call", {}),
        ("", {}),
    ],
)
def test_r34_a_channel_that_is_off_in_any_tool_is_off_here(desk: Desk, word: str, stopped: dict[str, str]) -> None:
    counts = desk.put("crm", someone("1", "Liz Kim", PHONE, emails=(MAIL,), opted_out=(word,)))
    assert {value: str(s.scope) for value in (PHONE, MAIL) for s in desk.suppressions(value)} == stopped
    assert counts.suppressions == len(stopped)


def test_r34_a_flag_that_goes_off_again_lifts_nothing(desk: Desk) -> None:
    desk.put("crm", someone("1", "Liz Kim", PHONE, opted_out=("sms",)))
    desk.put("crm", someone("1", "Liz Kim", PHONE), at=NOW + DAY)
    assert [s.scope for s in desk.suppressions(PHONE)] == [SuppressionScope.ALL]


def test_r34_a_flag_that_stays_on_is_old_evidence_after_a_start(desk: Desk) -> None:
    desk.put("crm", someone("1", "Liz Kim", PHONE, opted_out=("sms",)))
    contact = desk.contact(PHONE)
    with desk.store.writing() as session:
        lifted = {"contact_point_id": contact, "brand": "lumen", "scope": "all", "lifted": True, "effective_at": NOW}
        session.insert("suppressions", [lifted | {"suppression_id": "s-start", "source": "sms", "recorded_at": NOW}])
    desk.put("crm", someone("1", "Liz M. Kim", PHONE, opted_out=("sms",)), at=NOW + DAY)
    assert desk.suppressions(PHONE) == []
    desk.put("crm", someone("1", "Liz Kim", PHONE), at=NOW + 2 * DAY)
    desk.put("crm", someone("1", "Liz Kim", PHONE, opted_out=("sms",)), at=NOW + 3 * DAY)
    assert len(desk.suppressions(PHONE)) == 1


def test_r34_a_number_added_to_a_person_who_is_opted_out_is_stopped_as_well(desk: Desk) -> None:
    desk.put("crm", someone("1", "Liz Kim", PHONE, opted_out=("sms",)))
    desk.put("crm", someone("1", "Liz Kim", PHONE, OTHER, opted_out=("sms",)), at=NOW + DAY)
    assert len(desk.suppressions(OTHER)) == 1


def test_r2_an_opt_out_is_everybodys_on_that_phone(desk: Desk) -> None:
    desk.put("book", patient("1", "Maria Lopez", PHONE), patient("2", "Ana Lopez", PHONE, opted_out=("sms",)))
    assert len(desk.suppressions(PHONE)) == 1


def test_r26_a_wrong_number_stops_one_person_on_a_phone_and_nobody_else(desk: Desk) -> None:
    desk.put("book", patient("1", "Maria Lopez", PHONE))
    contact = desk.contact(PHONE)
    with desk.store.writing() as session:
        wrong = {"contact_point_id": contact, "person_id": "p-ana", "brand": "lumen", "scope": "person_on_phone"}
        more = {"suppression_id": "s-1", "lifted": False, "provisional": False, "effective_at": NOW, "source": "sms"}
        session.insert("suppressions", [wrong | more | {"recorded_at": NOW}])
    (stopped,) = desk.suppressions(PHONE)
    assert (stopped.person_id, stopped.scope) == ("p-ana", SuppressionScope.PERSON_ON_PHONE)


def test_an_address_that_is_none_is_counted_and_forgotten(desk: Desk) -> None:
    counts = desk.put("crm", someone("1", "Liz Kim", "212 555", emails=("liz at kim",)), at=NOW + timedelta(hours=1))
    assert counts.unusable_addresses == 2
