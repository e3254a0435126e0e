"""What policy asks about messages that sell, filled from settings, consents and opt-outs."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from canonical.actions import Action, Purpose
from canonical.campaigns import Campaign, CampaignId, CampaignKind
from canonical.consent import SuppressionScope
from canonical.policy import NumberScreening
from canonical.practice import Channel, Practice
from pipelines.outbox.route import Way
from pipelines.outbox.selling import (
    campaign_facts,
    mailing_facts,
    profile_facts,
    screening_facts,
    unsubscribe_link,
)
from pipelines.policy.facts import UNKNOWN, Permission
from settings.installation import SHIPPED
from settings.practice import load_practice
from tests.pipelines.policy.world import NOON, a_consent, a_stop, asking, changed
from tests.proofs.town import NEW_YORK

LINK = "https://go.example/u/7f3k"
SELLING = asking(Purpose.MARKETING, row="5.5", location_id="downtown", facts={"campaign": "winter"})
MAIL = changed(SELLING, channel=Channel.EMAIL)
WINTER = Campaign(
    campaign_id=CampaignId("winter"),
    kind=CampaignKind.OFFER,
    starts_on=date(2026, 11, 1),
    ends_on=date(2026, 11, 30),
    paid_by="Galderma",
    product_owner="Galderma",
    text="Our winter weeks have begun.",
)


@pytest.fixture(scope="module")
def lumen() -> Practice:
    practice = load_practice(Path(SHIPPED) / "demo" / "lumen", Path(SHIPPED)).practice
    place = practice.locations[0]
    place = place.model_copy(update={"links": place.links | {"unsubscribe": LINK}})
    return changed(practice, locations=(place,), campaigns=(WINTER,))


def test_auth_01_who_pays_is_read_from_the_campaign_that_was_chosen(lumen: Practice) -> None:
    assert campaign_facts(SELLING, lumen).paid_by == "Galderma"
    assert campaign_facts(SELLING, lumen).product_owner == "Galderma"
    assert campaign_facts(changed(SELLING, facts={}), lumen).paid_by == ""
    assert campaign_facts(changed(SELLING, facts={"campaign": "gone"}), lumen).paid_by == ""


def test_email_01_the_address_and_the_way_out_are_those_of_the_place(lumen: Practice) -> None:
    profile = profile_facts(MAIL, lumen)

    assert profile.postal_address == "12 Mercer St, New York"
    assert (profile.phone, profile.unsubscribe) == ("(212) 555-0101", LINK)
    assert {"Lumen", "Lumen Aesthetics"} <= set(profile.names)


@pytest.mark.parametrize("registration, signed", [("dkim", True), ("unsigned", False), ("none", UNKNOWN)])
def test_email_03_a_mail_that_sells_carries_the_header_and_its_sender_says_whether_it_signs(
    lumen: Practice, registration: str, signed: object
) -> None:
    sender = next(one for one in lumen.senders if one.channel is Channel.EMAIL)
    practice = changed(lumen, senders=(changed(sender, registration=registration),))
    connection = next(one for one in lumen.connections if one.connection_id == sender.connection)
    mailing = mailing_facts(MAIL, Way(connection, "email", "send_email", sender.address), practice)

    assert (mailing.one_click, mailing.signed) == (True, signed)


@pytest.mark.parametrize(
    "action, link",
    [(MAIL, LINK), (asking(Purpose.SURVEY, location_id="downtown"), LINK), (asking(Purpose.TREATMENT), "")],
    ids=["sells", "asks", "reminds"],
)
def test_email_03_only_what_sells_or_asks_has_an_unsubscribe_header(lumen: Practice, action: Action, link: str) -> None:
    assert unsubscribe_link(action, lumen) == link


def permission(days: int, *scopes: SuppressionScope) -> Permission:
    """Agreed in writing so many days ago, and stopped since."""
    signed = a_consent("marketing", "written", wording_sha256="b" * 64, given_at=NOON - timedelta(days=days))
    return Permission(consents=(signed,), suppressions=tuple(map(a_stop, scopes)), checked_at=NOON)


def screened(days_ago: int) -> NumberScreening:
    """The practice's word, so many days old."""
    return NumberScreening(screened_by="Practice manager", screened_on=NOON.date() - timedelta(days=days_ago))


@pytest.mark.parametrize(
    "agreed, word, reassigned, national",
    [
        (10, None, False, UNKNOWN),
        (45, None, UNKNOWN, UNKNOWN),
        (90, screened(31), UNKNOWN, UNKNOWN),
        (90, screened(30), False, False),
        (20, screened(25), False, UNKNOWN),
        (90, screened(-1), UNKNOWN, UNKNOWN),
    ],
    ids=["too young to be somebody else's", "old", "an old word", "a fresh word", "agreed since then", "from tomorrow"],
)
def test_tcpa_19_what_nobody_looked_up_stays_unknown(
    agreed: int, word: NumberScreening | None, reassigned: object, national: object
) -> None:
    found = screening_facts(SELLING, permission(agreed), word, NOON, NEW_YORK)

    assert (found.reassigned, found.national, found.internal) == (reassigned, national, False)


def test_tcpa_19_our_own_opt_outs_are_the_internal_list() -> None:
    stopped = (SuppressionScope.ALL, SuppressionScope.MARKETING, SuppressionScope.PERSON_ON_PHONE)
    found = [screening_facts(SELLING, permission(10, scope), None, NOON, NEW_YORK).internal for scope in stopped]

    assert found == [True, True, False]


def test_tcpa_19_a_mail_and_a_reminder_are_held_against_no_list() -> None:
    for action in (MAIL, asking(Purpose.TREATMENT)):
        assert screening_facts(action, permission(10, SuppressionScope.ALL), None, NOON, NEW_YORK).internal is False
