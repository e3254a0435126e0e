"""Doubt never sends (UNK-01)."""

from pipelines.policy.asking import ALLOW, Asked, Finding, block, rule
from pipelines.policy.facts import NOBODYS


@rule("UNK-01")
def nothing_unknown(asked: Asked) -> Finding:
    """An input that a rule needs and nobody knows blocks, unless that rule itself says what unknown means."""
    nobody = asked.action.channel not in NOBODYS and asked.facts.recipient.kind is None
    unknown = (*asked.unknown, *(("contact_point",) if nobody else ()))
    return block(field=", ".join(unknown)) if unknown else ALLOW
