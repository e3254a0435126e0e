"""Texts and mails that sell: written consent (TCPA-01), do-not-call lists (TCPA-19), authorizations (AUTH-01 to AUTH-04)."""

from canonical.consent import Consent, ConsentCategory, ConsentKind
from pipelines.policy.asking import ALLOW, NOT_ASKED, Asked, Finding, block, rule
from pipelines.policy.facts import Authorization, Unknown, known
from pipelines.policy.rules.contact import consent_for, newest_evidence

_TEXAS = "TX"
_OFFERS = ConsentCategory.MARKETING
_WITHDRAWN = "The permission to send marketing was withdrawn on {date}."


@rule("TCPA-01")
def written_consent(asked: Asked) -> Finding:
    """A text that sells needs a signed text of this very number for this very seller."""
    known(asked.facts.permission.consents, "consent.pewc_event_id")
    return ALLOW if consent_for(asked) else block()


@rule("TCPA-19")
def on_no_list(asked: Asked) -> Finding:
    """A number on a do-not-call list, or given to somebody else since its consent, is not sold to."""
    screening = asked.facts.screening
    if screening.internal:
        return block()
    if screening.national is not False and consent_for(asked) is None and known(screening.national, "dnc_result"):
        return block()
    return block() if known(screening.reassigned, "reassigned_result") else ALLOW


@rule("AUTH-01")
def payment_is_authorized(asked: Asked) -> Finding:
    """What somebody else pays for needs a signed authorization that says so."""
    campaign = asked.facts.campaign
    if not campaign.paid_by:
        return ALLOW
    authorization = _in_force(asked)
    if authorization is not None and authorization.states_remuneration:
        return ALLOW
    return block(manufacturer=campaign.paid_by)


@rule("AUTH-02")
def promotion_of_others_is_authorized(asked: Asked) -> Finding:
    """Promoting somebody else's product with patient data needs an authorization."""
    campaign = asked.facts.campaign
    if not campaign.product_owner or _in_force(asked) is not None:
        return ALLOW
    return block(owner=campaign.product_owner)


def _in_force(asked: Asked) -> Authorization | None:
    authorization = known(asked.facts.authorization, "authorization.id")
    if authorization is None or authorization.ended_on(asked.now, asked.facts.today) is not None:
        return None
    return authorization


@rule("AUTH-03")
def permitted_in_texas(asked: Asked) -> Finding:
    """In Texas, patient data is used for marketing only with a clear written or electronic permission."""
    facts = asked.facts
    state = facts.recipient.address_state
    if isinstance(state, Unknown) or not state:
        state = facts.practice_state
    if state != _TEXAS or not facts.subject_linked:
        return NOT_ASKED
    known(facts.permission.consents, "marketing_permission_event_id")
    permission = newest_evidence(asked, _OFFERS)
    clear = permission is not None and permission.granted and permission.kind is not ConsentKind.PROVIDED_NUMBER
    return ALLOW if clear else block()


@rule("AUTH-04")
def not_ended(asked: Asked) -> Finding:
    """An authorization or permission that was revoked or has run out ends marketing."""
    facts = asked.facts
    authorization = known(facts.authorization, "authorization.revoked_at")
    ended = authorization.ended_on(asked.now, facts.today) if authorization is not None else None
    if ended is not None:
        return block(date=ended)
    known(facts.permission.consents, "authorization.revoked_at")
    permission = newest_evidence(asked, _OFFERS)
    if permission is None or permission.granted:
        return ALLOW
    return block(_WITHDRAWN, date=_day(permission))


def _day(consent: Consent) -> str:
    return f"{(consent.given_at or consent.recorded_at).date()}"
