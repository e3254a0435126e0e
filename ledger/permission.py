"""Permission as rows: what was revoked, what was given back, and the evidence for either. All of it only grows."""

from datetime import datetime

from canonical.clock import rfc3339
from canonical.consent import Consent, ConsentCategory, ConsentKind, Suppression, SuppressionScope
from canonical.ids import ConsentId, ContactPointId, Prefix, SuppressionId, derived_id
from ledger.audit.events import AuditBody, AuditTag
from ledger.people import consents_of, suppressions_of
from ledger.session import Session


def suppress(session: Session, suppression: Suppression, *, raw_id: str) -> bool:
    """Record a revocation; False when one that stops at least as much is in force already."""
    in_force = [one for one in suppressions_of(session, [suppression.contact_point_id]) if _same_kind(one, suppression)]
    if any(not one.provisional or suppression.provisional for one in in_force):
        return False
    _insert(session, suppression, raw_id)
    _tell(session, AuditTag.SUPPRESSION_ADDED, suppression)
    return True


def restore(
    session: Session,
    contact_point_id: ContactPointId,
    brand: str,
    *,
    source: str,
    raw_id: str,
    at: datetime,
    now: datetime,
) -> bool:
    """The person takes back what stopped everything: only the informational scope returns (R34); False when nothing did.

    What was revoked later than `at` stays revoked; so does what was said about one person on a phone.
    """
    stopped = [
        one
        for one in suppressions_of(session, [contact_point_id])
        if one.brand == brand and one.scope is SuppressionScope.ALL and one.effective_at <= at
    ]
    for one in stopped:
        lifted = one.model_copy(update={"lifted": True, "source": source, "effective_at": at, "recorded_at": now})
        _insert(session, lifted, raw_id)
        _tell(session, AuditTag.SUPPRESSION_RESTORED, lifted)
    if stopped:
        suppress(session, _marketing_stays_off(stopped[0], source, at, now), raw_id=raw_id)
    return bool(stopped)


def decide(
    session: Session, contact_point_id: ContactPointId, brand: str, *, stops: bool, who: str, now: datetime
) -> bool:
    """A person has read words that may have meant stop (TCPA-11): they did, or they did not. False when nothing was held.

    `who` is a user's id.
    """
    held = [one for one in suppressions_of(session, [contact_point_id]) if one.brand == brand and one.provisional]
    for one in held:
        told = {"provisional": False, "lifted": not stops, "source": f"user:{who}", "recorded_at": now}
        decided = one.model_copy(update=told)
        _insert(session, decided, "")
        _tell(session, AuditTag.SUPPRESSION_ADDED if stops else AuditTag.SUPPRESSION_RESTORED, decided)
    return bool(held)


def give_consent(session: Session, consent: Consent, *, raw_id: str) -> None:
    """Record evidence of permission, or of its withdrawal."""
    row = consent.model_dump(mode="python") | {"category": consent.category.value, "kind": consent.kind.value}
    session.insert("consents", [row | {"raw_id": raw_id}])
    session.audit(
        AuditBody(
            tag=AuditTag.CONSENT_RECORDED,
            at=rfc3339(consent.recorded_at),
            practice=session.practice_id,
            subject_id=consent.contact_point_id,
            refs={"consent": consent.consent_id, "category": consent.category.value, "kind": consent.kind.value},
        )
    )


def held_before(session: Session, contact_point_id: ContactPointId, brand: str) -> ConsentKind | None:
    """How strong the evidence for informational texts on a contact point is, an opt-out aside; None without any."""
    newest = [
        one
        for one in consents_of(session, [contact_point_id])
        if one.brand == brand and one.category is ConsentCategory.INFORMATIONAL
    ]
    return newest[-1].kind if newest and newest[-1].granted else None


def withdraw(
    session: Session, contact_point_id: ContactPointId, brand: str, *, source: str, raw_id: str, now: datetime
) -> int:
    """Void every consent given on a contact point (R26: the number belongs to somebody else); how many were void."""
    latest = {one.category: one for one in consents_of(session, [contact_point_id]) if one.brand == brand}
    void = [one for one in latest.values() if one.granted]
    for one in void:
        identity = ConsentId(derived_id(Prefix.CONSENT, one.consent_id, "void", raw_id))
        gone = {"consent_id": identity, "granted": False, "given_at": now, "recorded_at": now, "source": source}
        give_consent(session, one.model_copy(update=gone), raw_id=raw_id)
    return len(void)


def _same_kind(there: Suppression, wanted: Suppression) -> bool:
    same = (there.brand, there.scope, there.person_id) == (wanted.brand, wanted.scope, wanted.person_id)
    return same or (there.brand == wanted.brand and there.scope is SuppressionScope.ALL)


def _marketing_stays_off(stopped: Suppression, source: str, at: datetime, now: datetime) -> Suppression:
    return Suppression(
        suppression_id=SuppressionId(derived_id(Prefix.SUPPRESSION, stopped.suppression_id, "marketing")),
        contact_point_id=stopped.contact_point_id,
        brand=stopped.brand,
        scope=SuppressionScope.MARKETING,
        effective_at=at,
        recorded_at=now,
        source=source,
        word=stopped.word,
    )


def _insert(session: Session, suppression: Suppression, raw_id: str) -> None:
    row = suppression.model_dump(mode="python") | {"scope": suppression.scope.value, "raw_id": raw_id}
    session.insert("suppressions", [row])


def _tell(session: Session, tag: AuditTag, suppression: Suppression) -> None:
    session.audit(
        AuditBody(
            tag=tag,
            at=rfc3339(suppression.recorded_at),
            practice=session.practice_id,
            subject_id=suppression.contact_point_id,
            refs={"suppression": suppression.suppression_id, "scope": suppression.scope.value},
        )
    )
