"""What a message of ours offered to answer, read from the message itself: `Reply C to confirm, 2 to change` (R23). Pure."""

import re
from typing import Final

from canonical.conversations import ReplyIntent
from pipelines.replies.table import small

_VERBS: Final = {
    ReplyIntent.CONFIRM: r"confirm\w*|say yes|keep (?:it|your)|que si",
    ReplyIntent.CHANGE: r"chang\w*|reschedul\w*|move|cambi\w*|reagend\w*|reprogram\w*|cancel\w*|mover",
}
_CODE: Final = r"[\"“']?(?P<code>[a-z]|\d|yes|si|ok)[\"”']?"
_OFFERS = tuple(
    (intent, re.compile(rf"\b{_CODE} (?:to|for|if you want to|para|por) (?:{verbs})\b"))
    for intent, verbs in _VERBS.items()
)


def offered(message: str) -> dict[str, ReplyIntent]:
    """By short answer, in small letters: what the message says it stands for. What it offers twice, it offers not at all."""
    found: dict[str, set[ReplyIntent]] = {}
    for intent, pattern in _OFFERS:
        for match in pattern.finditer(small(message)):
            found.setdefault(match["code"], set()).add(intent)
    return {code: intents.pop() for code, intents in found.items() if len(intents) == 1}
