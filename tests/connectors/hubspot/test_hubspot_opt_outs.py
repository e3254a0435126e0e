"""An opt-out written into the portal is an opt-out read from it, and nobody else's contact is touched."""

import json
from dataclasses import dataclass

import pytest
from pydantic import SecretStr

from canonical.actions import WriteOptOut
from canonical.practice import Channel
from canonical.problems import NeedsOperator, Refused, TryLater
from connectors.kit import registry
from connectors.kit.exchange import Answer, Request, Transport
from mappings.catalogue import Catalogue
from mappings.coverage import Notes
from mappings.wire import read
from tests.connectors.contract.test_mapping import HERE
from tests.connectors.hubspot.portal import LUMEN, START, Crm, body

ANA, PHONE, NO_TEXTS = "ana.ruiz@example.com", "+12125550142", "no_texts"
NO = WriteOptOut(contact=SecretStr(ANA), channel=Channel.EMAIL, at=START)
STOP = WriteOptOut(contact=SecretStr(PHONE), channel=Channel.SMS, at=START)
SPELLINGS = ("(212) 555-0142", "+1 212 555 0142", "2125550142", "212.555.0142", "1-212-555-0142")


@dataclass(frozen=True)
class Ending:
    """A way to the portal on which requests whose address ends like that are answered like this, and never arrive."""

    beyond: Transport
    ending: str
    answer: Answer

    def exchange(self, request: Request, *, account: str, fresh: bool = False) -> Answer:
        if request.url.endswith(self.ending):
            return self.answer
        return self.beyond.exchange(request, account=account, fresh=fresh)


def ticked(crm: Crm, name: str = NO_TEXTS) -> list[str]:
    return [str(held["id"]) for held in crm.held("contacts") if held["properties"].get(name) == "true"]


def writes(crm: Crm) -> list[str]:
    return [entry.path for entry in crm.hubspot.journal.entries(action="write", accepted=True)]


@pytest.fixture
def named(crm: Crm) -> Crm:
    """A portal whose settings name the property in which it says no to texts."""
    crm.hubspot.do("property", type="contacts", name=NO_TEXTS)
    crm.settings["no_texts_property"] = NO_TEXTS
    return crm


def test_an_address_gets_no_more_mails_and_is_read_as_one_that_does_not(crm: Crm) -> None:
    [ana] = crm.make("contacts", email=ANA)
    [other] = crm.make("contacts", email="vega@example.com")
    assert crm.send(NO).status == "opted out"
    mapping = Catalogue().mapping("hubspot", "contacts")
    told = {
        record.vendor_id: mapping.apply(read(record.format.text, record.body), HERE, Notes()).body["opted_out"]
        for record in crm.pull("contacts")
    }
    assert told == {ana: ["email"], other: []}


@pytest.mark.parametrize("version", ["v3", "2026-09"])
def test_an_address_that_no_contact_has_is_taken_off_all_the_same(crm: Crm, version: str) -> None:
    crm.settings["api_version"] = version
    odd = "o'neill+spa@example.com"
    crm.send(NO.model_copy(update={"contact": SecretStr(odd)}))
    [entry] = crm.hubspot.journal.entries(action="write", accepted=True)
    assert entry.recipient == odd


@pytest.mark.parametrize("fault", ["drop", "truncated", "html"])
def test_an_answer_that_was_lost_is_asked_for_again(crm: Crm, fault: str) -> None:
    crm.hubspot.fail(fault, path="unsubscribe-all", accept=True)
    with pytest.raises(TryLater):
        crm.send(NO)
    assert crm.send(NO).status == "opted out"


def test_a_second_time_that_is_refused_is_believed_only_where_hubspot_says_that_it_holds(crm: Crm) -> None:
    crm.hubspot.fail("status", method="POST", path="unsubscribe-all", status=400)
    with pytest.raises(Refused):
        crm.send(NO)
    crm.send(NO)
    crm.hubspot.fail("status", method="POST", path="unsubscribe-all", status=400)
    assert crm.send(NO).status == "existing"


def test_a_refusal_is_told_as_such_where_the_question_after_it_is_refused_too(crm: Crm) -> None:
    with crm.answering(400, b"{}"), pytest.raises(Refused) as problem:
        crm.send(NO)
    assert problem.value.where.capability == "push.write_opt_out"


@pytest.mark.parametrize("answer", [b"{}", b'{"status": "CANCELED", "results": []}', b'{"status": "COMPLETE"}'])
def test_what_hubspot_does_not_say_holds_is_not_done(crm: Crm, answer: bytes) -> None:
    with crm.answering(200, answer), pytest.raises(TryLater, match="does not say"):
        crm.send(NO)


def test_an_answer_without_rows_is_looked_up(crm: Crm) -> None:
    crm.send(NO)
    crm.transport = Ending(crm.transport, "verbose=true", Answer(200, {}, b'{"status": "COMPLETE", "results": []}'))
    assert crm.send(NO).status == "opted out"


OFF = {"status": "UNSUBSCRIBED", "channel": "EMAIL"}


@pytest.mark.parametrize(
    "written,asked",
    [
        ([{**OFF, "subscriptionId": 1}, {"status": "SUBSCRIBED", "channel": "EMAIL", "subscriptionId": 2}], []),
        ([], [{**OFF, "wideStatusType": "BUSINESS_UNIT_WIDE", "businessUnitId": 78}]),
    ],
    ids=["one kind of mail", "another brand"],
)
def test_what_holds_for_one_kind_of_mail_or_another_brand_does_not_hold_for_all(
    crm: Crm, written: list[object], asked: list[object]
) -> None:
    for ending, rows in (("channel=EMAIL", asked), ("verbose=true", written)):
        answer = Answer(200, {}, json.dumps({"status": "COMPLETE", "results": rows}).encode())
        crm.transport = Ending(crm.transport, ending, answer)
    with pytest.raises(TryLater, match="does not say"):
        crm.send(NO)


def test_on_a_shared_portal_mails_are_left_alone_until_the_settings_say_whose_they_are(crm: Crm) -> None:
    shared = crm.connection(clinic="lumen")
    with pytest.raises(Refused) as problem:
        crm.send(NO, connection=shared)
    assert "business_unit" in problem.value.next_step
    assert crm.hubspot.journal.entries() == []
    crm.settings["business_unit"] = "77"
    crm.make("contacts", email=ANA)
    crm.send(NO, connection=crm.connection(clinic="lumen"))
    assert ticked(crm, "hs_email_optout") == []  # the other brand still writes to her
    assert crm.hubspot.portals[143553].unsubscribed == {ANA: {"77"}}


def test_check_says_that_a_shared_portals_mails_are_left_alone(crm: Crm) -> None:
    crm.hubspot.do("property", type="contacts", name="clinic")

    def warnings() -> tuple[str, ...]:
        return registry.verifier(crm.connection(clinic="lumen"), crm.tools())().warnings

    [warning] = warnings()
    assert "business_unit" in warning
    crm.settings["business_unit"] = "77"
    assert warnings() == ()


def test_a_stop_has_no_place_until_the_settings_name_one(crm: Crm) -> None:
    crm.make("contacts", phone=PHONE)
    with pytest.raises(Refused) as problem:
        crm.send(STOP)
    assert problem.value.next_step.startswith("Nothing to do")
    assert crm.hubspot.journal.entries() == []


def test_a_stop_is_written_for_the_number_however_it_is_spelled_and_is_asked_for_with_the_contact(named: Crm) -> None:
    made = [named.make("contacts", phone=each)[0] for each in SPELLINGS]
    [mobile] = named.make("contacts", phone="(646) 555-0100", mobilephone=SPELLINGS[0])
    named.make("contacts", phone="(212) 555-0143")
    assert named.send(STOP).vendor_id == made[0]
    assert ticked(named) == [*made, mobile]
    assert ticked(named, "hs_email_optout") == []
    assert len({entry.request for entry in named.hubspot.journal.entries(action="write")}) == 1
    told = {record.vendor_id: body(record)["properties"][NO_TEXTS] for record in named.pull("contacts")}
    assert [told[each] for each in made] == ["true"] * len(made)


def test_two_countries_may_share_the_digits(named: Crm) -> None:
    named.make("contacts", phone="+44 212 555 0142")
    assert named.send(STOP).vendor_id == "none"
    [entry] = [each for each in named.hubspot.journal.entries() if each.path.endswith("/search")]
    assert entry.status == 200
    assert ticked(named) == []


def test_a_second_time_there_is_nothing_to_write(named: Crm) -> None:
    named.make("contacts", phone=PHONE)
    named.send(STOP)
    again = named.send(STOP)
    assert (again.vendor_id, again.status) == ("none", "nobody has it, or all are marked")
    assert len(writes(named)) == 1


def test_more_than_fit_into_one_request_are_ticked_by_the_next_attempt(named: Crm) -> None:
    made = named.make("contacts", count=230, phone=PHONE)
    for left in (230, 130):
        with pytest.raises(TryLater, match=f"{left} contacts"):
            named.send(STOP)
    named.send(STOP)
    assert ticked(named) == made


def test_on_a_shared_portal_nobody_elses_contact_is_ticked(named: Crm) -> None:
    [ours] = named.make("contacts", phone=PHONE, clinic="Lumen")
    named.make("contacts", phone=PHONE, clinic="aurora")
    named.send(STOP, connection=named.connection(clinic="lumen"))
    assert ticked(named) == [ours]


def test_a_contact_that_is_shown_though_it_was_not_asked_for_is_not_ticked(named: Crm) -> None:
    other = {"id": "7", "properties": {"phone": PHONE, "clinic": "aurora"}, "updatedAt": "2026-11-12T14:00:00Z"}
    page = json.dumps({"total": 1, "results": [other]}).encode()
    named.transport = Ending(named.transport, "/search", Answer(200, {}, page))
    assert named.send(STOP, connection=named.connection(clinic="lumen")).vendor_id == "none"
    assert writes(named) == []


@pytest.mark.parametrize(
    "category,message,told",
    [
        ("OBJECT_NOT_FOUND", "gone", TryLater),  # it is looked for again
        ("VALIDATION_ERROR", "Property values were not valid", Refused),
        ("RATE_LIMITS", "You have reached your secondly limit.", TryLater),
    ],
)
def test_a_row_that_is_refused_inside_a_207_means_what_it_means_elsewhere(
    named: Crm, category: str, message: str, told: type[Exception]
) -> None:
    named.make("contacts", phone=PHONE)
    row = {"status": "error", "category": category, "message": message}
    body = {"status": "COMPLETE", "results": [], "numErrors": 1, "errors": [row]}
    named.transport = Ending(named.transport, "/batch/update", Answer(207, {}, json.dumps(body).encode()))
    with pytest.raises(told):
        named.send(STOP)


def test_check_names_the_property_that_is_not_there_and_the_scope_that_is_lacking(crm: Crm) -> None:
    crm.settings["no_texts_property"] = NO_TEXTS
    with pytest.raises(NeedsOperator, match=NO_TEXTS):
        registry.verifier(crm.connection(), crm.tools())()
    scopes = [each for each in crm.hubspot.portals[143553].tokens[LUMEN].scopes if each.startswith("crm.")]
    crm.hubspot.do("token", token=LUMEN, scopes=scopes)
    with pytest.raises(NeedsOperator, match=r"communication_preferences\.read_write"):
        registry.verifier(crm.connection(), crm.tools())()
    with pytest.raises(NeedsOperator, match=r"communication_preferences\.read_write"):
        crm.send(NO)
