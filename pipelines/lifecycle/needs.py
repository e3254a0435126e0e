"""Conditions of a step on the facts, beside its anchor (rows 2.3 to 6.3; R14, R19, R36, R53, R54). Each has its sentence."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from canonical.ids import ServiceId
from canonical.intakes import IntakeStatus
from canonical.owed import Subject
from canonical.payments import HELD
from canonical.plan import Need, Step
from canonical.practice import Practice, Service, ServiceKind
from canonical.subjects import PersonFacts, VisitFacts
from pipelines.lifecycle.moment import Moment

N, K = Need, ServiceKind
SURVEYED_EVERY = timedelta(days=60)
INVITED_EVERY = timedelta(days=180)
PROMOTES = 9
SAMPLED_PERCENT = 50
_NO_REVIEW = frozenset({K.CONSULT, K.PHONE, K.PICKUP, K.EVENT, K.UNMAPPED})


@dataclass(frozen=True, slots=True)
class Case:
    """One visit with its person and the frame it is judged in."""

    visit: VisitFacts
    person: PersonFacts | None
    moment: Moment

    @property
    def practice(self) -> Practice:
        """The settings."""
        return self.moment.practice


SENTENCES: dict[Need, str] = {
    N.FIRST_WITH_PROVIDER: "the person has been treated by this provider before",
    N.PROVIDER_KNOWN: "nothing is written down about the provider: no bio and no film",
    N.INSTRUCTIONS: "the service has no instructions",
    N.PREPARATION: "the service has no preparation",
    N.AFTERCARE: "the service has no aftercare",
    N.COMPLEMENTS: "the service names no complements",
    N.CAMPAIGN: "no campaign is in force today",
    N.CAMPAIGN_TEXT: "the campaign in force has no text for SMS",
    N.INTAKE_DUE: "no form is due, or it has come back",
    N.DEPOSIT_DUE: "no deposit is due, or it has been paid or waived",
    N.NOT_YET_CONFIRMED: "the person has said that they will come",
    N.NO_FUTURE_VISIT: "the person has rebooked (R19)",
    N.SERIES_OVER: "the series is not over (R19)",
    N.NOT_A_MEMBER: "the person is a member (R19)",
    N.REVIEWABLE: "no review is asked for after this kind of visit (R19)",
    N.ADULT: "the person is a minor, or may be (R36)",
    N.PHOTO_AUTHORIZED: "no photo authorization is in force (C4)",
    N.NOT_SURVEYED_LATELY: "the person was asked within the last 60 days (R54)",
    N.NOT_INVITED_LATELY: "the person was invited within the last 180 days (R54)",
    N.SAMPLED: "the visit is not in the part that is asked (`sample`, R53)",
    N.PROMOTER: "the score is below 9, or there is none (`promoters_only`)",
    N.LINK_UNOPENED: "no tool reports whether the link was opened, or it was",
    N.WRITTEN_CONSENT: "the person did not agree in writing to be written to there about offers (TCPA-01)",
    N.CHECK_IN_QUIET: "",
}
"""What a person reads when the condition does not hold. CHECK_IN_QUIET only makes a step later, so it never withholds."""


def unmet(step: Step, subject: Subject, visit: VisitFacts, moment: Moment) -> str:
    """The sentence of the first condition that does not hold; empty when all do."""
    case = Case(visit, subject.person, moment)
    return next((SENTENCES[need] for need in step.needs if not _HOLDS[need](case)), "")


def services_that_ask(step: Step, practice: Practice) -> tuple[ServiceId, ...]:
    """The services for which the step's conditions on a service can hold; empty where no such condition narrows anything."""
    asks = [holds for need, holds in _OF_A_SERVICE.items() if need in step.needs]
    if not asks or any(holds(practice, None) for holds in asks):
        return ()
    found = [one.service_id for one in practice.services if all(holds(practice, one) for holds in asks)]
    return tuple(found) or (ServiceId(""),)  # no service asks: nothing has an empty id


def _may_ask_deposit(practice: Practice, service: Service | None) -> bool:
    if practice.deposit.after_no_show_cents:
        return True
    own = service.deposit_cents if service else None
    return (practice.deposit.cents if own is None else own) > 0


def _may_ask_intake(practice: Practice, service: Service | None) -> bool:
    return practice.intake if service is None or service.intake is None else service.intake


def _named(name: str) -> Callable[[Practice, Service | None], bool]:
    return lambda _, service: bool(service and getattr(service, name))


_OF_A_SERVICE: Mapping[Need, Callable[[Practice, Service | None], bool]] = {
    N.INSTRUCTIONS: _named("instructions"),
    N.PREPARATION: _named("preparation"),
    N.AFTERCARE: _named("aftercare"),
    N.COMPLEMENTS: _named("complements"),
    N.INTAKE_DUE: _may_ask_intake,
    N.DEPOSIT_DUE: _may_ask_deposit,
}
"""Whether a service, or a visit of none, can ask for it; `None` stands for a visit whose service nobody knows."""


def deposit_of(visit: VisitFacts, practice: Practice, service_cents: int | None) -> int:
    """How much is asked for, in cents; after a no-show what the practice has set for that (R16)."""
    rule = practice.deposit
    if visit.around.missed_before and rule.after_no_show_cents is not None:
        return rule.after_no_show_cents
    return rule.cents if service_cents is None else service_cents


def deposit_due(case: Case) -> int:
    """How many cents are asked for the visit, whether or not they have come (row 2.4)."""
    service = case.moment.services.get(case.visit.service_id)
    return deposit_of(case.visit, case.practice, service.deposit_cents if service else None)


def deposit_is_due(case: Case) -> bool:
    """Whether money is asked for and has not come (row 2.4)."""
    return deposit_due(case) > 0 and case.visit.around.deposit not in HELD


def _intake_is_due(case: Case) -> bool:
    service = case.moment.services.get(case.visit.service_id)
    wanted = service.intake if service and service.intake is not None else case.practice.intake
    return wanted and case.visit.around.intake is not IntakeStatus.COMPLETED


def _has(name: str) -> Callable[[Case], bool]:
    """Whether the booked service has something of that name."""

    def holds(case: Case) -> bool:
        service = case.moment.services.get(case.visit.service_id)
        return bool(service and getattr(service, name))

    return holds


def _provider_is_known(case: Case) -> bool:
    provider = case.moment.providers.get(case.visit.provider_id)
    return bool(provider and (provider.bio or provider.video))


def _series_is_over(case: Case) -> bool:
    """By the number of sessions where the service says one; else when nothing more is booked."""
    if case.visit.kind is not K.SERIES_SESSION:
        return True
    service = case.moment.services.get(case.visit.service_id)
    if service and service.sessions:
        return case.visit.around.sessions_done >= service.sessions
    return not case.visit.around.later_visit


def _is_reviewable(case: Case) -> bool:
    service = case.moment.services.get(case.visit.service_id)
    if service and service.review_after is not None:
        return service.review_after and _series_is_over(case)
    return case.visit.kind not in _NO_REVIEW and _series_is_over(case)


def _not_since(name: str, every: timedelta) -> Callable[[Case], bool]:
    def holds(case: Case) -> bool:
        at: datetime | None = getattr(case.person, name) if case.person else None
        return at is None or case.moment.now - at >= every

    return holds


def _draw(visit_id: str) -> int:
    """A number from 0 to 99 that the visit's own id draws: the same at every tick, and nobody's choice."""
    return int.from_bytes(hashlib.sha256(visit_id.encode()).digest()[:4], "big") % 100


def _agreed_in_writing(case: Case) -> bool:
    return case.person is not None and case.person.phone_id in case.person.sold_to


_HOLDS: Mapping[Need, Callable[[Case], bool]] = {
    N.FIRST_WITH_PROVIDER: lambda case: case.visit.provider_id is not None and not case.visit.around.met_provider,
    N.PROVIDER_KNOWN: _provider_is_known,
    N.INSTRUCTIONS: _has("instructions"),
    N.PREPARATION: _has("preparation"),
    N.AFTERCARE: _has("aftercare"),
    N.COMPLEMENTS: _has("complements"),
    N.CAMPAIGN: lambda case: case.moment.campaign is not None,
    N.CAMPAIGN_TEXT: lambda case: bool(case.moment.campaign and case.moment.campaign.sms_text),
    N.INTAKE_DUE: _intake_is_due,
    N.DEPOSIT_DUE: deposit_is_due,
    N.NOT_YET_CONFIRMED: lambda case: case.visit.around.confirmed_start != case.visit.start_at,
    N.NO_FUTURE_VISIT: lambda case: not case.visit.around.later_visit,
    N.SERIES_OVER: _series_is_over,
    N.NOT_A_MEMBER: lambda case: not (case.person and case.person.member),
    N.REVIEWABLE: _is_reviewable,
    N.ADULT: lambda case: not case.moment.is_minor(case.person),
    N.PHOTO_AUTHORIZED: lambda case: bool(case.person and case.person.photo),
    N.NOT_SURVEYED_LATELY: _not_since("surveyed_at", SURVEYED_EVERY),
    N.NOT_INVITED_LATELY: _not_since("invited_at", INVITED_EVERY),
    N.SAMPLED: lambda case: _draw(case.visit.visit_id) < SAMPLED_PERCENT,
    N.PROMOTER: lambda case: case.visit.around.score is not None and case.visit.around.score >= PROMOTES,
    N.LINK_UNOPENED: lambda case: case.visit.around.link_opened is False,
    N.WRITTEN_CONSENT: _agreed_in_writing,
    N.CHECK_IN_QUIET: lambda _: True,
}
