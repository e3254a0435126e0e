"""That the credential opens the portal we mean, may read what the connection reads, and that our properties are there."""

import json
from collections.abc import Iterator
from typing import Final, TypeVar

from canonical.problems import NeedsOperator, RefusalReason, Refused
from connectors.hubspot.asking import Reading
from connectors.hubspot.client import SCOPES
from connectors.hubspot.objects import KINDS, business_unit, key_property, no_texts_property, source_property
from connectors.hubspot.paths import DETAILS, TOKEN
from connectors.hubspot.wire import Details, Property, TokenInfo
from connectors.kit.access import Access
from connectors.kit.calls import broken_page
from connectors.kit.exchange import Answer
from connectors.kit.registry import Verified
from connectors.kit.shapes import Misshapen, Shape, shaped

S = TypeVar("S", bound=Shape)

KEYED: Final = ("contacts", "tasks", "communications", "notes")
"""The objects we write, each of which carries our id."""


def verify(access: Access) -> Verified:
    """A read of the account, of each object the connection reads, and of our properties.

    Raises:
        NeedsOperator: the credential is refused or lacks a scope, the portal is another one, an object is not activated, or
            a property of ours is missing.
    """
    reading = Reading(access, "verify")
    details = _read(reading, Details, reading.plain(DETAILS))
    _require_portal(access, details)
    lacking = _lacking_scopes(reading)
    if lacking:
        raise NeedsOperator(
            access.where("verify"),
            f"the credential lacks {', '.join(lacking)}.",
            next_step="Add the scopes to the service key or app in HubSpot, then run:  glowline check",
        )
    for object_type in dict.fromkeys(KINDS[stream].object_type for stream in access.connection.streams):
        reading.first(object_type)
    _require_properties(reading)
    silent = lacking is None
    return Verified(
        proved=("credentials", "portal", "objects", "properties", *(() if silent else ("scopes",))),
        warnings=(*([_SILENT] if silent else []), *_unwritten(access)),
        facts={"portal": str(details.portal_id), "time_zone": details.time_zone},
    )


_SILENT: Final = (
    "HubSpot does not say which scopes this credential has, so writing was not proved. "
    "Compare its scopes with the README's."
)
_WHOSE_MAILS: Final = (
    "The portal is shared, and the settings name no business_unit: an opt-out from mails is not written there, "
    "because it would hold for the other practice as well."
)


def _unwritten(access: Access) -> Iterator[str]:
    """Which opt-outs stay in our own list."""
    if access.connection.select and not business_unit(access):
        yield _WHOSE_MAILS


def _require_portal(access: Access, details: Details) -> None:
    wanted = access.setting("portal")
    if wanted and wanted != str(details.portal_id):
        raise NeedsOperator(
            access.where("verify"),
            f"the credential opens portal {details.portal_id}, and the settings say {wanted}.",
            next_step="Correct `portal` in the connection's settings, or its secret.",
        )


def _lacking_scopes(reading: Reading) -> tuple[str, ...] | None:
    """Which of the connection's scopes the credential lacks; None where HubSpot does not tell."""
    token = reading.access.credential("token").get_secret_value()
    try:
        answer = reading.plain(TOKEN, json.dumps({"tokenKey": token}).encode())
    except Refused:
        return None
    had = _read(reading, TokenInfo, answer).scopes
    return tuple(scope for scope in _wanted(reading.access) if scope not in had)


def _wanted(access: Access) -> Iterator[str]:
    """Every scope but those of objects this connection does not read."""
    objects = {KINDS[stream].stream for stream in access.connection.streams}
    for scope in SCOPES:
        of = scope.split(".")[2] if scope.startswith("crm.") else ""
        if of in {"", "contacts"} or of in objects:
            yield scope


def _require_properties(reading: Reading) -> None:
    access = reading.access
    key, source = key_property(access), source_property(access)
    for object_type in KEYED if key else ():
        if not _property(reading, object_type, key).unique:
            raise NeedsOperator(
                access.where("verify"),
                f"the property {key} of {object_type} does not have unique values.",
                next_step="Create it anew with `unique values` switched on, or name another as key_property.",
            )
    for name in filter(None, (source, no_texts_property(access))):
        _property(reading, "contacts", name)


def _property(reading: Reading, object_type: str, name: str) -> Property:
    try:
        return _read(reading, Property, reading.property(object_type, name))
    except Refused as refused:
        if refused.reason is not RefusalReason.NOT_FOUND:
            raise
    raise NeedsOperator(
        reading.access.where("verify"),
        f"the portal has no property {name} of {object_type}.",
        next_step="Create it as the README says under Credentials, or empty the setting that names it.",
    )


def _read(reading: Reading, shape: type[S], answer: Answer) -> S:
    try:
        return shaped(answer.body, shape)
    except Misshapen as wrong:
        problem = broken_page(reading.where, wrong)
    raise problem
