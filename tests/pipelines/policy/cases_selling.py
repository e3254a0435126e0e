"""Cases of what sells: written consent, lists, authorizations, commercial mail."""

from datetime import date

from canonical.actions import Purpose
from canonical.practice import Channel
from pipelines.policy.facts import UNKNOWN, Authorization
from tests.pipelines.policy.cases import FIRES, MAIL, MARKETING, QUIET, SECURE, UNKNOWN_INPUT, Case, O, at, heard
from tests.pipelines.policy.world import a_consent, asking, changed

SELLING_MAIL = asking(Purpose.MARKETING, channel=Channel.EMAIL, row="5.5")
REVIEW_MAIL = asking(Purpose.REVIEW_REQUEST, channel=Channel.EMAIL, row="6.2")
SIGNED = a_consent("marketing", "written", wording_sha256="b" * 64)
NO_WRITTEN = "No prior express written consent for marketing texts to this number."
LISTED = "Number is on a do-not-call list or was reassigned after consent."
PAYS = "Galderma pays for this message, so a signed authorization that says so is needed before using patient data."
OWNS = "Promoting Galderma is marketing under HIPAA; no authorization on file."
TEXAS = "Texas requires clear permission to use patient data for marketing, also from practices outside HIPAA."
PERMITS = Authorization(authorization_id="au-1", states_remuneration=True, expires_on=date(2026, 12, 31))
PAID, FOREIGN = {"campaign": {"paid_by": "Galderma"}}, {"campaign": {"product_owner": "Galderma"}}
FOOTER = "Commercial e-mail needs postal address and opt-out."
ONE_CLICK = "One-click unsubscribe headers missing."
WHOLE = "News from Lumen, 12 Mercer St, New York. Unsubscribe: https://go.example/u/7f3k"


def permitted(**updates: object) -> dict[str, object]:
    """Facts with an authorization, changed."""
    return {"authorization": changed(PERMITS, **updates)}


def texan(*consents: object, state: object = "TX", **updates: object) -> dict[str, object]:
    """Somebody of Texas, or of a state nobody knows, with these consents."""
    return {"recipient": {"address_state": state}, "permission": {"consents": consents}, **updates}


CONSENT = (
    Case("TCPA-01", FIRES, "never signed anything", O.BLOCK, NO_WRITTEN, action=MARKETING, facts=heard(consents=())),
    Case("TCPA-01", FIRES, "said yes, and signed nothing", O.BLOCK, NO_WRITTEN, action=MARKETING, facts=heard(consents=(a_consent("marketing"),))),
    Case("TCPA-01", FIRES, "signed, and nobody kept the words", O.BLOCK, NO_WRITTEN, action=MARKETING,
         facts=heard(consents=(a_consent("marketing", "written"),))),
    Case("TCPA-01", FIRES, "signed for another number", O.BLOCK, NO_WRITTEN, action=MARKETING,
         facts=heard(consents=(changed(SIGNED, contact_point_id="cp-2"),))),
    Case("TCPA-01", FIRES, "signed for another seller", O.BLOCK, NO_WRITTEN, action=MARKETING, facts=heard(consents=(changed(SIGNED, brand="glow"),))),
    Case("TCPA-01", FIRES, "took it back later", O.BLOCK, NO_WRITTEN, action=MARKETING,
         facts=heard(consents=(SIGNED, changed(SIGNED, granted=False, given_at=at(9))))),
    Case("TCPA-01", FIRES, "appointment texts are not marketing", O.BLOCK, NO_WRITTEN, action=MARKETING),
    Case("TCPA-01", QUIET, "signed for this number and this seller", O.ALLOW, action=MARKETING, facts=heard(consents=(SIGNED,))),
    Case("TCPA-01", QUIET, "a mail that sells is another law", O.NOT_APPLICABLE, action=SELLING_MAIL, facts=heard(consents=())),
    Case("TCPA-01", UNKNOWN_INPUT, "consents not read", O.BLOCK, "Cannot decide: consent.pewc_event_id unknown.", action=MARKETING,
         facts=heard(consents=UNKNOWN), unknown="consent.pewc_event_id"),
    Case("TCPA-19", FIRES, "on the national list, and signed nothing", O.BLOCK, LISTED, action=MARKETING,
         facts={"screening": {"national": True}, **heard(consents=())}),
    Case("TCPA-19", FIRES, "on the practice's own list, whatever was signed", O.BLOCK, LISTED, action=MARKETING,
         facts={"screening": {"internal": True}, **heard(consents=(SIGNED,))}),
    Case("TCPA-19", FIRES, "somebody else's number by now", O.BLOCK, LISTED, action=MARKETING,
         facts={"screening": {"reassigned": True}, **heard(consents=(SIGNED,))}),
    Case("TCPA-19", QUIET, "on the national list, and signed all the same", O.ALLOW, action=MARKETING,
         facts={"screening": {"national": True}, **heard(consents=(SIGNED,))}),
    Case("TCPA-19", QUIET, "on no list", O.ALLOW, action=MARKETING),
    Case("TCPA-19", UNKNOWN_INPUT, "nobody looked at the national list", O.BLOCK, "Cannot decide: dnc_result unknown.", action=MARKETING,
         facts={"screening": {"national": UNKNOWN}}, unknown="dnc_result"),
    Case("TCPA-19", UNKNOWN_INPUT, "nobody knows whose number it is", O.BLOCK, "Cannot decide: reassigned_result unknown.", action=MARKETING,
         facts={"screening": {"national": UNKNOWN, "reassigned": UNKNOWN}, **heard(consents=(SIGNED,))}, unknown="reassigned_result"),
)  # fmt: skip

AUTHORIZATIONS = (
    Case("AUTH-01", FIRES, "a manufacturer pays, and nobody agreed", O.BLOCK, PAYS, action=SELLING_MAIL, facts=PAID),
    Case("AUTH-01", FIRES, "agreed, but not to somebody paying", O.BLOCK, PAYS, action=SELLING_MAIL, facts={**PAID, **permitted(states_remuneration=False)}),
    Case("AUTH-01", FIRES, "the authorization ran out yesterday", O.BLOCK, PAYS, action=SELLING_MAIL,
         facts={**PAID, **permitted(expires_on=date(2026, 11, 16))}),
    Case("AUTH-01", QUIET, "agreed to just that", O.ALLOW, action=SELLING_MAIL, facts={**PAID, **permitted()}),
    Case("AUTH-01", QUIET, "its last day is today", O.ALLOW, action=SELLING_MAIL, facts={**PAID, **permitted(expires_on=date(2026, 11, 17))}),
    Case("AUTH-01", UNKNOWN_INPUT, "nobody is said to pay: nobody pays", O.ALLOW, action=SELLING_MAIL),
    Case("AUTH-01", UNKNOWN_INPUT, "authorizations not read", O.BLOCK, "Cannot decide: authorization.id unknown.", action=SELLING_MAIL,
         facts={**PAID, "authorization": UNKNOWN}, unknown="authorization.id"),
    Case("AUTH-02", FIRES, "somebody else's product", O.BLOCK, OWNS, action=SELLING_MAIL, facts=FOREIGN),
    Case("AUTH-02", FIRES, "authorized once, and revoked", O.BLOCK, OWNS, action=SELLING_MAIL, facts={**FOREIGN, **permitted(revoked_at=at(9))}),
    Case("AUTH-02", QUIET, "authorized", O.ALLOW, action=SELLING_MAIL, facts={**FOREIGN, **permitted()}),
    Case("AUTH-02", QUIET, "revoked from tomorrow on", O.ALLOW, action=SELLING_MAIL, facts={**FOREIGN, **permitted(revoked_at=at(9, day=18))}),
    Case("AUTH-02", UNKNOWN_INPUT, "no owner is named: the practice's own", O.ALLOW, action=SELLING_MAIL),
    Case("AUTH-03", FIRES, "a Texan who agreed to nothing", O.BLOCK, TEXAS, action=SELLING_MAIL, facts=texan()),
    Case("AUTH-03", FIRES, "a Texan whose number was only provided", O.BLOCK, TEXAS, action=SELLING_MAIL,
         facts=texan(a_consent("marketing", "provided_number"))),
    Case("AUTH-03", FIRES, "a Texan who took it back", O.BLOCK, TEXAS, action=SELLING_MAIL, facts=texan(a_consent("marketing", granted=False))),
    Case("AUTH-03", FIRES, "state unknown, practice in Texas", O.BLOCK, TEXAS, action=SELLING_MAIL, facts=texan(state=UNKNOWN, practice_state="TX")),
    Case("AUTH-03", QUIET, "a Texan who agreed electronically", O.ALLOW, action=SELLING_MAIL, facts=texan(a_consent("marketing"))),
    Case("AUTH-03", QUIET, "a New Yorker of a Texan practice", O.NOT_APPLICABLE, action=SELLING_MAIL, facts={"practice_state": "TX"}),
    Case("AUTH-03", QUIET, "nothing about a person in it", O.NOT_APPLICABLE, action=SELLING_MAIL, facts=texan(subject_linked=False)),
    Case("AUTH-03", UNKNOWN_INPUT, "state unknown, practice elsewhere: not asked", O.NOT_APPLICABLE, action=SELLING_MAIL, facts=texan(state="")),
    Case("AUTH-03", UNKNOWN_INPUT, "a Texan whose permissions nobody read", O.BLOCK, "Cannot decide: marketing_permission_event_id unknown.",
         action=SELLING_MAIL, facts={**texan(), **heard(consents=UNKNOWN)}, unknown="marketing_permission_event_id"),
    Case("AUTH-04", FIRES, "ran out", O.BLOCK, "The authorization ended on 2026-11-16.", action=SELLING_MAIL, facts=permitted(expires_on=date(2026, 11, 16))),
    Case("AUTH-04", FIRES, "revoked this morning", O.BLOCK, "The authorization ended on 2026-11-17.", action=SELLING_MAIL, facts=permitted(revoked_at=at(9))),
    Case("AUTH-04", FIRES, "the permission was withdrawn", O.BLOCK, "The permission to send marketing was withdrawn on 2026-09-02.", action=SELLING_MAIL,
         facts=heard(consents=(a_consent("marketing", granted=False),))),
    Case("AUTH-04", QUIET, "in force", O.ALLOW, action=SELLING_MAIL, facts=permitted()),
    Case("AUTH-04", QUIET, "withdrawn once, and given again", O.ALLOW, action=SELLING_MAIL,
         facts=heard(consents=(a_consent("marketing", granted=False), a_consent("marketing", given_at=at(9))))),
    Case("AUTH-04", UNKNOWN_INPUT, "no row is no authorization, and none that ended", O.ALLOW, action=SELLING_MAIL),
    Case("AUTH-04", UNKNOWN_INPUT, "authorizations not read", O.BLOCK, "Cannot decide: authorization.revoked_at unknown.", action=SELLING_MAIL,
         facts={"authorization": UNKNOWN}, unknown="authorization.revoked_at"),
)  # fmt: skip

MAILS = (
    Case("EMAIL-01", FIRES, "no address in it", O.REWRITE, FOOTER, action=SELLING_MAIL, rewrite="commercial_footer",
         facts={"text": {"body": "News from Lumen. Unsubscribe: https://go.example/u/7f3k"}}),
    Case("EMAIL-01", FIRES, "no way out in it", O.REWRITE, FOOTER, action=SELLING_MAIL, rewrite="commercial_footer",
         facts={"text": {"body": "News from Lumen, 12 Mercer St, New York."}}),
    Case("EMAIL-01", FIRES, "nobody says who writes", O.REWRITE, FOOTER, action=SELLING_MAIL, rewrite="commercial_footer",
         facts={"text": {"body": WHOLE, "has_brand": False, "sender_name": ""}}),
    Case("EMAIL-01", FIRES, "the practice has set no address", O.BLOCK, FOOTER, action=SELLING_MAIL,
         facts={"text": {"body": WHOLE}, "profile": {"postal_address": ""}}),
    Case("EMAIL-01", QUIET, "all of it", O.ALLOW, action=SELLING_MAIL, facts={"text": {"body": WHOLE}}),
    Case("EMAIL-01", QUIET, "in Spanish, by word instead of link", O.ALLOW, action=SELLING_MAIL,
         facts={"text": {"body": "Noticias de Lumen, 12 Mercer St, New York. Para darse de baja, responda."}}),
    Case("EMAIL-01", QUIET, "a reminder by mail sells nothing", O.NOT_APPLICABLE, action=MAIL, facts={"profile": {"postal_address": ""}}),
    Case("EMAIL-01", UNKNOWN_INPUT, "nobody read the practice's address", O.BLOCK, "Cannot decide: template_flags unknown.", action=SELLING_MAIL,
         facts={"profile": {"postal_address": UNKNOWN}}, unknown="template_flags"),
    Case("EMAIL-03", FIRES, "no one-click header", O.REWRITE, ONE_CLICK, action=REVIEW_MAIL, rewrite="one_click_unsubscribe",
         facts={"mailing": {"one_click": False}}),
    Case("EMAIL-03", FIRES, "a host that cannot sign", O.BLOCK, "The sender's host does not sign unsubscribe headers.", action=REVIEW_MAIL,
         facts={"mailing": {"signed": False}}),
    Case("EMAIL-03", FIRES, "the page asks for a password", O.BLOCK, "The unsubscribe page asks people to sign in.", action=SELLING_MAIL,
         facts={"mailing": {"asks_to_sign_in": True}}),
    Case("EMAIL-03", QUIET, "one click, signed", O.ALLOW, action=SELLING_MAIL),
    Case("EMAIL-03", QUIET, "a reminder needs none", O.NOT_APPLICABLE, action=SECURE, facts={"mailing": {"one_click": False}}),
    Case("EMAIL-03", QUIET, "added, and nobody knows whether the host signs", O.ALLOW, action=REVIEW_MAIL, facts={"mailing": {"signed": UNKNOWN}}),
    Case("EMAIL-03", UNKNOWN_INPUT, "nobody knows the headers: they are added", O.REWRITE, ONE_CLICK, action=REVIEW_MAIL, rewrite="one_click_unsubscribe",
         facts={"mailing": {"one_click": UNKNOWN, "signed": UNKNOWN}}),
    Case("EMAIL-04", FIRES, "looks like a reply", O.NEED_APPROVAL, "Subject line looks like a reply.", action=SELLING_MAIL,
         facts={"text": {"subject": "RE: your visit"}}),
    Case("EMAIL-04", FIRES, "looks forwarded", O.NEED_APPROVAL, "Subject line looks like a reply.", action=SELLING_MAIL,
         facts={"text": {"subject": " Fwd : News"}}),
    Case("EMAIL-04", FIRES, "another practice's name", O.NEED_APPROVAL, "The sender's name is not the practice's.", action=SELLING_MAIL,
         facts={"text": {"subject": "News", "sender_name": "Glow Med Spa"}}),
    Case("EMAIL-04", QUIET, "says what it is", O.ALLOW, action=SELLING_MAIL, facts={"text": {"subject": "Renew with us: news from Lumen"}}),
    Case("EMAIL-04", UNKNOWN_INPUT, "no subject", O.NEED_APPROVAL, "Subject line looks like a reply.", action=SELLING_MAIL),
)  # fmt: skip

CASES = CONSENT + AUTHORIZATIONS + MAILS
