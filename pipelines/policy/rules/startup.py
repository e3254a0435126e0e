"""What the way out stands on, asked of everything that is sent: the vendor's mode (BAA-03), the number (TCPA-18), encryption (SEC-01)."""

from collections.abc import Mapping

from canonical.actions import Purpose
from pipelines.policy.asking import ALLOW, Asked, Finding, block, rule
from pipelines.policy.facts import known

_MIXED = frozenset({"mixed", "low_volume_mixed"})
_CARE = _MIXED | {"customer_care"}
_NOTICES = _CARE | {"account_notification"}
REGISTERED_FOR: Mapping[Purpose, frozenset[str]] = {
    Purpose.MARKETING: _MIXED | {"marketing"},
    Purpose.SURVEY: _CARE | {"polling_voting"},
    Purpose.REVIEW_REQUEST: _CARE | {"polling_voting"},
    Purpose.TREATMENT: _NOTICES,
    Purpose.OPERATIONS: _NOTICES,
    Purpose.INTERNAL: _NOTICES,
    Purpose.REQUESTED_REPLY: _CARE,
    Purpose.MISSED_CALL_TEXTBACK: _CARE,
}
"""Uses, as carriers register them, that carry each purpose. The confirmation of an opt-out goes under any that was approved."""
_BESIDE = "The key lies beside the data it locks."


@rule("BAA-03")
def vendor_in_its_mode(asked: Asked) -> Finding:
    """A vendor with a switch for accounts under an agreement has it on."""
    mode = asked.facts.push.ground.vendor_mode
    if mode in {"on", "none"}:
        return ALLOW
    known(mode, "vendor_mode_flag")
    return block(vendor=asked.facts.route.vendor)


@rule("TCPA-18")
def registered_for_it(asked: Asked) -> Finding:
    """A number texts only what its carrier registration was approved for."""
    uses, purpose = asked.facts.push.ground.registered_uses, asked.action.labels.purpose
    if uses is None:
        return ALLOW  # nothing is sent from a number: BAA-01 answers for what has no way out
    wanted = REGISTERED_FOR.get(purpose)
    fits = not wanted.isdisjoint(known(uses, "campaign.status")) if wanted else bool(known(uses, "campaign.status"))
    return ALLOW if fits else block(number=asked.facts.route.sender, use_case=purpose.value)


@rule("SEC-01")
def encrypted_and_locked_apart(asked: Asked) -> Finding:
    """Transport and storage are encrypted, and keys lie elsewhere than what they lock."""
    ground = asked.facts.push.ground
    if not known(ground.transport_encrypted, "endpoint") or not known(ground.storage_encrypted, "disk_encryption"):
        return block()
    return ALLOW if known(ground.key_apart, "key_location") else block(_BESIDE)
