"""The rules, as a table. Each line: its name, what it reads, the check."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from tools.house_rules import syntax, text
from tools.house_rules.sources import Finding, Source


class Reads(Enum):
    """Which files a rule wants."""

    EVERYTHING = "every text file"
    PYTHON = "Python files"


@dataclass(frozen=True)
class Rule:
    """One rule. The check's docstring is the rule; its remarks say line and remedy."""

    name: str
    reads: Reads
    check: Callable[[Source], Iterable[tuple[int, str]]]

    @property
    def says(self) -> str:
        return (self.check.__doc__ or "").strip()

    def findings(self, source: Source) -> Iterator[Finding]:
        """What this rule has to say about one file."""
        if self.reads is Reads.EVERYTHING or source.is_python:
            for line, sentence in self.check(source):
                yield Finding(source.path, line, self.name, sentence)


RULES = (
    Rule("claims", Reads.PYTHON, syntax.claims_are_made_in_deliver),
    Rule("short-functions", Reads.PYTHON, syntax.functions_are_short),
    Rule("broad-catch", Reads.PYTHON, syntax.everything_is_caught_in_run_loops_only),
    Rule("sql", Reads.PYTHON, syntax.sql_stands_in_sql_files),
    Rule("hubspot-host", Reads.PYTHON, syntax.hubspot_is_asked_by_name),
    Rule("vendor-door", Reads.PYTHON, syntax.a_vendors_door_is_empty),
    Rule("silence", Reads.PYTHON, syntax.silence_has_a_reason),
    Rule("bans", Reads.PYTHON, syntax.bans_are_lifted_where_listed),
    Rule("names", Reads.EVERYTHING, text.names_say_what_is_inside),
    Rule("short-files", Reads.PYTHON, text.files_are_short),
    Rule("local-paths", Reads.EVERYTHING, text.no_address_of_this_machine),
    Rule("registries", Reads.EVERYTHING, text.no_address_of_a_registry),
    Rule("fragments", Reads.EVERYTHING, text.fragments_can_be_gathered),
)


def findings(source: Source) -> Iterator[Finding]:
    """What all rules have to say about one file."""
    for rule in RULES:
        yield from rule.findings(source)
