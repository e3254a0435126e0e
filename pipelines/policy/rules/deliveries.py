"""Whether a webhook may be believed (SEC-02), and whether its body may be acted on (SEC-03)."""

from canonical.model import Noun
from pipelines.policy.asking import ALLOW, NOT_ASKED, Finding, block, heard


class Delivery(Noun):
    """One call to the public port, after its vendor's `verify` has looked at the raw bytes."""

    vendor: str
    signs: bool
    """Whether the vendor has a signature scheme at all."""
    doubt: str | None = None
    """Why the signature was not accepted (`missing`, `mismatch`, `stale`); empty = accepted, None = nobody looked."""
    seen_before: bool | None = None
    """Whether this event id arrived before; None = nobody looked."""
    behind_secret: bool = False
    """The address holds a secret path, or asks for a password: all an unsigned vendor can offer."""
    reread: bool = False
    """What it announces was read again through the API."""


@heard("SEC-02")
def believed(delivery: Delivery) -> Finding:
    """A signed vendor's call counts when its signature, its time and its newness hold. What nobody checked does not."""
    if not delivery.signs:
        return NOT_ASKED
    why = "not checked" if delivery.doubt is None else delivery.doubt
    if not why and delivery.seen_before is None:
        why = "not checked for repetition"
    if not why and delivery.seen_before:
        why = "seen before"
    return block(vendor=delivery.vendor, why=why) if why else ALLOW


@heard("SEC-03")
def only_a_hint(delivery: Delivery) -> Finding:
    """An unsigned call is a hint: it needs a secret address, and its body counts only once it was read again by API."""
    if delivery.signs:
        return NOT_ASKED
    return ALLOW if delivery.behind_secret and delivery.reread else block()
