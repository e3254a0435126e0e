"""What policy asks about a payload before it is filled: its fields, who gets to read it, and what the way out stands on."""

from collections.abc import Mapping
from functools import cache
from typing import Final, get_args

from canonical.actions import Action, Outcome, Payload, Purpose, Verdict
from canonical.model import Noun
from canonical.practice import THREADS, Channel, Connection, Practice
from connectors.kit.registry import manifest
from pipelines.outbox.route import Way
from pipelines.outbox.workbench import Workbench
from pipelines.policy.allow_lists import allowed_fields
from pipelines.policy.facts import UNKNOWN, Unknown
from pipelines.policy.pushes import Contact, Destination, Ground, Mode, Push, RecipientKind, dropped

HIPAA_MODE: Final = "hipaa_mode"
"""The setting of a connection in which the practice says how the vendor's switch stands (BAA-03)."""
_SWITCH: Final[Mapping[str, Mode]] = {"designated": "on", "not_designated": "off"}
_APPROVED: Final = "approved"
_KINDS: Final[Mapping[Channel, RecipientKind]] = {
    Channel.CRM: "practice",
    Channel.STAFF: "practice",
    Channel.REVIEW_REPLY: "other",
}
"""Everything else is read by the person it is sent to."""
_DESTINATIONS: Final[Mapping[str, Destination]] = {
    "sms": "tool",
    "email": "tool",
    "crm": "tool",
    "booking": "tool",
    "newsletter": "newsletter",
    "reviews": "reviews",
    "ads": "ad_platform",
}
"""By product. What is not among them is not known, and does not sell (PHI-05)."""
_NOWHERE: Final = Push(
    destination="tool",
    recipient_kind="practice",
    ground=Ground(
        vendor_mode="none", registered_uses=None, transport_encrypted=True, storage_encrypted=True, key_apart=True
    ),
)
"""Nothing in the practice offers it, so nothing leaves: BAA-01 answers."""


def push_facts(action: Action, way: Way | None, bench: Workbench) -> Push:
    """The payload's facts."""
    if way is None:
        return _NOWHERE
    practice, vendor = bench.config.practice, way.connection.vendor
    covered = bench.config.agreements.find(vendor, way.product) is not None
    fields, required = fields_of(way.command)
    return Push(
        fields=fields,
        required=required,
        allowed=allowed_fields(vendor, action.labels.purpose, covered=covered),
        allowed_late=allowed_fields(vendor, Purpose.OPERATIONS, covered=covered),
        destination=_DESTINATIONS.get(way.product, UNKNOWN),
        recipient_kind=_KINDS.get(action.channel, "patient"),
        contact=Contact(sources=("thread",)) if action.channel in THREADS else Contact(),
        ground=Ground(
            vendor_mode=_mode(way.connection, practice),
            registered_uses=_uses(action, way, practice),
            transport_encrypted=way.connection.connection_id not in bench.plain,
            storage_encrypted=True,  # the ledger, the spool and the kept secrets are encrypted by whoever writes them
            key_apart=bench.keys_apart,
        ),
    )


@cache
def fields_of(command: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names of a command's fields, and of those it cannot do without; none for a command without a payload."""
    payload = _payloads().get(command)
    if payload is None:
        return (), ()
    fields = {name: info for name, info in payload.model_fields.items() if name != "kind"}
    return tuple(fields), tuple(name for name, info in fields.items() if info.is_required())


@cache
def _payloads() -> dict[str, type[Noun]]:
    return {model.model_fields["kind"].default: model for model in get_args(get_args(Payload)[0])}


def without_dropped(payload: Payload, verdict: Verdict) -> Payload:
    """The payload without the fields that a rule dropped: they leave as if nobody had filled them (MIN-01, REV-07)."""
    gone = dropped(frozenset(a.rewrite for a in verdict.answers if a.outcome is Outcome.REWRITE))
    fields = type(payload).model_fields
    empty = {name: fields[name].get_default(call_default_factory=True) for name in gone & fields.keys()}
    return payload.model_copy(update=empty) if empty else payload


def _mode(connection: Connection, practice: Practice) -> Mode | Unknown:
    """How the vendor's switch stands, as the practice says. A demo's vendors are pretend ones: they have no accounts."""
    if practice.demo or not manifest(connection.vendor).baa.mode:
        return "none"
    return _SWITCH.get(connection.settings.get(HIPAA_MODE, ""), UNKNOWN)


def _uses(action: Action, way: Way, practice: Practice) -> tuple[str, ...] | Unknown | None:
    if action.channel is not Channel.SMS:
        return None
    sender = next((one for one in practice.senders if one.address == way.sender), None)
    if sender is None:
        return UNKNOWN
    return sender.registered_uses if sender.registration == _APPROVED else ()
