"""What all judgments of one tick share: the instant, the settings, and places with their zones."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from canonical.actions import SubjectKind
from canonical.campaigns import Campaign
from canonical.ids import LocationId
from canonical.plan import Anchor, Journeys, Step
from canonical.practice import Channel, Location, Practice, Provider, Service
from canonical.subjects import PersonFacts, VisitFacts
from canonical.visits import BookedBy

UTC_ZONE = ZoneInfo("UTC")
OF_AGE = 18
MAIL = frozenset({Channel.EMAIL, Channel.SECURE_EMAIL})
PATIENT_SETTLES = timedelta(seconds=60)
STAFF_SETTLES = timedelta(minutes=5)
"""R9, where no step of the practice says otherwise."""


@dataclass(frozen=True)
class Moment:
    """One tick's frame. `now` and `horizon` are business time, UTC."""

    now: datetime
    horizon: datetime
    journeys: Journeys
    practice: Practice

    @cached_property
    def steps(self) -> Mapping[str, Step]:
        """Steps by key."""
        return {step.key: step for step in self.journeys.steps}

    @cached_property
    def _steps_about(self) -> Mapping[str, Sequence[Step]]:
        found: dict[str, list[Step]] = defaultdict(list)
        for step in self.journeys.steps:
            found[step.anchor.partition(".")[0]].append(step)
        return found

    def steps_about(self, kind: SubjectKind) -> Sequence[Step]:
        """Those whose anchor is a fact of such a subject."""
        return self._steps_about.get(kind, ())

    def on_the_medium_of(self, step: Step) -> frozenset[str]:
        """Keys of the steps that people read where they read this one: all that go by mail first, or all others."""
        return self._media[step.channels[0] in MAIL]

    @cached_property
    def _media(self) -> Mapping[bool, frozenset[str]]:
        steps = self.journeys.steps
        by_mail = frozenset(step.key for step in steps if step.channels[0] in MAIL)
        return {True: by_mail, False: frozenset(step.key for step in steps) - by_mail}

    @cached_property
    def services(self) -> Mapping[str | None, Service]:
        """Services by id."""
        return {service.service_id: service for service in self.practice.services}

    @cached_property
    def providers(self) -> Mapping[str | None, Provider]:
        """Providers by id."""
        return {provider.provider_id: provider for provider in self.practice.providers}

    @cached_property
    def campaign(self) -> Campaign | None:
        """The first campaign in force today, in the practice's own zone (row 5.5)."""
        place = self.practice.location(None) or self.practice.locations[0]
        today = self.now.astimezone(place.tz).date()
        return next((one for one in self.practice.campaigns if one.in_force(today)), None)

    def is_minor(self, person: PersonFacts | None) -> bool:
        """Under 18 today, or of unknown age with a guardian on file (R36)."""
        if person is None:
            return False
        if person.birth_date is None:
            return person.guardian_id is not None
        today = self.now.date()
        birthday = (person.birth_date.month, person.birth_date.day)
        age = today.year - person.birth_date.year - ((today.month, today.day) < birthday)
        return age < OF_AGE

    @cached_property
    def _places(self) -> dict[str | None, Location | None]:
        known: dict[str | None, Location | None] = {place.location_id: place for place in self.practice.locations}
        return known | {None: self.practice.location(None)}

    def place(self, location_id: LocationId | None) -> Location | None:
        """The location, the default for None; None when there is no telling (R11: never a guess)."""
        return self._places.get(location_id)

    def zone(self, location_id: LocationId | None) -> ZoneInfo | None:
        """The zone in which a visit there is spoken of."""
        place = self.place(location_id)
        return place.tz if place else None

    def recipient_zone(self, visit: VisitFacts, person: PersonFacts | None) -> ZoneInfo | None:
        """The zone whose daytime a reminder keeps: the patient's address, else the location (R31)."""
        if person and person.zone:
            return ZoneInfo(person.zone)
        return self.zone(visit.location_id)

    def local(self, instant: datetime, location_id: LocationId | None) -> datetime:
        """The wall clock there, without a zone; UTC where there is no location at all."""
        return instant.astimezone(self.zone(location_id) or UTC_ZONE).replace(tzinfo=None, fold=0)

    def local_day(self, instant: datetime, location_id: LocationId | None) -> date:
        """The calendar day there."""
        return self.local(instant, location_id).date()

    @cached_property
    def _notice_settles(self) -> tuple[timedelta, timedelta]:
        for step in self.journeys.steps:
            if step.anchor is Anchor.VISIT_MOVED:
                return step.settle, step.settle_staff
        return PATIENT_SETTLES, STAFF_SETTLES

    def settled_at(self, step: Step, visit: VisitFacts) -> datetime:
        """When the newest change of a visit is quiet enough to be spoken of; reminders wait as long as the notice (R9)."""
        patient, staff = self._notice_settles if step.anchor is Anchor.VISIT_START else (step.settle, step.settle_staff)
        return visit.changed_at + (patient if visit.booked_by is BookedBy.PATIENT else staff)
