"""One rule as the table describes it. The table is the truth; functions only carry it out."""

import hashlib
import json
import re
from functools import cache
from pathlib import Path
from typing import Literal

from canonical.actions import Purpose
from canonical.ids import ContentHash
from canonical.model import Noun
from canonical.practice import Channel

FOLDER = Path(__file__).parent / "table"
RULES = FOLDER / "policy_rules.json"
QUIET_HOURS = FOLDER / "state_quiet_hours.csv"
AREA_CODES = FOLDER / "area_codes.csv"

SCOPES = ("config", "startup", "plan", "ingest", "push", "send", "delete", "export", "audit", "log", "any")
_LAW = re.compile(r"\blaw\b")
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
        return _LAW.search(self.strength) is not None

    def concerns(self, channel: Channel, purpose: Purpose) -> bool:
        """Whether channel and purpose are this rule's. A secure mail is a mail."""
        by_purpose = self.purposes is None or purpose in self.purposes
        return by_purpose and (self.channels is None or not self.channels.isdisjoint(_names_of(channel, purpose)))


def _names_of(channel: Channel, purpose: Purpose) -> set[str]:
    """The words by which the table may mean this channel."""
    names = {channel.value}
    if purpose is Purpose.REVIEW_REQUEST:
        names.add(_INVITES)
    if channel is Channel.SECURE_EMAIL:
        names.add(Channel.EMAIL.value)
    return names


@cache
def cards() -> dict[str, RuleCard]:
    """Every rule of the table, by id, in its order."""
    return {rule["id"]: _card(rule) for rule in json.loads(RULES.read_text(encoding="utf-8"))["rules"]}


@cache
def sources() -> dict[str, str]:
    """What each citation key stands for."""
    found: dict[str, str] = json.loads(RULES.read_text(encoding="utf-8"))["sources"]
    return found


def _card(rule: dict[str, object]) -> RuleCard:
    names = RuleCard.model_fields.keys() - {"scopes", "channels", "purposes"}
    return RuleCard.model_validate(
        {name: rule[name] for name in names}
        | {"scopes": frozenset(str(rule["scope"]).split("+"))}
        | {name: None if rule[name] == "any" else rule[name] for name in ("channels", "purposes")}
    )


@cache
def table_hash() -> ContentHash:
    """Names the rules, hours and area codes that decided."""
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in (RULES, QUIET_HOURS, AREA_CODES)))
    return ContentHash(digest.hexdigest())


Stage = Literal["plan", "send"]
