"""One rule as the table describes it. The table is the truth; functions only carry it out."""

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Literal

from canonical.actions import Action, Purpose
from canonical.ids import ContentHash
from canonical.model import Noun
from canonical.practice import Channel

FOLDER = Path(__file__).parent / "table"
RULES = FOLDER / "policy_rules.json"
QUIET_HOURS = FOLDER / "state_quiet_hours.csv"

SCOPES = ("config", "startup", "plan", "ingest", "push", "send", "delete", "export", "audit", "log", "any")
_CHANNELS = frozenset(Channel)
_PURPOSES = frozenset(Purpose)
_LAW = "law"
_INVITES = "review_invite"
"""The table's word for any channel that carries a review request."""


class RuleCard(Noun):
    """What the table says about one rule."""

    id: str
    scopes: frozenset[str]
    channels: frozenset[str] | None
    """None = any."""
    purposes: frozenset[str] | None
    when: str
    inputs: tuple[str, ...]
    decision: str
    reason: str
    cites: tuple[str, ...]
    strength: str
    unknown: str

    @property
    def touches_law(self) -> bool:
        """Whether a law stands behind it, wholly or in part."""
        return _LAW in self.strength.split("(")[0]

    def concerns(self, action: Action) -> bool:
        """Whether channel and purpose are this rule's."""
        by_channel = self.channels is None or _fits(self.channels, action)
        return by_channel and (self.purposes is None or action.labels.purpose in self.purposes)


def _fits(channels: frozenset[str], action: Action) -> bool:
    if _INVITES in channels and action.labels.purpose is Purpose.REVIEW_REQUEST:
        return True
    mail = action.channel is Channel.SECURE_EMAIL and Channel.EMAIL in channels
    return action.channel in channels or mail


@cache
def cards() -> dict[str, RuleCard]:
    """Every rule of the table, by id, in its order."""
    return {rule["id"]: _card(rule) for rule in json.loads(RULES.read_text(encoding="utf-8"))["rules"]}


def _card(rule: dict[str, object]) -> RuleCard:
    names = RuleCard.model_fields.keys() - {"scopes", "channels", "purposes"}
    return RuleCard.model_validate(
        {name: rule[name] for name in names}
        | {"scopes": frozenset(str(rule["scope"]).split("+"))}
        | {name: None if rule[name] == "any" else rule[name] for name in ("channels", "purposes")}
    )


@cache
def table_hash() -> ContentHash:
    """Names the table and the quiet hours that decided."""
    digest = hashlib.sha256(RULES.read_bytes() + QUIET_HOURS.read_bytes())
    return ContentHash(digest.hexdigest())


Stage = Literal["plan", "send"]
