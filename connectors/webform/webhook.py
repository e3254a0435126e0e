"""What a form calls us for: somebody pressed its button."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlsplit

from pydantic import SecretStr

from canonical.raw import FORM, JSON
from connectors.kit.webhooks import Event, Incoming, Meaning
from connectors.webform.proofs import believe, proof_of
from connectors.webform.reading import NotAForm, Submitted, submitted
from connectors.webform.tools import Tool, tool_of


def verify(incoming: Incoming, secrets: Sequence[SecretStr], *, now: datetime) -> None:
    """See `Webhook.verify`: as the connection's `proof` says."""
    believe(incoming, secrets, now)


def parse(incoming: Incoming) -> tuple[Event, ...]:
    """See `Webhook.parse`. One call is one submission; what is none is kept for somebody to look at."""
    try:
        form = submitted(incoming)
    except NotAForm:
        return (_unknown(incoming),)
    tool = tool_of(incoming.settings, form.fields)
    if tool is None or not tool.fits(form.fields):
        return (_unknown(incoming),)
    return (_event(incoming, form, tool),)


def _event(incoming: Incoming, form: Submitted, tool: Tool) -> Event:
    key = tool.id(form.fields) or form.fingerprint(incoming.received_at)
    return Event(
        name=tool.name,
        meaning=Meaning.IGNORED if tool.ignores(form.fields) else Meaning.KNOWN,
        stream=tool.name,
        vendor_id=key,
        body=form.record(key, incoming.received_at, tool.beside(form.fields)),
        format=form.format,
        origin=_origin(incoming),
        effective_at=incoming.received_at,
    )


def _unknown(incoming: Incoming) -> Event:
    digest = hashlib.sha256(incoming.body).hexdigest()[:32]
    is_form = "urlencoded" in incoming.headers.get("content-type", "")
    return Event(
        name="unknown",
        meaning=Meaning.UNKNOWN,
        stream="unknown",
        vendor_id=f"unknown-{digest}",
        body=incoming.body or b"{}",
        format=FORM if is_form else JSON,
        origin=_origin(incoming),
    )


def _origin(incoming: Incoming) -> str:
    """The path without what must not be read there: with `proof: path` its end is the secret."""
    path = urlsplit(incoming.url).path.rstrip("/")
    secret = proof_of(incoming.settings) is None
    return f"webhook {path.rpartition('/')[0] if secret else path}"
