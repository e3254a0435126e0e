"""May this contact point be reached for this: consent (TCPA-02) and opt-outs (TCPA-13, EMAIL-02)."""

from datetime import UTC, datetime

from canonical.actions import Purpose
from canonical.clock import rfc3339
from canonical.consent import Consent, ConsentCategory, ConsentKind, Suppression, SuppressionScope
from canonical.practice import Channel
from pipelines.policy.asking import ALLOW, Asked, Finding, block, rule
from pipelines.policy.card import cards
from pipelines.policy.facts import Unknown, is_emergency, known

_NEEDED = {
    Purpose.TREATMENT: ConsentCategory.INFORMATIONAL,
    Purpose.OPERATIONS: ConsentCategory.INFORMATIONAL,
    Purpose.MISSED_CALL_TEXTBACK: ConsentCategory.INFORMATIONAL,
    Purpose.SURVEY: ConsentCategory.FEEDBACK,
    Purpose.REVIEW_REQUEST: ConsentCategory.FEEDBACK,
    Purpose.MARKETING: ConsentCategory.MARKETING,
}
"""What must have been agreed to; a purpose that is not among these answers the person's own act, and needs nothing."""
_WEAKER_IS_ENOUGH = (Purpose.TREATMENT, Purpose.OPERATIONS, Purpose.MISSED_CALL_TEXTBACK)
"""A number given through an attested intake point is enough for these, never for more (R33)."""
_ON_A_PHONE = (Channel.SMS, Channel.VOICE)
"""Where only a signed text, of this number and for this seller, lets us sell (TCPA-01)."""
_SELLS_OR_ASKS = (Purpose.MARKETING, Purpose.SURVEY, Purpose.REVIEW_REQUEST)
_SELLS, _CONFIRMS = Purpose.MARKETING, Purpose.OPT_OUT_CONFIRMATION
_SIGNED, _MERELY_GIVEN = ConsentKind.WRITTEN, ConsentKind.PROVIDED_NUMBER
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@rule("TCPA-02")
def express_consent(asked: Asked) -> Finding:
    """A text needs evidence that this number agreed to this category."""
    known(asked.facts.permission.consents, "consent.express_event_id")
    return ALLOW if consent_for(asked) else block(category=_NEEDED.get(asked.action.labels.purpose))


def consent_for(asked: Asked) -> Consent | None:
    """The consent that lets this purpose use this contact point: the newest evidence of its category, if it is a yes."""
    category = _NEEDED.get(asked.action.labels.purpose)
    newest = newest_evidence(asked, category) if category is not None else None
    return newest if newest is not None and newest.granted and _strong_enough(newest, asked) else None


def newest_evidence(asked: Asked, category: ConsentCategory) -> Consent | None:
    """What this contact point last said about a category; None where it said nothing, or where nobody has read it."""
    consents, contact = asked.facts.permission.consents, asked.facts.recipient.contact_point_id
    if isinstance(consents, Unknown):
        return None
    newest = None
    for one in consents:
        if one.category is not category or one.contact_point_id != contact or not _begun(one, asked.now):
            continue
        if newest is None or _weight(one) > _weight(newest):
            newest = one
    return newest


def _begun(consent: Consent, now: datetime) -> bool:
    """Not dated in the future."""
    return consent.given_at is None or consent.given_at <= now


def _weight(consent: Consent) -> tuple[datetime, bool]:
    """Newest wins; a yes without a date never outweighs a no, and on the same instant the no wins."""
    if consent.granted:
        return consent.given_at or _LONG_AGO, False
    return consent.given_at or consent.recorded_at, True


def _strong_enough(consent: Consent, asked: Asked) -> bool:
    purpose = asked.action.labels.purpose
    if purpose is _SELLS and asked.action.channel in _ON_A_PHONE:
        signed = consent.kind is _SIGNED and bool(consent.wording_sha256)
        return signed and consent.brand == asked.facts.recipient.brand
    return consent.kind is not _MERELY_GIVEN or purpose in _WEAKER_IS_ENOUGH


@rule("TCPA-13")
def not_suppressed(asked: Asked) -> Finding:
    """An opt-out on this contact point and brand stops everything its scope covers."""
    suppressions = known(asked.facts.permission.suppressions, "suppression_row")
    if not suppressions or asked.action.labels.purpose is _CONFIRMS:
        return ALLOW  # the one confirmation is TCPA-15's
    return _found(suppressions, asked)


@rule("EMAIL-02")
def not_unsubscribed(asked: Asked) -> Finding:
    """An address that unsubscribed hears nothing its scope covers."""
    return _found(known(asked.facts.permission.suppressions, "suppression_row"), asked)


def _found(suppressions: tuple[Suppression, ...], asked: Asked) -> Finding:
    if not suppressions:
        return ALLOW
    hits = [s for s in suppressions if _covers(s, asked)]
    if not hits:
        return ALLOW
    hit = min(hits, key=lambda s: (s.provisional, s.effective_at))
    if hit.provisional:
        return block(cards()["TCPA-11"].reason)
    return block(ts=rfc3339(hit.effective_at), scope=hit.scope.value)


def _covers(suppression: Suppression, asked: Asked) -> bool:
    action = asked.action
    if suppression.lifted:
        return False
    if suppression.scope is SuppressionScope.PERSON_ON_PHONE:
        return suppression.person_id in {None, action.person_id}
    if suppression.scope is SuppressionScope.MARKETING:
        return action.labels.purpose in _SELLS_OR_ASKS
    return not is_emergency(action)
