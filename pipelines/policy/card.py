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
from canonical.practice import THREADS, Channel

FOLDER = Path(__file__).parent / "table"
RULES = FOLDER / "policy_rules.json"
QUIET_HOURS = FOLDER / "state_quiet_hours.csv"
AREA_CODES = FOLDER / "area_codes.csv"
ALLOW_LIST = FOLDER / "allow_list.yaml"

SCOPES = ("config", "startup", "plan", "ingest", "push", "send", "delete", "export", "audit", "log", "any")
_LAW = re.compile(r"\blaw\b")
_INVITES = "review_invite"
"""The table's word for any channel that carries a review request."""
_ANY = "any "
_ALSO = {"TCPA-13": THREADS}
"""What the table hears on a channel it must heed there: TCPA-10 takes a STOP from a thread, and only TCPA-13 looks for one."""


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

    def concerns(self, channel: Channel, purpose: Purpose, vendor: str = "") -> bool:
        """Whether channel, purpose and vendor are this rule's. A secure mail is a mail."""
        if self.purposes is not None and purpose not in self.purposes:
            return False
        if self.channels is None or _anyone(self.channels) or channel in _ALSO.get(self.id, ()):
            return True
        return bool(self.channels & _names_of(channel, purpose, vendor))


def _anyone(channels: frozenset[str]) -> bool:
    """Whether the table also means vendors it does not name (`any ad platform`): the rule itself then looks who it is."""
    return any(name.startswith(_ANY) for name in channels)


def _names_of(channel: Channel, purpose: Purpose, vendor: str) -> set[str]:
    """The words by which the table may mean this channel, or who carries it."""
    names = {channel.value, vendor}
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
    """Names the rules, hours, area codes and allow-lists that decided."""
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in (RULES, QUIET_HOURS, AREA_CODES, ALLOW_LIST)))
    return ContentHash(digest.hexdigest())


Stage = Literal["plan", "send"]
