"""Whether what sends stands on firm ground, before anything is owed: the start-up rules asked of every row that is ours."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from canonical.actions import Action, Answer, Outcome, SubjectKind
from canonical.ids import ActionId, ContentHash
from canonical.plan import Step
from canonical.practice import Channel, Location
from pipelines.outbox.pushes import push_facts
from pipelines.outbox.route import Way, way_for
from pipelines.outbox.workbench import Workbench
from pipelines.policy.asking import RULES, Asked, answer_of
from pipelines.policy.card import cards
from pipelines.policy.facts import Facts, NotKnown, Route

AT_START: Final = ("BAA-03", "TCPA-18", "SEC-01")
_OURS: Final = "glowline"


def standing(bench: Workbench, now: datetime) -> tuple[Answer, ...]:
    """What these rules would say no to, each answer once; empty when all stand."""
    found = (answer for step, place, channel in _sends(bench) for answer in _answers(step, place, channel, bench, now))
    return tuple({(answer.rule, answer.reason): answer for answer in found}.values())


def _sends(bench: Workbench) -> Iterator[tuple[Step, Location, Channel]]:
    for step in bench.config.journeys.steps:
        if step.owner == _OURS:
            yield from (
                (step, place, channel) for place in bench.config.practice.locations for channel in step.channels
            )


def _answers(step: Step, place: Location, channel: Channel, bench: Workbench, now: datetime) -> Iterator[Answer]:
    action = _as_if_owed(step, place, channel, bench, now)
    way = way_for(action, bench.config.practice, bench.offers)
    if way is None:
        return  # nothing can leave there: `glowline check` says so of its sender or connection
    asked = Asked(action, _facts(action, way, bench, now), bench.config.policy, now)
    for rule in AT_START:
        try:
            answer = answer_of(rule, RULES[rule](asked))
        except NotKnown as missing:
            answer = Answer(
                rule=rule, outcome=Outcome.BLOCK, reason=cards()["UNK-01"].reason.format(field=missing.field)
            )
        if answer.outcome is Outcome.BLOCK:
            yield answer


def _facts(action: Action, way: Way, bench: Workbench, now: datetime) -> Facts:
    practice = bench.config.practice
    return Facts(
        demo=practice.demo,
        practice_name=practice.name,
        practice_state=practice.state,
        today=now.astimezone(bench.zone).date(),
        route=Route(vendor=way.connection.vendor, product=way.product, sender=way.sender),
        push=push_facts(action, way, bench),
    )


def _as_if_owed(step: Step, place: Location, channel: Channel, bench: Workbench, now: datetime) -> Action:
    return Action(
        action_id=ActionId("a-check"),
        practice_id=bench.config.practice.practice_id,
        step=step.key,
        row=step.row,
        subject_kind=SubjectKind.VISIT,
        subject_id="v-check",
        occurrence=1,
        location_id=place.location_id,
        channel=channel,
        command=step.command,
        labels=step.labels,
        template=step.template,
        due_at=now,
        expires_at=now + timedelta(hours=1),
        journeys=ContentHash(bench.config.journeys.hash),
    )
