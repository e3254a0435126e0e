"""Doubt never sends (UNK-01)."""

from pipelines.policy.asking import ALLOW, Asked, Finding, block, rule


@rule("UNK-01")
def nothing_unknown(asked: Asked) -> Finding:
    """An input that a rule needs and nobody knows blocks, unless that rule itself says what unknown means."""
    return block(field=", ".join(asked.unknown)) if asked.unknown else ALLOW
