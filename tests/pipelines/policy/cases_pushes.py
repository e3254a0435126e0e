"""Cases of what leaves for a vendor, of the ground it stands on, and of who gets to read it."""

from canonical.actions import HipaaClass, Purpose
from canonical.agreements import AgreementStatus
from canonical.policy import PolicySettings, ReviewInvites, ReviewMode
from canonical.practice import Channel
from pipelines.policy.facts import UNKNOWN
from tests.pipelines.policy.cases import CONFIRM, FIRES, MAIL, MARKETING, QUIET, REVIEW, UNKNOWN_INPUT, Case, O
from tests.pipelines.policy.cases_selling import PERMITS
from tests.pipelines.policy.world import NOON, SETTINGS, an_action, asking, changed

OPERATIONS = asking(Purpose.OPERATIONS)
NEWS, INVITE_MAIL = (
    asking(Purpose.MARKETING, channel=Channel.EMAIL),
    asking(Purpose.REVIEW_REQUEST, channel=Channel.EMAIL),
)
DISCLOSED = an_action(labels={"hipaa": HipaaClass.MARKETING})
JOINED = {
    "provenance": "newsletter_signup",
    "opt_in_event_id": "c-9",
    "sources": ("newsletter",),
    "current_status": None,
    "requested_status": "subscribed",
}
NO_BAA = (
    "mailchimp signs no BAA. Only contacts who themselves joined the newsletter may go there, with no treatment, visit or"
    " patient field; this contact came from {}."
)
FROM_RECORD = "The audience or timing of this message was computed from patient data, which itself discloses that the person is a patient."
HASHED = "Hashed e-mail or phone is still personal health data here; no ad-platform upload is allowed."
REMOVED = "Removed visit details; channel set explicitly."
OPEN = "Transport or storage is not encrypted."
LISTED = "This disclosure must be listed in the patient's accounting."
CALIFORNIA = "California requires an authorization for this disclosure."
RISK = (
    "Sending the public review link only to satisfied clients is selective solicitation, which Google prohibits and FTC staff"
    " advise against. Choose: ask everyone, random sample, or survey first and then ask everyone."
)
SLOW = "Low scorers would be asked later or less often, which is the same selection by other means."


def pushed(vendor: str = "twilio", **updates: object) -> dict[str, object]:
    """Facts with another payload, on its way to that vendor."""
    return {"route": {"vendor": vendor}, "push": updates}


def to_newsletter(fields: tuple[str, ...] = ("email_address", "status_if_new"), **contact: object) -> dict[str, object]:
    """Facts of somebody on their way to the newsletter's vendor."""
    return pushed("mailchimp", fields=fields, contact={**JOINED, **contact})


def standing(**updates: object) -> dict[str, object]:
    """Facts on another ground."""
    return {"push": {"ground": updates}}


def gated(**updates: object) -> PolicySettings:
    """A practice that asks promoters only, signed for on 1 November."""
    signed = ReviewInvites(
        mode=ReviewMode.PROMOTERS_ONLY, acknowledged_by="Dr. Okafor", acknowledged_on=NOON.date().replace(day=1)
    )
    return changed(SETTINGS, review_invites=changed(signed, **updates))


def number_for(use: str) -> str:
    """What TCPA-18 says."""
    return f"Sender +12125550100 is not registered for {use}."


GROUND = (
    Case("BAA-03", FIRES, "the project is no HIPAA project", O.BLOCK, "twilio account is not in its HIPAA mode.", facts=standing(vendor_mode="off")),
    Case("BAA-03", QUIET, "it is one", O.ALLOW),
    Case("BAA-03", QUIET, "the vendor has no such switch", O.ALLOW, facts=standing(vendor_mode="none")),
    Case("BAA-03", UNKNOWN_INPUT, "nobody has said", O.BLOCK, "Cannot decide: vendor_mode_flag unknown.", facts=standing(vendor_mode=UNKNOWN),
         unknown="vendor_mode_flag"),
    Case("TCPA-18", FIRES, "an offer from a number for customer care", O.BLOCK, number_for("marketing"), action=MARKETING,
         facts=standing(registered_uses=("customer_care",))),
    Case("TCPA-18", FIRES, "an offer from a number for notices", O.BLOCK, number_for("marketing"), action=MARKETING,
         facts=standing(registered_uses=("account_notification",))),
    Case("TCPA-18", FIRES, "a survey from a number for notices", O.BLOCK, number_for("survey"), action=asking(Purpose.SURVEY),
         facts=standing(registered_uses=("account_notification",))),
    Case("TCPA-18", FIRES, "a reminder from a number for marketing", O.BLOCK, number_for("treatment"), facts=standing(registered_uses=("marketing",))),
    Case("TCPA-18", FIRES, "nothing was approved", O.BLOCK, number_for("treatment"), facts=standing(registered_uses=())),
    Case("TCPA-18", FIRES, "not even a confirmation, when nothing was approved", O.BLOCK, number_for("opt_out_confirmation"), action=CONFIRM,
         facts=standing(registered_uses=())),
    Case("TCPA-18", QUIET, "a reminder from a number for customer care", O.ALLOW, facts=standing(registered_uses=("customer_care",))),
    Case("TCPA-18", QUIET, "a review from one", O.ALLOW, action=REVIEW, facts=standing(registered_uses=("customer_care",))),
    Case("TCPA-18", QUIET, "an offer from one that is mixed", O.ALLOW, action=MARKETING, facts=standing(registered_uses=("customer_care", "mixed"))),
    Case("TCPA-18", QUIET, "an opt-out is confirmed from any that was approved", O.ALLOW, action=CONFIRM, facts=standing(registered_uses=("marketing",))),
    Case("TCPA-18", QUIET, "nothing leaves at all", O.ALLOW, facts=standing(registered_uses=None)),
    Case("TCPA-18", QUIET, "a mail has no number", O.NOT_APPLICABLE, action=MAIL, facts=standing(registered_uses=())),
    Case("TCPA-18", UNKNOWN_INPUT, "a number nobody wrote down", O.BLOCK, "Cannot decide: campaign.status unknown.", facts=standing(registered_uses=UNKNOWN),
         unknown="campaign.status"),
    Case("SEC-01", FIRES, "a plain address", O.BLOCK, OPEN, facts=standing(transport_encrypted=False)),
    Case("SEC-01", FIRES, "a plain disk", O.BLOCK, OPEN, facts=standing(storage_encrypted=False)),
    Case("SEC-01", FIRES, "the key is under the mat", O.BLOCK, "The key lies beside the data it locks.", facts=standing(key_apart=False)),
    Case("SEC-01", QUIET, "encrypted, and locked apart", O.ALLOW),
    Case("SEC-01", UNKNOWN_INPUT, "an address nobody knows", O.BLOCK, "Cannot decide: endpoint unknown.", facts=standing(transport_encrypted=UNKNOWN),
         unknown="endpoint"),
    Case("SEC-01", UNKNOWN_INPUT, "a key nobody knows", O.BLOCK, "Cannot decide: key_location unknown.", facts=standing(key_apart=UNKNOWN),
         unknown="key_location"),
)  # fmt: skip

PAYLOADS = (
    Case("MIN-01", FIRES, "a field nobody needs there", O.REWRITE, "Field birth_date is not needed for operations at twilio and was removed.",
         action=OPERATIONS, facts=pushed(fields=("to", "birth_date")), rewrite="drop_field:birth_date"),
    Case("MIN-01", FIRES, "two of them, at once", O.REWRITE, "Field birth_date, notes is not needed for marketing at twilio and was removed.",
         action=MARKETING, facts=pushed(fields=("birth_date", "to", "notes")), rewrite="drop_field:birth_date,notes"),
    Case("MIN-01", FIRES, "one without which the vendor takes nothing", O.BLOCK,
         "twilio takes nothing without field birth_date, which is not needed for operations.", action=OPERATIONS,
         facts=pushed(fields=("to", "birth_date"), required=("birth_date",))),
    Case("MIN-01", QUIET, "listed, every one", O.ALLOW, action=OPERATIONS),
    Case("MIN-01", QUIET, "care is not measured by it", O.NOT_APPLICABLE, facts=pushed(fields=("to", "birth_date"))),
    Case("MIN-01", UNKNOWN_INPUT, "no list for this vendor and purpose", O.BLOCK, "No list says what twilio may be given for operations. Nothing was sent.",
         action=OPERATIONS, facts=pushed(allowed=None)),
    Case("PHI-01", FIRES, "a patient", O.BLOCK, NO_BAA.format("patient_record"), action=NEWS, facts=to_newsletter(provenance="patient_record")),
    Case("PHI-01", FIRES, "joined, and nobody kept the evidence", O.BLOCK, NO_BAA.format("newsletter_signup"), action=NEWS, facts=to_newsletter(opt_in_event_id="")),
    Case("PHI-01", FIRES, "joined, and a visit goes along", O.BLOCK, NO_BAA.format("newsletter_signup"), action=NEWS,
         facts=to_newsletter(("email_address", "last_visit"))),
    Case("PHI-01", FIRES, "joined, and a tag goes along", O.BLOCK, NO_BAA.format("newsletter_signup"), action=NEWS, facts=to_newsletter(labels=("botox",))),
    Case("PHI-01", FIRES, "any vendor that signs nothing", O.BLOCK, NO_BAA.format("inquiry").replace("mailchimp", "flodesk"), action=NEWS,
         facts={"route": {"vendor": "flodesk", "agreement": {"status": AgreementStatus.NONE}}, "push": {"contact": {**JOINED, "provenance": "inquiry"}}}),
    Case("PHI-01", QUIET, "joined, with evidence, and no more than the address", O.ALLOW, action=NEWS, facts=to_newsletter()),
    Case("PHI-01", QUIET, "a vendor that has signed", O.NOT_APPLICABLE),
    Case("PHI-01", UNKNOWN_INPUT, "nobody knows where the contact came from", O.BLOCK, "Cannot decide: provenance unknown.", action=NEWS,
         facts=to_newsletter(provenance=UNKNOWN), unknown="provenance"),
    Case("PHI-02", FIRES, "the birthday in the record chose the day", O.BLOCK, FROM_RECORD, action=NEWS,
         facts=to_newsletter(sources=("newsletter", "patient_record"))),
    Case("PHI-02", FIRES, "an audience out of nowhere", O.BLOCK, FROM_RECORD, action=NEWS, facts=to_newsletter(sources=())),
    Case("PHI-02", QUIET, "everybody who joined, on the first of the month", O.ALLOW, action=NEWS, facts=to_newsletter(sources=("newsletter", "calendar"))),
    Case("PHI-02", QUIET, "a covered vendor may know", O.NOT_APPLICABLE),
    Case("PHI-02", UNKNOWN_INPUT, "nobody knows how they were chosen", O.BLOCK, "Cannot decide: audience_query_sources unknown.", action=NEWS,
         facts=to_newsletter(sources=UNKNOWN), unknown="audience_query_sources"),
    Case("PHI-05", FIRES, "a list for Meta", O.BLOCK, HASHED, action=NEWS, facts=pushed("meta_capi", destination="tool")),
    Case("PHI-05", FIRES, "an ad platform of another name", O.BLOCK, HASHED, action=NEWS, facts=pushed("tiktok", destination="ad_platform")),
    Case("PHI-05", QUIET, "an offer by text", O.ALLOW, action=MARKETING),
    Case("PHI-05", QUIET, "a reminder", O.NOT_APPLICABLE, facts=pushed(destination="ad_platform")),
    Case("PHI-05", UNKNOWN_INPUT, "nobody knows what it is", O.BLOCK, "Cannot decide: destination_kind unknown.", action=NEWS,
         facts=pushed(destination=UNKNOWN), unknown="destination_kind"),
    *(Case("EMAIL-05", FIRES, f"{status} there, and would be subscribed", O.BLOCK, "Person had unsubscribed at mailchimp; the hub never re-subscribes.",
           action=NEWS, facts=to_newsletter(current_status=status)) for status in ("unsubscribed", "cleaned", "archived")),
    Case("EMAIL-05", QUIET, "not known there yet", O.ALLOW, action=NEWS, facts=to_newsletter()),
    Case("EMAIL-05", QUIET, "subscribed already", O.ALLOW, action=NEWS, facts=to_newsletter(current_status="subscribed")),
    Case("EMAIL-05", QUIET, "only a status for who is new", O.ALLOW, action=NEWS, facts=to_newsletter(current_status="unsubscribed", requested_status="")),
    Case("EMAIL-05", QUIET, "another vendor has no list", O.NOT_APPLICABLE, action=NEWS),
    Case("EMAIL-05", UNKNOWN_INPUT, "status not read", O.BLOCK, "Cannot decide: current_status unknown.", action=NEWS,
         facts=to_newsletter(current_status=UNKNOWN), unknown="current_status"),
    Case("REV-07", FIRES, "the visit goes along", O.REWRITE, REMOVED, action=REVIEW, facts=pushed("birdeye", fields=("given_name", "phone", "service", "visit_at")),
         rewrite="drop_field:service,visit_at"),
    Case("REV-07", FIRES, "two ways to reach them, for a text", O.REWRITE, REMOVED, action=REVIEW, facts=pushed("birdeye", fields=("email", "phone")),
         rewrite="drop_field:email"),
    Case("REV-07", FIRES, "two ways to reach them, for a mail", O.REWRITE, REMOVED, action=INVITE_MAIL, facts=pushed("reputation", fields=("email", "phone")),
         rewrite="drop_field:phone"),
    Case("REV-07", FIRES, "texts are on by the vendor's default", O.REWRITE, REMOVED, action=INVITE_MAIL,
         facts=pushed("birdeye", fields=("email", "external_id"), opens_channels=("email", "sms")), rewrite="set_channel"),
    Case("REV-07", QUIET, "a name, a phone, a place, an id", O.ALLOW, action=REVIEW,
         facts=pushed("birdeye", fields=("given_name", "family_name", "phone", "location_id", "external_id"), opens_channels=("sms",))),
    Case("REV-07", QUIET, "our own text is no invitation of theirs", O.NOT_APPLICABLE, action=REVIEW),
    Case("REV-07", UNKNOWN_INPUT, "a field nobody knows", O.REWRITE, REMOVED, action=REVIEW, facts=pushed("birdeye", fields=("phone", "x_17")),
         rewrite="drop_field:x_17"),
)  # fmt: skip

DISCLOSURES = (
    Case("ACC-01", FIRES, "a manufacturer is told", O.NEED_APPROVAL, LISTED, action=DISCLOSED, facts=pushed(recipient_kind="other")),
    Case("ACC-01", FIRES, "under an authorization that ended", O.NEED_APPROVAL, LISTED, action=DISCLOSED,
         facts=pushed(recipient_kind="other") | {"authorization": changed(PERMITS, revoked_at=NOON)}),
    Case("ACC-01", QUIET, "the person themselves", O.ALLOW, action=DISCLOSED),
    Case("ACC-01", QUIET, "whoever works for the practice", O.ALLOW, action=DISCLOSED, facts=pushed(recipient_kind="business_associate")),
    Case("ACC-01", QUIET, "another clinic, for care", O.ALLOW, facts=pushed(recipient_kind="other")),
    Case("ACC-01", QUIET, "nothing about anybody in it", O.ALLOW, action=DISCLOSED, facts=pushed(recipient_kind="other") | {"subject_linked": False}),
    Case("ACC-01", QUIET, "under an authorization", O.ALLOW, action=DISCLOSED, facts=pushed(recipient_kind="other") | {"authorization": PERMITS}),
    Case("ACC-01", UNKNOWN_INPUT, "nobody knows who is told", O.NEED_APPROVAL, LISTED, facts=pushed(recipient_kind=UNKNOWN)),
    Case("CMIA-01", FIRES, "a Californian", O.BLOCK, CALIFORNIA, facts=pushed(recipient_kind="other") | {"recipient": {"address_state": "CA"}}),
    Case("CMIA-01", QUIET, "a Californian who signed for it", O.ALLOW,
         facts=pushed(recipient_kind="other") | {"recipient": {"address_state": "CA"}, "authorization": PERMITS}),
    Case("CMIA-01", QUIET, "a Californian's next doctor", O.ALLOW, facts=pushed(recipient_kind="provider") | {"recipient": {"address_state": "CA"}}),
    Case("CMIA-01", QUIET, "a Californian is told themselves", O.ALLOW, facts={"recipient": {"address_state": "CA"}}),
    Case("CMIA-01", QUIET, "nothing about anybody in it", O.ALLOW,
         facts=pushed(recipient_kind="other") | {"recipient": {"address_state": "CA"}, "subject_linked": False}),
    Case("CMIA-01", QUIET, "a New Yorker", O.ALLOW, facts=pushed(recipient_kind="other")),
    Case("CMIA-01", UNKNOWN_INPUT, "no address: where the practice is", O.BLOCK, CALIFORNIA,
         facts=pushed(recipient_kind="other") | {"recipient": {"address_state": UNKNOWN}, "practice_state": "CA"}),
    Case("CMIA-01", UNKNOWN_INPUT, "nobody knows who is told", O.BLOCK, "Cannot decide: recipient_kind unknown.", facts=pushed(recipient_kind=UNKNOWN),
         unknown="recipient_kind"),
)  # fmt: skip

MODES = tuple(
    case
    for rule, says in (("REV-01", RISK), ("REV-02", SLOW))
    for case in (
        Case(rule, FIRES, "promoters only, signed for: every verdict says so", O.ALLOW_WITH_RISK, says, action=REVIEW, settings=gated()),
        Case(rule, FIRES, "promoters only, signed for a year ago", O.BLOCK, says, action=REVIEW,
             settings=gated(acknowledged_on=NOON.date().replace(year=2025))),
        Case(rule, FIRES, "promoters only, and nobody's name", O.BLOCK, says, action=REVIEW, settings=gated(acknowledged_by="")),
        Case(rule, QUIET, "everyone is asked", O.ALLOW, action=REVIEW),
        Case(rule, QUIET, "a reminder", O.NOT_APPLICABLE, settings=gated()),
        Case(rule, UNKNOWN_INPUT, "promoters only, and no date", O.BLOCK, says, action=REVIEW, settings=gated(acknowledged_on=None)),
    )
)  # fmt: skip

CASES = GROUND + PAYLOADS + DISCLOSURES + MODES
