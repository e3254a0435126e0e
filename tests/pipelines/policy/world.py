"""An action that nothing forbids, and ways to change one thing about it."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

from pydantic import BaseModel

from canonical.actions import Action, Answer, HipaaClass, Labels, Purpose, SubjectKind, TcpaClass
from canonical.agreements import Agreement, AgreementStatus
from canonical.consent import Consent, ConsentCategory, ConsentKind, Suppression, SuppressionScope
from canonical.ids import ActionId, ConsentId, ContactPointId, ContentHash, PersonId, PracticeId, SuppressionId
from canonical.people import ContactKind
from canonical.policy import PolicySettings, ReviewInvites, ReviewMode
from canonical.practice import Channel
from pipelines.policy.asking import Asked
from pipelines.policy.engine import ask
from pipelines.policy.facts import (
    Facts,
    Freshness,
    Invitation,
    Mailing,
    Occasion,
    Permission,
    Profile,
    Programme,
    Recipient,
    Route,
    Row,
    Screening,
    Text,
    Thread,
)
from pipelines.policy.pushes import Ground, Push

NOON = datetime(2026, 11, 17, 17, 0, tzinfo=UTC)
"""A Tuesday, 12:00 in New York."""
GO_LIVE = datetime(2026, 11, 1, 5, 0, tzinfo=UTC)
PHONE, PERSON = ContactPointId("cp-1"), PersonId("p-1")
SETTINGS = PolicySettings(review_invites=ReviewInvites(mode=ReviewMode.OFF))
SIGNED = Agreement(
    vendor="twilio",
    status=AgreementStatus.SIGNED,
    covered_products=("sms", "email"),
    signed_on=date(2026, 1, 14),
    document_sha256="a" * 64,
)

RECIPIENT = Recipient(
    contact_point_id=PHONE,
    kind=ContactKind.PHONE,
    brand="lumen",
    zone="America/New_York",
    zone_source="address",
    address_state="NY",
    location_state="NY",
    area_code_states=("NY",),
    area_code_zones=("America/New_York",),
    textable=True,
    line_type="mobile",
)
TEXT = Text(
    body="Hi Ana, see you at Lumen Wed, Nov 18 at 12:00 PM EST.",
    sender_name="Lumen",
    has_brand=True,
    has_stop_and_help=False,
    neutral_exists=True,
)
PROFILE = Profile(
    names=("Lumen Aesthetics", "Lumen"),
    postal_address="12 Mercer St, New York",
    phone="(212) 555-0101",
    unsubscribe="https://go.example/u/7f3k",
    review_link="https://go.example/r/7f3k",
)
PUSH = Push(
    fields=("to", "sender", "body"),
    required=("to", "sender", "body"),
    allowed=("to", "sender", "body", "callback"),
    allowed_late=("to", "sender", "body", "callback"),
    destination="tool",
    recipient_kind="patient",
    ground=Ground(
        vendor_mode="on",
        registered_uses=("mixed",),
        transport_encrypted=True,
        storage_encrypted=True,
        key_apart=True,
    ),
)

M = TypeVar("M", bound=BaseModel)


def changed(model: M, /, **updates: object) -> M:
    """A copy with other values; a mapping changes the noun inside instead of replacing it."""
    new = {
        name: changed(getattr(model, name), **value) if isinstance(value, Mapping) and name != "facts" else value
        for name, value in updates.items()
    }
    return model.model_copy(update=new)


def an_action(**updates: object) -> Action:
    """A reminder by text, the day before a visit."""
    labels = Labels(purpose=Purpose.TREATMENT, hipaa=HipaaClass.TREATMENT, tcpa=TcpaClass.INFORMATIONAL)
    action = Action(
        action_id=ActionId("a-1"),
        practice_id=PracticeId("lumen"),
        step="3.2-reminder-24h",
        row="3.2",
        subject_kind=SubjectKind.VISIT,
        subject_id="v-1",
        occurrence=1,
        person_id=PERSON,
        contact_point_id=PHONE,
        channel=Channel.SMS,
        command="send",
        labels=labels,
        template="reminder-24h",
        due_at=NOON,
        expires_at=NOON + timedelta(hours=23),
        anchor_at=NOON + timedelta(hours=24),
        journeys=ContentHash("0" * 64),
    )
    return changed(action, **updates)


def asking(purpose: Purpose, **updates: object) -> Action:
    """The same action with another purpose."""
    return an_action(labels={"purpose": purpose}, **updates)


def a_consent(category: str = "informational", kind: str = "express", **updates: object) -> Consent:
    """Evidence on that phone, given in September."""
    consent = Consent(
        consent_id=ConsentId("c-1"),
        contact_point_id=PHONE,
        brand="lumen",
        category=ConsentCategory(category),
        kind=ConsentKind(kind),
        given_at=datetime(2026, 9, 2, 14, 0, tzinfo=UTC),
        recorded_at=datetime(2026, 9, 2, 15, 0, tzinfo=UTC),
        source="webform",
    )
    return changed(consent, **updates)


def a_stop(scope: SuppressionScope = SuppressionScope.ALL, **updates: object) -> Suppression:
    """An opt-out of the evening before."""
    stop = Suppression(
        suppression_id=SuppressionId("s-1"),
        contact_point_id=PHONE,
        brand="lumen",
        scope=scope,
        effective_at=datetime(2026, 11, 16, 23, 30, tzinfo=UTC),
        recorded_at=datetime(2026, 11, 16, 23, 30, tzinfo=UTC),
        source="reply",
        word="stop",
    )
    return changed(stop, **updates)


def some_facts(**updates: object) -> Facts:
    """Facts under which every built rule says yes."""
    facts = Facts(
        demo=True,
        practice_name="Lumen Aesthetics",
        practice_state="NY",
        today=date(2026, 11, 17),
        route=Route(vendor="twilio", product="sms", agreement=SIGNED, sender="+12125550100"),
        recipient=RECIPIENT,
        permission=Permission(consents=(a_consent(),), suppressions=(), checked_at=NOON),
        freshness=Freshness(stream="acuity/appointments", read_at=NOON - timedelta(minutes=2)),
        text=TEXT,
        occasion=Occasion(
            event_id="i-1", event_at=NOON - timedelta(minutes=10), revoked_at=NOON - timedelta(minutes=1)
        ),
        row=Row(owner="glowline", live_from=GO_LIVE, fact_at=NOON),
        programme=Programme(first_message=False),
        screening=Screening(national=False, reassigned=False),
        profile=PROFILE,
        mailing=Mailing(one_click=True, signed=True),
        thread=Thread(last_inbound_at=NOON - timedelta(minutes=10), actor="automation", disclosed_at=NOON),
        invitation=Invitation(visit_finished=True),
        push=PUSH,
    )
    return changed(facts, **updates)


def answers(
    action: Action, facts: Facts, now: datetime = NOON, settings: PolicySettings = SETTINGS
) -> dict[str, Answer]:
    """Every rule's answer."""
    return {answer.rule: answer for answer in ask(Asked(action, facts, settings, now)).answers}
