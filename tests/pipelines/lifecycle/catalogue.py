"""The shipped journeys with every row switched on, in a practice whose services say all that a service can say."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from canonical.campaigns import Campaign, CampaignId, CampaignKind
from canonical.ids import ContactPointId, PersonId, ProviderId, ServiceId
from canonical.plan import Journeys
from canonical.policy import ReviewMode
from canonical.practice import DepositRule, Instruction, Provider, Service, ServiceKind
from canonical.subjects import PersonFacts, VisitAround
from canonical.visits import AppointmentStatus, CompletionGrade
from settings.installation import SHIPPED
from settings.journeys import read_journeys
from tests.journeys_fixture import LIVE_FROM, PRACTICE
from tests.pipelines.lifecycle.world import World, ny

ROWS = (
    *("1.1", "1.2", "1.3", "1.4", "1.5", "2.1", "2.3", "2.4", "2.5", "2.6", "2.7", "2.8", "3.1", "3.2", "3.3", "3.4"),
    *("3.5", "3.6", "4.1", "4.3", "4.4", "5.1", "5.2", "5.3", "5.4", "5.5", "6.1", "6.2", "6.3", "6.4", "7.1", "7.2"),
    *("7.3", "7.4"),
)
OKAFOR = ProviderId("dr-okafor")
PLAIN, LASER, PEEL = ServiceId("plain"), ServiceId("laser"), ServiceId("peel")
SERVICES = (
    Service(service_id=PLAIN, name="Visit", neutral_label="appointment", kind=ServiceKind.TREATMENT),
    Service(
        service_id=LASER,
        name="Laser",
        neutral_label="appointment",
        kind=ServiceKind.SERIES_SESSION,
        sessions=3,
        intake=True,
        deposit_cents=5000,
        instructions=(Instruction(lead=timedelta(days=7), text="No sun."),),
        preparation="Come without make-up.",
        aftercare="Keep it cool.",
        rebook_after_days=30,
        complements=(PEEL,),
    ),
    Service(
        service_id=PEEL,
        name="Peel",
        neutral_label="appointment",
        kind=ServiceKind.TREATMENT,
        complements=(LASER,),
        aftercare="Keep it dry.",
    ),
)
OFFER = Campaign(
    campaign_id=CampaignId("winter"),
    kind=CampaignKind.OFFER,
    starts_on=date(2027, 1, 1),
    ends_on=date(2027, 3, 31),
    text="Our winter weeks.",
    sms_text="Our winter weeks have begun.",
)
CATALOGUE = PRACTICE.model_copy(
    update={
        "services": SERVICES,
        "providers": (Provider(provider_id=OKAFOR, display_name="Dr. Okafor", bio="Twenty years of practice."),),
        "deposit": DepositRule(deadline=timedelta(hours=48)),
        "campaigns": (OFFER,),
    }
)


def shipped(mode: ReviewMode = ReviewMode.EVERYONE, *, off: tuple[str, ...] = ()) -> Journeys:
    """The steps as they ship, every row switched on but those that are `off`."""
    owners = {row: ("glowline", LIVE_FROM) for row in ROWS if row not in off}
    return read_journeys([SHIPPED / "verticals" / "medspa"], str, owners, mode)[0]


def clinic(now: str, mode: ReviewMode = ReviewMode.EVERYONE, *, off: tuple[str, ...] = ()) -> World:
    """A world in which every row is live."""
    return World(ny(now), shipped(mode, off=off), CATALOGUE)


def ana(world: World, **fields: object) -> None:
    """Ana, with a phone on which she agreed to be sold to, and a mail address."""
    phone = ContactPointId("cp-ana")
    person = PersonFacts(
        PersonId("ana"), phone_id=phone, email_id=ContactPointId("cp-mail"), sold_to=frozenset({phone})
    )
    world.people["ana"] = replace(person, **fields)  # type: ignore[arg-type]  # fields by name, from a test's own table


def done(
    world: World,
    visit: str,
    start: str,
    *,
    grade: CompletionGrade = CompletionGrade.MARKED,
    around: Mapping[str, object] | None = None,
    **fields: object,
) -> None:
    """A visit of Ana's that took place; half an hour long, booked ten days ahead."""
    ana(world) if "ana" not in world.people else None
    begins = ny(start)
    given: dict[str, Any] = {
        "kind": ServiceKind.TREATMENT,
        "service_id": PLAIN,
        "end_at": begins + timedelta(minutes=30),
        "completion": grade,
        "status": AppointmentStatus.COMPLETED,
        "around": VisitAround(**dict(around or {})),  # type: ignore[arg-type]  # fields by name, from a test's own table
    }
    world.book(visit, start, booked=begins - timedelta(days=10), **given | fields)


def around(world: World, visit: str, **fields: object) -> None:
    """Something around a visit changes."""
    facts = world.visits[visit]
    known = replace(facts.around, **fields)  # type: ignore[arg-type]  # fields by name, from a test's own table
    world.visits[visit] = replace(facts, around=known)
