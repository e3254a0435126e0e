"""What leaves for a vendor: only what is needed (MIN-01, REV-07), and nothing of a patient where nobody signs (PHI-01, -02, -05, EMAIL-05)."""

from canonical.agreements import Agreement, AgreementStatus
from canonical.practice import THREADS, Channel
from pipelines.policy.asking import ALLOW, NOT_ASKED, Asked, Finding, block, rewrite, rule
from pipelines.policy.facts import known
from pipelines.policy.rewrites import DROP_FIELD, SET_CHANNEL

_NEWSLETTER = "mailchimp"
NEWSLETTER_FIELDS = frozenset(
    {"email_address", "status_if_new", "timestamp_opt", "ip_opt", "language", "marketing_permissions"}
)
_JOINED = "newsletter_signup"
_OF_NO_PATIENT = frozenset({"newsletter", "calendar", "campaign", "thread"})
"""Sources that say nothing about who is a patient. What is not among them counts as the patient record."""
_GIVES_NOBODY_AWAY = THREADS | {Channel.REVIEW_REPLY}
"""A send and no push: the person wrote there first (META-01 to META-03), or it is said to everybody (REV-06). No contact goes along."""
_AD_PLATFORMS = frozenset({"meta_capi", "google_ads"})
_LEFT = frozenset({"unsubscribed", "cleaned", "archived"})
_INVITE_FIELDS = ("given_name", "family_name", "location_id", "external_id")
_WAYS = ("phone", "email")
"""An invitation carries one of them: the one whose channel it takes."""
_NO_LIST = "No list says what {vendor} may be given for {purpose}. Nothing was sent."
_REQUIRED = "{vendor} takes nothing without field {field}, which is not needed for {purpose}."


@rule("MIN-01")
def only_what_is_needed(asked: Asked) -> Finding:
    """Only fields on the list for this vendor and purpose leave; others are dropped, and a required one stops it."""
    push = asked.facts.push
    if not push.fields:
        return ALLOW
    extra = [field for field in push.fields if field not in (push.allowed or ())]
    if not extra:
        return ALLOW
    said = {"vendor": asked.facts.route.vendor, "purpose": asked.action.labels.purpose.value}
    if push.allowed is None:
        return block(_NO_LIST, **said)
    if required := [field for field in extra if field in push.required]:
        return block(_REQUIRED, field=", ".join(required), **said)
    return rewrite(DROP_FIELD + ",".join(extra), field=", ".join(extra), **said)


@rule("PHI-01")
def only_who_joined_themselves(asked: Asked) -> Finding:
    """A vendor without an agreement gets only people who joined its newsletter themselves, and no field of a patient."""
    vendor = asked.facts.route.vendor
    if vendor != _NEWSLETTER and not _signs_nothing(asked.facts.route.agreement):
        return NOT_ASKED
    if asked.action.channel in _GIVES_NOBODY_AWAY:
        return NOT_ASKED
    push, contact = asked.facts.push, asked.facts.push.contact
    provenance = known(contact.provenance, "provenance")
    joined = provenance == _JOINED and bool(contact.opt_in_event_id)
    if joined and not contact.labels and NEWSLETTER_FIELDS.issuperset(push.fields):
        return ALLOW
    return block(vendor=vendor, provenance=provenance)


def _signs_nothing(agreement: object) -> bool:
    """The register says so. A vendor without an entry, or a register nobody read, is BAA-01's case."""
    return isinstance(agreement, Agreement) and agreement.status is AgreementStatus.NONE


@rule("PHI-02")
def not_from_the_record(asked: Asked) -> Finding:
    """Neither the audience nor the moment of what goes to these vendors is computed from patient data."""
    sources = known(asked.facts.push.contact.sources, "audience_query_sources")
    return ALLOW if sources and _OF_NO_PATIENT.issuperset(sources) else block()


@rule("PHI-05")
def no_ad_platform(asked: Asked) -> Finding:
    """No list of people and no conversion goes to an ad platform, hashed or not."""
    if asked.facts.route.vendor in _AD_PLATFORMS:
        return block()
    return block() if known(asked.facts.push.destination, "destination_kind") == "ad_platform" else ALLOW


@rule("EMAIL-05")
def never_subscribes_again(asked: Asked) -> Finding:
    """Whoever left a newsletter is never subscribed again by the hub."""
    contact = asked.facts.push.contact
    left = known(contact.current_status, "current_status") in _LEFT
    returns = bool(contact.requested_status) and contact.requested_status not in _LEFT
    return block(vendor=asked.facts.route.vendor) if left and returns else ALLOW


@rule("REV-07")
def an_invitation_and_no_more(asked: Asked) -> Finding:
    """A review tool gets a name, one way to reach the person, a place and an opaque id, and opens no second channel."""
    push = asked.facts.push
    if way := next((way for way in _wanted(asked) if way in push.fields), None):
        extra = [field for field in push.fields if field not in (*_INVITE_FIELDS, way)]
    else:
        extra = [field for field in push.fields if field not in _INVITE_FIELDS]
    if extra:
        return rewrite(DROP_FIELD + ",".join(extra))
    return rewrite(SET_CHANNEL) if any(one != asked.action.channel for one in push.opens_channels) else ALLOW


def _wanted(asked: Asked) -> tuple[str, ...]:
    """The ways to reach the person, that of the action's own channel first."""
    return _WAYS if asked.action.channel == "sms" else _WAYS[::-1]
