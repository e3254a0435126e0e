"""The engine: asks every rule that concerns an action, keeps every answer, and says what follows from all of them."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from canonical.actions import Action, Answer, Outcome, Verdict
from canonical.clock import rfc3339
from canonical.ids import ContentHash, Prefix, VerdictId, derived_id
from canonical.policy import PolicySettings
from pipelines.policy.card import RuleCard, Stage, cards, table_hash
from pipelines.policy.facts import Facts, NotKnown, Text

O = Outcome
STRENGTH = (O.BLOCK, O.NEED_APPROVAL, O.DELAY_UNTIL, O.REWRITE, O.ALLOW_WITH_RISK, O.ALLOW)
"""Strongest first; the strongest answer is the verdict's."""
_SILENT = (O.NOT_APPLICABLE, O.NOT_BUILT)
_ROUNDS = 2
"""How often a text may be rewritten before it counts as unwritable."""


@dataclass(frozen=True)
class Asked:
    """What a rule is asked: pure values, and the instant."""

    action: Action
    facts: Facts
    settings: PolicySettings
    now: datetime
    card: RuleCard


RuleFunction = Callable[[Asked], Answer]
RULES: dict[str, RuleFunction] = {}
"""Rules that are built, by id. `rules/` fills it when it is imported."""


def rule(rule_id: str) -> Callable[[RuleFunction], RuleFunction]:
    """Register the function that carries out a rule of the table. Raises KeyError for an id the table does not have."""
    cards()[rule_id]

    def register(function: RuleFunction) -> RuleFunction:
        RULES[rule_id] = function
        return function

    return register


def answer(asked: Asked, outcome: Outcome, until: datetime | None = None, rewrite: str = "", **said: object) -> Answer:
    """A rule's answer with the table's own sentence, its places filled from `said`."""
    return Answer(rule=asked.card.id, outcome=outcome, reason=_sentence(asked.card.reason, said), until=until, rewrite=rewrite)


def allow(asked: Asked) -> Answer:
    """Nothing against it."""
    return Answer(rule=asked.card.id, outcome=O.ALLOW)


def not_asked(asked: Asked) -> Answer:
    """The rule is about something else."""
    return Answer(rule=asked.card.id, outcome=O.NOT_APPLICABLE)


class _Blank(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return f"({key})"


def _sentence(template: str, said: dict[str, object]) -> str:
    return template.format_map(_Blank(said))


def decide(action: Action, facts: Facts, settings: PolicySettings, now: datetime, stage: Stage) -> Verdict:
    """Ask all rules of sending and planning. Pure: the same arguments give the same verdict, id included."""
    answers = tuple(_ask(card, action, facts, settings, now) for card in cards().values() if _in_scope(card))
    outcome = _strongest(answers)
    until = max((a.until for a in answers if a.outcome is O.DELAY_UNTIL and a.until), default=None)
    facts_hash = _hash(facts.model_dump_json())
    return Verdict(
        verdict_id=VerdictId(derived_id(Prefix.VERDICT, action.action_id, rfc3339(now), stage, facts_hash)),
        action_id=action.action_id,
        outcome=outcome,
        decided_at=now,
        policy=policy_hash(settings),
        facts=facts_hash,
        answers=answers,
        until=until if outcome is O.DELAY_UNTIL else None,
        stage=stage,
        consent_id=_consent(facts),
        suppression_checked_at=facts.permission.checked_at,
    )


def _in_scope(card: RuleCard) -> bool:
    return bool(card.scopes & {"send", "plan", "push", "startup", "any"})


def _ask(card: RuleCard, action: Action, facts: Facts, settings: PolicySettings, now: datetime) -> Answer:
    asked = Asked(action, facts, settings, now, card)
    function = RULES.get(card.id)
    if not card.concerns(action):
        return not_asked(asked)
    if function is None:
        return _not_built(asked)
    try:
        return function(asked)
    except NotKnown as missing:
        return Answer(
            rule=card.id, outcome=O.BLOCK, reason=f"Cannot decide: {missing.field} unknown.", unknown=missing.field
        )


def _not_built(asked: Asked) -> Answer:
    """Recorded in a demo; outside, it blocks what a law could touch."""
    if asked.card.touches_law and not asked.facts.demo and asked.action.command == "send":
        return Answer(rule=asked.card.id, outcome=O.BLOCK, reason="This rule is not built yet, and a law stands behind it.")
    return Answer(rule=asked.card.id, outcome=O.NOT_BUILT)


def _strongest(answers: Sequence[Answer]) -> Outcome:
    given = {a.outcome for a in answers} - set(_SILENT)
    return next((outcome for outcome in STRENGTH if outcome in given), O.ALLOW)


def _hash(text: str) -> ContentHash:
    return ContentHash(hashlib.sha256(text.encode()).hexdigest())


def policy_hash(settings: PolicySettings) -> ContentHash:
    """Names the table, the settings and the set of built rules that decided."""
    return _hash(json.dumps([table_hash(), settings.model_dump_json(), sorted(RULES)]))


def _consent(facts: Facts) -> str:
    consents = facts.permission.consents
    return "" if not isinstance(consents, tuple) else next((c.consent_id for c in consents if c.granted), "")


Render = Callable[[frozenset[str]], Text]
"""Renders the action's text with some named rewrites applied, from the beginning."""


def settle(
    action: Action, facts: Facts, settings: PolicySettings, now: datetime, stage: Stage, render: Render
) -> tuple[Verdict, Text]:
    """Decide, apply the rewrites that were asked for, and decide again, at most twice.

    The verdict is of the final text and keeps the answers that asked for its rewrites. One that is still asked for
    after that stands as the outcome, and is then not sent.
    """
    applied: dict[str, Answer] = {}
    verdict = decide(action, facts, settings, now, stage)
    for _ in range(_ROUNDS):
        wanted = {a.rewrite: a for a in verdict.answers if a.outcome is O.REWRITE and a.rewrite not in applied}
        if not wanted:
            break
        applied |= wanted
        facts = facts.model_copy(update={"text": render(frozenset(applied))})
        verdict = decide(action, facts, settings, now, stage)
    answers = tuple(_rewritten(a, applied) for a in verdict.answers)
    return verdict.model_copy(update={"answers": answers}), facts.text


def _rewritten(given: Answer, applied: dict[str, Answer]) -> Answer:
    """A rule that is content now, after its rewrite, is recorded with what it asked for."""
    asked_for = next((a for a in applied.values() if a.rule == given.rule), None)
    return asked_for if asked_for and given.outcome is O.ALLOW else given


def not_built_rules() -> tuple[str, ...]:
    """Rules of the table that nothing carries out yet."""
    return tuple(name for name in cards() if name not in RULES)
