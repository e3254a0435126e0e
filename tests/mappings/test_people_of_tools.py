"""R8, R28, R34, R36: what tools say of people reaches the fields that decide about them."""

import pytest

from mappings.catalogue import Catalogue
from tests.mappings.written import applied

CONTACT: dict[str, object] = {
    "firstname": "Ana",
    "date_of_birth": "2012-03-04",
    "hs_language": "es-us",
    "guardian_phone": "(212) 555-0177",
    "glowline_tags": "gl-hold;Member",
    "lifecyclestage": "opportunity",
    "hs_lead_status": "OPEN_DEAL",
    "hs_email_optout": "true",
}


def of_hubspot(**more: object) -> dict[str, object]:
    record: dict[str, object] = {"id": "1", "properties": CONTACT | more}
    return applied(Catalogue().mapping("hubspot", "contacts"), record).body


def test_a_hubspot_contact_says_its_language_age_guardian_tags_and_where_sales_stands() -> None:
    body = of_hubspot()
    assert (body["language"], body["birth_date"], body["guardian_phone"]) == ("es", "2012-03-04", "+12125550177")
    assert body["tags"] == ["gl-hold", "Member", "opportunity", "open_deal"]
    assert body["opted_out"] == ["email"]


def test_r36_a_guardians_phone_that_cannot_be_read_sets_the_contact_aside() -> None:
    with pytest.raises(ValueError, match="guardian_phone"):
        of_hubspot(guardian_phone="ask mother")


def test_r34_a_hubspot_contact_who_is_subscribed_is_opted_out_of_nothing() -> None:
    assert of_hubspot(hs_email_optout="false")["opted_out"] == []


@pytest.mark.parametrize("written, tags", [("yes", ["vip", "member"]), ("paused", ["vip"]), ("", ["vip"])])
def test_r19_a_contacts_file_marks_members(written: str, tags: list[str]) -> None:
    record: dict[str, object] = {"patient_id": "1", "tags": "vip", "member": written, "flags": "no reviews"}
    body = applied(Catalogue().mapping("files", "contacts"), record).body
    assert (body["tags"], body["flags"]) == (tags, ["no_reviews"])
