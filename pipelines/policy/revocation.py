"""Does a reply revoke? English and Spanish, however it was typed, and in doubt a person reads it (TCPA-10, TCPA-11).

    >>> read("S T O P").kind.value, read("can't stop smiling, thank you!").kind.value
    ('revoke_all_nonemergency', 'no_revocation')

The order is R22's: what stops is looked for first. A text that holds a word of the list and fits no known phrase is
held: nothing that means stop may be missed, and what was held by mistake costs a person a minute.
"""

from enum import StrEnum

from canonical.conversations import ReplyIntent
from canonical.model import Noun
from pipelines.policy import opt_out_words as words
from pipelines.policy.plain_words import beside_a_reaction, is_tapback, plain, unquoted


class Kind(StrEnum):
    """What a text means for permission."""

    REVOKE = "revoke_all_nonemergency"
    HOLD = "ambiguous_hold_and_human"
    """Perhaps a revocation: nothing goes until a person has read it, within one business day."""
    WRONG_NUMBER = "wrong_number_suppress"
    HELP = "help"
    START = "restores_former_informational_scope_only; marketing_needs_new_consent"
    NONE = "no_revocation"


_INTENTS = {
    Kind.REVOKE: ReplyIntent.STOP,
    Kind.HOLD: ReplyIntent.STOP_LIKELY,
    Kind.WRONG_NUMBER: ReplyIntent.WRONG_NUMBER,
    Kind.HELP: ReplyIntent.HELP,
    Kind.START: ReplyIntent.START,
}


class Reading(Noun):
    """What a text was read as, and by which entry of the tables. It never holds the text."""

    kind: Kind
    word: str = ""
    """The word or phrase of ours that matched."""
    per_se: bool = False
    """The whole text is one of the words that revoke by law (TCPA-10)."""
    may_mean_the_visit: bool = False
    """CANCEL, by itself or in a sentence: also an urgent question at the desk (R23)."""

    @property
    def intent(self) -> ReplyIntent | None:
        """The branch of R22 this is; None leaves the text to the branches after it."""
        return _INTENTS.get(self.kind)


NOTHING = Reading(kind=Kind.NONE)


def read(text: str) -> Reading:
    """What `text` means for permission. A phone's reaction and the quoted part of a mail are ours, and mean nothing."""
    if is_tapback(text):
        return NOTHING
    own = unquoted(beside_a_reaction(text))
    said = plain(own)
    if words.NOT_THEM.match(own):
        return Reading(kind=Kind.WRONG_NUMBER, word="this is not")
    for reader in (_whole_text, _clear, _wrong_number):
        if found := reader(said):
            return found
    if words.STOP_SIGNS & set(own) and (not said or not any(c.isalnum() for c in own)):
        return Reading(kind=Kind.HOLD, word="stop sign")
    return _suspicious(said)


def _whole_text(said: str) -> Reading | None:
    """The text is nothing but a word of a list, perhaps repeated, spaced out or with a please."""
    if said in words.NO:
        return Reading(kind=Kind.HOLD, word="no")
    if said in words.NEARLY_STOP:
        return Reading(kind=Kind.HOLD, word="nearly stop")
    if word := _per_se(said):
        return Reading(kind=Kind.REVOKE, word=word, per_se=True, may_mean_the_visit=word in words.MAY_MEAN_THE_VISIT)
    core = _without_courtesy(said)
    if core in words.HELP:
        return Reading(kind=Kind.HELP, word=core)
    if core in words.START:
        return Reading(kind=Kind.START, word=core)
    word = _per_se(core)
    return Reading(kind=Kind.REVOKE, word=word, per_se=True) if word and word not in words.ONLY_ALONE else None


def _per_se(said: str) -> str:
    """The word of the list that the text is, or an empty string. `opt out` and `optout` are one word."""
    tight, parts = said.replace(" ", ""), said.split()
    for word in (*words.PER_SE, *words.PER_SE_SPANISH):
        if tight == word.replace(" ", "") or set(parts) == {word}:
            return word
    several = {*words.PER_SE, *words.PER_SE_SPANISH} - words.ONLY_ALONE
    return parts[0] if parts and several.issuperset(parts) else ""


def _without_courtesy(said: str) -> str:
    return " ".join(word for word in said.split() if word not in words.POLITE)


def _clear(said: str) -> Reading | None:
    """A phrase that revokes, unless something beside it may make it smaller."""
    match = next((m for pattern in words.CLEAR if (m := pattern.search(said))), None)
    if match is None:
        return None
    doubtful = words.NARROWED.search(said) or words.TURNED_ROUND.search(said)
    kind = Kind.HOLD if doubtful else Kind.REVOKE
    return Reading(kind=kind, word=" ".join(match.group().split()[:2]), may_mean_the_visit=_names_a_visit(said))


def _names_a_visit(said: str) -> bool:
    return not words.MAY_MEAN_THE_VISIT.isdisjoint(said.split())


def _wrong_number(said: str) -> Reading | None:
    if not any(pattern.search(said) for pattern in words.WRONG_NUMBER):
        return None
    if words.ALSO_STOP.search(said):
        return Reading(kind=Kind.REVOKE, word="stop")
    return Reading(kind=Kind.WRONG_NUMBER, word="wrong number")


def _suspicious(said: str) -> Reading:
    """What is left when the harmless phrases are taken away decides."""
    rest = said
    for pattern in words.HARMLESS:
        rest = pattern.sub(" ", rest)
    match = words.SUSPICIOUS.search(rest) or next((m for p in words.MAY_STOP if (m := p.search(rest))), None)
    if match is None:
        return NOTHING
    return Reading(kind=Kind.HOLD, word=match.group(), may_mean_the_visit=_names_a_visit(said))
