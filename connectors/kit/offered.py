"""Who treats and what is offered, as a vendor lists it: `glowline check` holds it against the names the practice has written down.

Only a check asks for it and nothing is stored. An appointment whose provider or service nobody wrote down is still a visit,
but of nobody and of nothing: no text about its preparation, no review of its provider.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from canonical.model import Noun
from canonical.problems import ConnectorProblem

T = TypeVar("T")


class Offered(Noun):
    """One provider or one service."""

    word: str
    """What an appointment calls it: this belongs among the `names` of ours. At some vendors the id, at others the name."""
    label: str = ""
    """The other of the two, so that a person knows which one is meant."""

    @property
    def told(self) -> str:
        """`SVISIT (Visit)`."""
        return f"{self.word} ({self.label})" if self.label and self.label != self.word else self.word


def offered(found: Iterable[tuple[str, str]]) -> tuple[Offered, ...]:
    """(word, label) of each, in their order, each word once; those without a word are left out."""
    told: Mapping[str, str] = {word.strip(): label.strip() for word, label in found if word.strip()}
    return tuple(Offered(word=word, label=label) for word, label in told.items())


def if_shown(ask: Callable[[], T]) -> T | None:
    """What a vendor lists; None where it does not, or not to these credentials: what a check is for was proved before."""
    try:
        return ask()
    except ConnectorProblem:
        return None
