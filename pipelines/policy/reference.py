"""`python -m pipelines.policy.reference` writes docs/reference/policy.md: every rule as an officer reads it.

Nothing on that page is typed by hand: rules come from the table, their one-sentence meaning from the functions, the
hours and words from the tables that decide. A test compares the committed page with this.
"""

import inspect
import sys
from collections.abc import Iterator
from pathlib import Path

from canonical.clock import DailyWindow
from pipelines.policy import opt_out_words
from pipelines.policy.asking import HEARD, RULES
from pipelines.policy.card import RuleCard, cards, sources
from pipelines.policy.engine import STRENGTH, is_asked_of_actions, not_built_rules
from pipelines.policy.quiet_hours import UNKNOWN_STATE, StateHours, state_hours

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "policy.md"

_OPENING = """\
# The policy, rule by rule

Written by `python -m pipelines.policy.reference` from the tables that decide. Not legal advice.

Every rule that concerns an action is asked each time, when it is planned and again in the moment before it is sent, and every answer is kept. Together they say one thing, the
strongest: {strength}. Several delays together mean the latest of them. After a rewrite everything is asked again, at most twice. An approval
releases only what needs approval; nothing releases a block except changing the fact it names.

**Unknown is an answer.** Each rule says what it does when one of its inputs is not known; where it says nothing more than "block", UNK-01 names the missing input.

**Not built** is never a yes. In a demo practice it is recorded; everywhere else it blocks what a law could touch.
"""


def page() -> str:
    """The whole page."""
    parts = [_OPENING.format(strength=" > ".join(outcome.value for outcome in STRENGTH)), *_overview()]
    parts += [line for card in cards().values() for line in _rule(card)]
    parts += [*_hours(), *_words(), *_sources()]
    return "\n".join(parts) + "\n"


def _overview() -> Iterator[str]:
    missing = not_built_rules()
    yield f"## All {len(cards())} rules\n"
    yield f"{len(cards()) - len(missing)} are built, {len(missing)} are not yet.\n"
    yield "| rule | asked | channels | purposes | decision | basis | |"
    yield "|---|---|---|---|---|---|---|"
    for card in cards().values():
        where = (_anchor(card), _scopes(card), _listed(card.channels), _listed(card.purposes))
        built = "" if card.id not in missing else "not built"
        yield f"| {' | '.join(where)} | {_cell(card.decision)} | {_cell(card.strength)} | {built} |"
    yield "\n## The rules\n"


def _anchor(card: RuleCard) -> str:
    return f"[{card.id}](#{card.id.lower()})"


def _scopes(card: RuleCard) -> str:
    return ", ".join(sorted(card.scopes))


def _listed(names: frozenset[str] | None) -> str:
    return "any" if names is None else ", ".join(sorted(names))


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _rule(card: RuleCard) -> Iterator[str]:
    yield f"### {card.id}\n"
    yield f"{_meaning(card)}\n"
    yield f"- **Asked** {_scopes(card)} · channels: {_listed(card.channels)} · purposes: {_listed(card.purposes)}"
    yield f"- **When** {card.when}"
    yield f"- **Then** {card.decision}"
    yield f"- **Unknown** {card.unknown}"
    yield f"- **The officer reads** “{card.reason}”"
    yield f"- **Basis** {card.strength}: {'; '.join(sources()[key] for key in card.cites)}\n"


def _meaning(card: RuleCard) -> str:
    function = RULES.get(card.id) or HEARD.get(card.id)
    if function is not None:
        return (inspect.getdoc(function) or "").splitlines()[0]
    if not is_asked_of_actions(card):
        return "*Not built yet, and not asked of what is sent.*"
    stands = "outside a demo practice it blocks" if card.touches_law else "no law stands behind it, so it only says so"
    return f"*Not built yet: {stands}.*"


def _hours() -> Iterator[str]:
    yield "## When people may be written to\n"
    yield "Local hours for what sells or asks (TCPA-06). A state without a row has the federal window; of several states the"
    yield f"person may be in, all must be open. `{UNKNOWN_STATE}` is for people whose place nobody knows (TCPA-08).\n"
    yield "| state | Monday to Friday | Saturday | Sunday | holidays | on one subject in 24 h | source |"
    yield "|---|---|---|---|---|---|---|"
    for hours in state_hours().values():
        yield f"| {hours.state} | {' | '.join(_day_parts(hours))} | {hours.cap_per_24h} | {_cell(hours.source)} |"
    yield ""


def _day_parts(hours: StateHours) -> Iterator[str]:
    for window in (hours.weekdays, hours.saturday, hours.sunday):
        yield _window(window)
    yield "none" if hours.closed_on_holidays else "as any day"


def _window(window: DailyWindow | None) -> str:
    return f"{window.opens:%H:%M}–{window.closes:%H:%M}" if window else "none"


def _words() -> Iterator[str]:
    yield "## Words that stop\n"
    yield f"By themselves, however they are typed: {_quoted(opt_out_words.PER_SE)}; in Spanish {_quoted(opt_out_words.PER_SE_SPANISH)}."
    yield f"{_quoted(sorted(opt_out_words.MAY_MEAN_THE_VISIT))} may mean the appointment, so the desk is asked at once (R23). Sentences that"
    yield "plainly say so count too (TCPA-11); a text that might say so is held until a person has read it.\n"
    yield f"Help: {_quoted(sorted(opt_out_words.HELP))}. Start again: {_quoted(sorted(opt_out_words.START))}; never for marketing (R34).\n"


def _quoted(words: tuple[str, ...] | list[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def _sources() -> Iterator[str]:
    yield "## Sources\n"
    yield from (f"- **{key}** {text}" for key, text in sources().items())


def write() -> None:
    """Write the page to where it is committed."""
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    write()
    sys.stdout.write(f"{PAGE.relative_to(PAGE.parents[2])}: {len(cards())} rules\n")
