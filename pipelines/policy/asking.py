"""What a rule is asked, what it may answer, and the register of rules that are built."""

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple, TypeVar

from canonical.actions import Action, Answer, Outcome
from canonical.policy import PolicySettings
from pipelines.policy.card import cards
from pipelines.policy.facts import Facts

NOTHING_SAID: Mapping[str, object] = MappingProxyType({})


class Asked(NamedTuple):
    """The whole question: pure values, and the instant. One tuple serves all rules of a decision."""

    action: Action
    facts: Facts
    settings: PolicySettings
    now: datetime
    unknown: tuple[str, ...] = ()
    """Inputs that rules asked before this one needed and nobody knows; UNK-01 is asked last."""


class Finding(NamedTuple):
    """What a rule found. The engine adds the rule's id and the table's sentence."""

    outcome: Outcome
    said: Mapping[str, object] = NOTHING_SAID
    """Fills the places of the table's sentence: ids, dates and codes, never a name or a number of a person."""
    until: datetime | None = None
    rewrite: str = ""
    sentence: str = ""
    """Stands for the table's sentence where one rule has two cases and the table words only one."""


ALLOW = Finding(Outcome.ALLOW)
NOT_ASKED = Finding(Outcome.NOT_APPLICABLE)
"""The rule is about something else."""


def block(sentence: str = "", /, **said: object) -> Finding:
    """It must not go as things stand."""
    return Finding(Outcome.BLOCK, said, sentence=sentence)


def approval(sentence: str = "", /, **said: object) -> Finding:
    """A person must say yes first."""
    return Finding(Outcome.NEED_APPROVAL, said, sentence=sentence)


def delay(until: datetime, sentence: str = "", /, **said: object) -> Finding:
    """Not before `until`."""
    return Finding(Outcome.DELAY_UNTIL, said, until, sentence=sentence)


def rewrite(name: str, /, **said: object) -> Finding:
    """It may go once its text was rewritten as `name` says (see `rewrites`)."""
    return Finding(Outcome.REWRITE, said, rewrite=name)


def risk(sentence: str = "", /, **said: object) -> Finding:
    """It may go because a named person of the practice has taken this risk; every verdict says so (R53)."""
    return Finding(Outcome.ALLOW_WITH_RISK, said, sentence=sentence)


RuleFunction = Callable[[Asked], Finding]
RULES: dict[str, RuleFunction] = {}
"""Rules asked of every action, by id. `rules/` fills it when it is imported."""
Function = TypeVar("Function", bound=Callable[..., Finding])
HEARD: dict[str, Callable[..., Finding]] = {}
"""Rules of what comes in: they are asked of a text, a delivery or an opt-out rather than of an action (`rules/inbound`, `copies`, `deliveries`)."""


def rule(rule_id: str) -> Callable[[RuleFunction], RuleFunction]:
    """Register the function that carries out a rule of the table. Raises KeyError for an id the table does not have."""
    cards()[rule_id]

    def register(function: RuleFunction) -> RuleFunction:
        RULES[rule_id] = function
        return function

    return register


def heard(rule_id: str) -> Callable[[Function], Function]:
    """Register a rule of what comes in. Raises KeyError for an id the table does not have."""
    cards()[rule_id]

    def register(function: Function) -> Function:
        HEARD[rule_id] = function
        return function

    return register


class _Open(dict[str, object]):
    """A place nobody filled shows its name, so that a missing parameter is seen rather than fatal."""

    def __missing__(self, key: str) -> str:
        return f"({key})"


def spoken(sentence: str, said: Mapping[str, object]) -> str:
    """The sentence with its places filled."""
    if "{" not in sentence:
        return sentence
    try:
        return sentence.format_map(said)
    except KeyError:
        return sentence.format_map(_Open(said))


_WORDLESS = (Outcome.ALLOW, Outcome.NOT_APPLICABLE)


def answer_of(rule_id: str, finding: Finding) -> Answer:
    """The finding as the rule's answer, in the table's words. Plain answers carry none."""
    speaks = finding.outcome not in _WORDLESS
    return Answer(
        rule=rule_id,
        outcome=finding.outcome,
        reason=spoken(finding.sentence or cards()[rule_id].reason, finding.said) if speaks else "",
        until=finding.until,
        rewrite=finding.rewrite,
    )
