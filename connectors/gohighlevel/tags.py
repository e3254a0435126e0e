"""A tag of the desk, taken off the contact it stood on (R60).

`tags` of an upsert or an update replaces all that the contact has; only the two requests under `/tags` add and take away (OpenAPI
contacts, 2026-06).
"""

import msgspec

from canonical.delivery import Claimed, SendResult
from canonical.inbox_writes import RemoveTag
from canonical.problems import RefusalReason, Refused
from connectors.gohighlevel import client
from connectors.gohighlevel.asking import segment, telling, wrapped
from connectors.gohighlevel.wire import Tags
from connectors.kit.access import Access
from connectors.kit.commands import payload_of


class _Tagged(msgspec.Struct):
    tags: list[str] | None = None


def remove_tag(access: Access, claimed: Claimed) -> SendResult:
    """Take it off, as it is written there; every other tag stays. One that is not there is off already.

    Raises:
        Refused: there is no such contact. Else as `Send`.
    """
    asked = payload_of(claimed, RemoveTag)
    path = f"/contacts/{segment(asked.person_vendor_id)}"
    body = wrapped(access, path, "contact", "push.remove_tag.look_up", reference=claimed.attempt_id)
    if body is None:
        where = access.where("push.remove_tag", reference=claimed.attempt_id)
        raise Refused(where, RefusalReason.NOT_FOUND, "there is no such contact any more.")
    there = [tag for tag in _tags(body) if _plain(tag) == _plain(asked.tag)]
    if not there:
        return SendResult(vendor_id=asked.person_vendor_id, status="existing")
    request = telling(access, f"{path}/tags", {"tags": there}, method="DELETE")
    client.line(access).write_as(Tags, request, "remove_tag", claimed.attempt_id)
    return SendResult(vendor_id=asked.person_vendor_id, status="written")


def _tags(body: bytes) -> list[str]:
    try:
        return msgspec.json.decode(body, type=_Tagged).tags or []
    except msgspec.MsgspecError:
        return []


def _plain(tag: str) -> str:
    return " ".join(tag.casefold().replace("_", " ").replace("-", " ").split())
