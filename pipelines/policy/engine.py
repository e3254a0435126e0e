"""The engine: asks every rule that concerns an action, keeps every answer, and says what follows from all of them."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache, lru_cache
from typing import NamedTuple

from canonical.actions import Action, Answer, Outcome, Purpose, Verdict
from canonical.clock import rfc3339
from canonical.ids import ContentHash, Prefix, VerdictId, derived_id
from canonical.policy import PolicySettings
from canonical.practice import Channel
from pipelines.policy import rules
from pipelines.policy.asking import ALLOW, HEARD, NOT_ASKED, RULES, Asked, RuleFunction, answer_of, spoken
from pipelines.policy.card import RuleCard, Stage, cards, table_hash
from pipelines.policy.facts import Facts, NotKnown, Text
from pipelines.policy.rewrites import LATE
from pipelines.policy.rules.contact import consent_for

__all__ = [
    "ASKED_OF_ACTIONS",
    "STRENGTH",
    "ask",
    "combined",
    "decide",
    "is_asked_of_actions",
    "not_built_rules",
    "policy_hash",
    "rules",
    "settle",
]

STRENGTH = (
    Outcome.BLOCK,
    Outcome.NEED_APPROVAL,
    Outcome.DELAY_UNTIL,
    Outcome.REWRITE,
    Outcome.ALLOW_WITH_RISK,
    Outcome.ALLOW,
)
"""Strongest first; the strongest answer is the verdict's."""
_ALLOW, _BLOCK, _REWRITE = Outcome.ALLOW, Outcome.BLOCK, Outcome.REWRITE
"""Under names of their own: looking a member up in its class costs as much as asking a rule, and there are 83 answers."""
_SILENT = (Outcome.NOT_APPLICABLE, Outcome.NOT_BUILT)
_CONTENT = (_ALLOW, Outcome.NOT_APPLICABLE)
ASKED_OF_ACTIONS = frozenset({"send", "plan", "push", "startup", "any"})
"""Scopes whose rules are asked each time something is to go; the others belong to settings, deletions, logs and ingest."""
_ON_EVERY_VERDICT = frozenset({"REV-01", "REV-02"})
"""Rules of settings whose risk, where a named person took it, stands on every verdict it touches (R53)."""
_ROUNDS = 2
"""How often a text may be rewritten before it counts as unwritable."""
_NOT_BUILT = "This rule is not built yet, and a law stands behind it."


class _Question(NamedTuple):
    """A built rule that concerns an action, and the place of its answer."""

    place: int
    rule: str
    function: RuleFunction
    allowed: Answer
    """Made once: most answers are a plain yes."""
    silent: Answer


class _Docket(NamedTuple):
    """What is known before anything is asked, for one channel, purpose and vendor."""

    answers: tuple[Answer, ...]
    """One of each rule, in the order of the table. Questions stand as a yes, which most of them are."""
    questions: tuple[_Question, ...]
    functions: tuple[tuple[int, RuleFunction], ...]
    """Those of the questions, each with its place among them."""
    loud: tuple[Answer, ...]
    """Of rules that are not built and block."""


class Given(NamedTuple):
    """All answers to one question."""

    answers: tuple[Answer, ...]
    """One of each rule, in the order of the table."""
    deciding: tuple[Answer, ...]
    """Those that are more than a plain yes or silence, and one yes for all."""

    @property
    def result(self) -> tuple[Outcome, datetime | None]:
        """What follows from them."""
        return combined(self.deciding)


def decide(action: Action, facts: Facts, settings: PolicySettings, now: datetime, stage: Stage) -> Verdict:
    """Ask all rules of planning and sending. Pure: the same arguments give the same verdict, id included."""
    asked = Asked(action, facts, settings, now)
    given, consent = ask(asked), consent_for(asked)
    outcome, until = given.result
    facts_hash = _hash(facts.model_dump_json())
    return Verdict(
        verdict_id=VerdictId(derived_id(Prefix.VERDICT, action.action_id, rfc3339(now), stage, facts_hash)),
        action_id=action.action_id,
        outcome=outcome,
        decided_at=now,
        policy=policy_hash(settings),
        facts=facts_hash,
        answers=given.answers,
        until=until,
        stage=stage,
        consent_id=consent.consent_id if consent else "",
        suppression_checked_at=facts.permission.checked_at,
    )


def ask(asked: Asked) -> Given:
    """Ask every rule. A rule that cannot know blocks, and UNK-01, asked last, names what is missing."""
    action, facts = asked.action, asked.facts
    docket = _docket(action.channel, action.labels.purpose, facts.route.vendor, facts.demo)
    answers, deciding = list(docket.answers), list(docket.loud)
    others = 0
    for number, function in docket.functions:
        try:
            finding = function(asked)
        except NotKnown as missing:
            question, others = docket.questions[number], others + 1
            answer = _cannot_decide(question.rule, missing.field)
            asked = asked._replace(unknown=(*asked.unknown, missing.field))
        else:
            if finding is ALLOW:
                continue
            question, others = docket.questions[number], others + 1
            if finding is NOT_ASKED:
                answers[question.place] = question.silent
                continue
            answer = _as_approved(answer_of(question.rule, finding), asked.facts.approved)
        answers[question.place] = answer
        deciding.append(answer)
    yes = (docket.questions[0].allowed,) if others < len(docket.functions) else ()
    return Given(tuple(answers), (*deciding, *yes))


@cache
def _docket(channel: Channel, purpose: Purpose, vendor: str, demo: bool) -> _Docket:  # noqa: FBT001 - positional, for the cache's sake
    """The rules asked of actions of this channel, purpose and vendor, with the answers that are clear without asking."""
    asked = [card for card in cards().values() if is_asked_of_actions(card)]
    concerned = {card.id for card in asked if card.concerns(channel, purpose, vendor)}
    answers = [_clear_answer(card, concerned=card.id in concerned, demo=demo) for card in asked]
    questions = (_question(place, card) for place, card in enumerate(asked) if card.id in concerned)
    found = tuple(q for q in questions if q is not None)
    for question in found:
        answers[question.place] = question.allowed
    loud = tuple(a for a in answers if a.outcome is Outcome.BLOCK)
    return _Docket(tuple(answers), found, tuple((n, q.function) for n, q in enumerate(found)), loud)


def is_asked_of_actions(card: RuleCard) -> bool:
    """Whether the rule is asked each time something is to go."""
    return bool(card.scopes & ASKED_OF_ACTIONS) or card.id in _ON_EVERY_VERDICT


def _question(place: int, card: RuleCard) -> _Question | None:
    function = RULES.get(card.id)
    if function is None:
        return None
    return _Question(place, card.id, function, _plain(card, Outcome.ALLOW), _plain(card, Outcome.NOT_APPLICABLE))


def _clear_answer(card: RuleCard, *, concerned: bool, demo: bool) -> Answer:
    """A rule about something else, or one that is not built: outside a demo that blocks what a law could touch."""
    if not concerned:
        return _plain(card, Outcome.NOT_APPLICABLE)
    if card.touches_law and not demo:
        return Answer(rule=card.id, outcome=Outcome.BLOCK, reason=_NOT_BUILT)
    return _plain(card, Outcome.NOT_BUILT)


def _plain(card: RuleCard, outcome: Outcome) -> Answer:
    return Answer(rule=card.id, outcome=outcome)


def _cannot_decide(rule: str, field: str) -> Answer:
    sentence = spoken(cards()["UNK-01"].reason, {"field": field})
    return Answer(rule=rule, outcome=Outcome.BLOCK, reason=sentence, unknown=field)


def _as_approved(answer: Answer, approved: Mapping[str, str]) -> Answer:
    """What a person has said yes to goes, and every verdict says who did (R50)."""
    if answer.outcome is not Outcome.NEED_APPROVAL or answer.rule not in approved:
        return answer
    said = f"{answer.reason} Approved by {approved[answer.rule]}.".lstrip()
    return answer.model_copy(update={"outcome": Outcome.ALLOW_WITH_RISK, "reason": said})


def combined(answers: Iterable[Answer]) -> tuple[Outcome, datetime | None]:
    """The strongest answer, and for a delay the latest instant any rule names. No answer at all is no yes: a block."""
    spoken_up = [a for a in answers if a.outcome not in _SILENT]
    if len(spoken_up) == 1 and spoken_up[0].outcome is _ALLOW:
        return _ALLOW, None  # the one yes that stands for all, as most of the time
    given = [a.outcome for a in spoken_up if a.outcome is not _ALLOW]
    if not given:
        return _ALLOW if spoken_up else _BLOCK, None
    if _BLOCK in given:
        return _BLOCK, None
    outcome = next(outcome for outcome in STRENGTH if outcome in given)
    if outcome is not Outcome.DELAY_UNTIL:
        return outcome, None
    return outcome, max(a.until for a in spoken_up if a.outcome is Outcome.DELAY_UNTIL and a.until is not None)


def _hash(text: str) -> ContentHash:
    return ContentHash(hashlib.sha256(text.encode()).hexdigest())


def policy_hash(settings: PolicySettings) -> ContentHash:
    """Names the table, the settings and the set of built rules that decided."""
    return _policy_hash(settings.model_dump_json())


@lru_cache
def _policy_hash(settings: str) -> ContentHash:
    return _hash(json.dumps([table_hash(), settings, sorted(RULES), sorted(HEARD)]))


Render = Callable[[frozenset[str]], Text]
"""Renders the action's text with some named rewrites applied, from the beginning."""


def settle(
    action: Action, facts: Facts, settings: PolicySettings, now: datetime, stage: Stage, render: Render
) -> tuple[Verdict, Text]:
    """Decide, apply the rewrites that were asked for, and decide again, at most twice.

    The verdict is of the final text and keeps the answers that asked for its rewrites. One that is still asked for
    after that stands as the outcome, and is then not sent. An answer that became late is no requested reply any more:
    it is decided again as an operations text, which needs consent and daytime (TCPA-20, R30).
    """
    applied: frozenset[str] = frozenset()
    asked_for: dict[str, Answer] = {}
    verdict = decide(action, facts, settings, now, stage)
    for _ in range(_ROUNDS):
        wanted = [a for a in verdict.answers if a.outcome is _REWRITE and a.rewrite not in applied]
        if not wanted:
            break
        applied |= {a.rewrite for a in wanted}
        asked_for |= {a.rule: a for a in wanted}
        rewritten, facts = _as_rewritten(action, facts.model_copy(update={"text": render(applied)}), applied)
        verdict = decide(rewritten, facts, settings, now, stage)
    if not asked_for:
        return verdict, facts.text
    answers = tuple(_remembered(a, asked_for) for a in verdict.answers)
    return verdict.model_copy(update={"answers": answers}), facts.text


def _as_rewritten(action: Action, facts: Facts, applied: frozenset[str]) -> tuple[Action, Facts]:
    """What is decided once more: an answer that became late is an operations text, and so is what may leave for it (MIN-01)."""
    push = facts.push.rewritten(applied)
    if LATE in applied and action.labels.purpose is Purpose.REQUESTED_REPLY:
        labels = action.labels.model_copy(update={"purpose": Purpose.OPERATIONS})
        action, push = (
            action.model_copy(update={"labels": labels}),
            push.model_copy(update={"allowed": push.allowed_late}),
        )
    return action, facts.model_copy(update={"push": push})


def _remembered(given: Answer, asked_for: dict[str, Answer]) -> Answer:
    """A rule that is content now, after its rewrite, is recorded with what it asked for."""
    content = given.outcome in _CONTENT
    return asked_for[given.rule] if content and given.rule in asked_for else given


def not_built_rules() -> tuple[str, ...]:
    """Rules of the table that nothing carries out yet."""
    return tuple(name for name in cards() if name not in RULES and name not in HEARD)


def rewrites_of(answers: Sequence[Answer]) -> tuple[str, ...]:
    """Ids of the rules whose rewrite the final text carries, for the message's record."""
    return tuple(a.rule for a in answers if a.outcome is _REWRITE)
