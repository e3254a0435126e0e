"""The page docs/reference/intents.md: how an answer is read, and how well, measured on a corpus of phrases.

`python -m tests.pipelines.replies.reference` writes it: the phrases lie with the tests, and what means permission is read
by the policy, which is a later stage. A test compares the committed page with this.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from canonical.conversations import ReplyIntent
from pipelines.replies.desk_words import Control
from pipelines.replies.table import OFFERED, PERMISSION, Given, branches

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "intents.md"

_OPENING = """\
# How an answer is read

Written by `python -m tests.pipelines.replies.reference` from the tables that decide. What each reading does at once is told in
[Webhooks and replies](../webhooks-and-replies.md#what-an-answer-does).

The entries stand in this order in `pipelines/replies/intents.yaml`, and the first that fits decides (R22). **What fits none is read by a person.** What a text takes back is
heard whichever entry it takes: an alarm may also say stop. "All of it" means that nothing but the named words and courtesies may be said; with a question beside them, a person reads it.
"""
_GIVEN = {
    Given.NOTHING: "",
    Given.VISIT: "our last message named a visit that is ahead",
    Given.AHEAD: "it is clear which visit ahead is meant",
    Given.TODAY: "somebody there is expected within hours",
    Given.SURVEY: "the question was asked within five days, and none since",
    Given.INQUIRY: "somebody there asked, and has not booked",
}
_READ_ELSEWHERE = {
    PERMISSION: "stop, likely stop, help, start, wrong number, as [the policy](policy.md#words-that-stop) reads them",
    OFFERED: "what our last message offered: `Reply C to confirm`",
    ReplyIntent.BOUND_ANSWER: "a number from 1 to 10 and nothing else; beside `sorry`, `I meant` and the like where there is one already",
    ReplyIntent.HUMAN: "everything else",
}


@dataclass(frozen=True, slots=True)
class Result:
    """One phrase of the corpus, and how it was read."""

    half: str
    language: str
    expected: str
    found: ReplyIntent

    @property
    def right(self) -> bool:
        """Words that are held for a person stop as surely as words that stop."""
        return self.found == self.expected or {self.expected, self.found} == {ReplyIntent.STOP, ReplyIntent.STOP_LIKELY}


@dataclass(frozen=True, slots=True)
class FirstReading:
    """How many phrases of one part were read right before anything was mended, by what they mean."""

    half: str
    right: Mapping[str, int]
    of: Mapping[str, int]


def page(results: Sequence[Result], first: Sequence[FirstReading]) -> str:
    """The whole page."""
    return "\n".join([_OPENING, *_entries(), *_desk(), *_measured(results), *_first(first)]) + "\n"


def _entries() -> Iterator[str]:
    yield "| read as | given | how | entries |"
    yield "|---|---|---|---|"
    for branch in branches():
        how = _READ_ELSEWHERE.get(branch.name) or ("all of it" if branch.filler else "anywhere in it")
        names = ", ".join(f"`{name}`" for name, _ in branch.words)
        yield f"| {branch.name} | {_GIVEN[branch.given]} | {how} | {names} |"
    yield ""


def _desk() -> Iterator[str]:
    yield "## Control words of the desk\n"
    yield "As a tag in any tool, or as a text from one of the practice's `staff_phones`, there also without `gl-`; whom it is about is said by the last four"
    yield "digits of a phone, the number of a visit, or the name of a provider or a location (R60). What is not clear is not done: a task says what to write.\n"
    yield (
        ", ".join(f"`{one.tag}`" for one in Control)
        + "; `gl-hold all` and `gl-resume all` hold and release the whole practice.\n"
    )


def _measured(results: Sequence[Result]) -> Iterator[str]:
    rows, right = confusion(results), sum(one.right for one in results)
    yield "## How well it reads\n"
    yield f"{len(results)} phrases, written the way people text, in English and Spanish; {right} are read as they must be. Down: what they mean. Across: how they are read.\n"
    columns = [intent.value for intent in ReplyIntent if any(intent in found for found in rows.values())]
    yield f"| | {' | '.join(columns)} |"
    yield f"|---|{'---|' * len(columns)}"
    for expected, found in rows.items():
        yield f"| **{expected}** | {' | '.join(str(found[ReplyIntent(one)] or '') for one in columns)} |"
    yield ""


def confusion(results: Sequence[Result]) -> dict[str, Counter[ReplyIntent]]:
    """By meaning, in the table's order: how often it was read as what."""
    found: dict[str, Counter[ReplyIntent]] = {}
    for intent in ReplyIntent:
        lot = Counter(one.found for one in results if one.expected == intent)
        if lot:
            found[intent.value] = lot
    return found


def _first(first: Sequence[FirstReading]) -> Iterator[str]:
    yield "## How well it read what it had not seen\n"
    yield "The table above shows phrases that were used to mend the lists. These parts were each written without a look at the lists and read once before anything"
    yield "was mended. Whatever was missed went to a person, so a missed alarm waits for whoever answers replies: those of people treated within two weeks are"
    yield "therefore urgent, whatever they say.\n"
    yield "| part | all | stop | alarms |"
    yield "|---|---|---|---|"
    for one in first:
        everything = f"{sum(one.right.values())} of {sum(one.of.values())}"
        yield f"| {one.half} | {everything} | {_share(one, ReplyIntent.STOP)} | {_share(one, ReplyIntent.RED_FLAG)} |"


def _share(one: FirstReading, intent: ReplyIntent) -> str:
    return f"{one.right.get(intent, 0)} of {one.of.get(intent, 0)}" if one.of.get(intent) else ""
