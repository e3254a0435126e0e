"""Doubt never sends (UNK-01)."""

from canonical.practice import Channel
from pipelines.policy.asking import ALLOW, Asked, Finding, block, rule

_NOBODYS = frozenset({Channel.CRM, Channel.STAFF, Channel.REVIEW_REPLY})
"""Channels on which nobody is written to by number or address."""


@rule("UNK-01")
def nothing_unknown(asked: Asked) -> Finding:
    """An input that a rule needs and nobody knows blocks, unless that rule itself says what unknown means."""
    nobody = asked.action.channel not in _NOBODYS and asked.facts.recipient.kind is None
    unknown = (*asked.unknown, *(("contact_point",) if nobody else ()))
    return block(field=", ".join(unknown)) if unknown else ALLOW
