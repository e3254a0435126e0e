"""That the account is connected to the org we mean, that its user sees what the connection reads, and that our field is there."""

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from canonical.problems import NeedsOperator, RefusalReason, Refused
from connectors.kit.access import Access
from connectors.kit.calls import broken_page
from connectors.kit.registry import Verified
from connectors.kit.shapes import Misshapen
from connectors.salesforce import assigned, soql
from connectors.salesforce.asking import Reading
from connectors.salesforce.objects import KINDS, NEEDED, PERSON_ACCOUNTS, SERVICE_APPOINTMENTS, fields_of, key_field
from connectors.salesforce.opt_outs import ticked
from connectors.salesforce.rows import rows_of
from connectors.salesforce.schema import described
from connectors.salesforce.wire import Described

_ORGANIZATION: Final = ("Id", "OrganizationType", "IsSandbox", "TimeZoneSidKey", "InstanceName")
KEYED: Final = ("Lead", "Task")
"""The objects we write, each of which carries our id."""
_FEW: Final = 0.1
"""Of the day's calls: less than this left is worth a word."""


def verify(access: Access) -> Verified:
    """A read of the org, of its limits, and of the description of each object the connection reads.

    Raises:
        NeedsOperator: the account is not connected, opens another org, or its user lacks an object or a field.
    """
    reading = Reading(access, "verify")
    org = _organization(reading)
    used = _used(reading)
    seen = {name: _object(reading, name) for name in sorted(_objects(access))}
    _require_key(reading, seen)
    hidden = sorted(_hidden(access, seen))
    warnings = [f"The user does not see {name}: what stands there is not read." for name in hidden]
    warnings += [f"The user may not write {name}: an opt-out is not copied there." for name in _closed(access, seen)]
    warnings += _unassigned(reading) if SERVICE_APPOINTMENTS.stream in access.connection.streams else ()
    if used and used[1] and used[0] < used[1] * _FEW:
        warnings.append(f"Only {used[0]} of the org's {used[1]} calls of the day are left, for all its apps together.")
    facts = {"organization": str(org["Id"]), "time_zone": str(org.get("TimeZoneSidKey") or "")}
    facts |= {"edition": str(org.get("OrganizationType") or ""), "sandbox": str(bool(org.get("IsSandbox"))).lower()}
    facts |= {"calls_left": str(used[0]), "calls_a_day": str(used[1])} if used else {}
    return Verified(proved=("credentials", "organization", "objects", "fields"), warnings=tuple(warnings), facts=facts)


def _organization(reading: Reading) -> dict[str, Any]:
    answer = reading.query(soql.select("Organization", _ORGANIZATION, ()))
    rows = rows_of(answer.body, reading.where, "organization").rows
    if not rows:
        raise broken_page(reading.where, Misshapen("shows no organization"))
    wanted = reading.access.setting("organization")
    if wanted and wanted[:15] != rows[0].id[:15]:
        raise NeedsOperator(
            reading.where,
            f"the account opens organization {rows[0].id}, and the settings say another.",
            next_step="Correct `organization` in the connection's settings, or connect the right account.",
        )
    return dict(rows[0].fields) | {"Id": rows[0].id}


def _used(reading: Reading) -> tuple[int, int] | None:
    """What is left of the day's calls, and how many there are; None where the org does not tell."""
    try:
        found = msgspec.json.decode(reading.plain("limits").body, type=dict[str, Any])
        daily = found["DailyApiRequests"]
        return int(daily["Remaining"]), int(daily["Max"])
    except (Refused, msgspec.MsgspecError, KeyError, TypeError, ValueError):
        return None


def _objects(access: Access) -> Iterator[str]:
    yield from (KINDS[stream].object_type for stream in access.connection.streams)
    yield from KEYED if key_field(access) else ()


def _object(reading: Reading, name: str) -> Described:
    try:
        return described(reading, name)
    except Refused as refused:
        if refused.reason is not RefusalReason.NOT_FOUND:
            raise
    raise NeedsOperator(
        reading.where,
        f"the org has no {name}, or hides it from the user.",
        next_step="Grant it to the user (scope api), or take its stream out of the connection's `streams`.",
    )


def _hidden(access: Access, seen: dict[str, Described]) -> Iterator[str]:
    """Fields that a stream would read. One that it cannot do without is a problem, not a hint."""
    for stream in access.connection.streams:
        kind = KINDS[stream]
        for name in fields_of(access, kind):
            if name.partition(".")[0] in seen[kind.object_type].names:
                continue
            if name in NEEDED or (kind is PERSON_ACCOUNTS and name == "PersonContactId"):
                raise NeedsOperator(
                    access.where("verify"),
                    f"{kind.object_type} does not show {name}.",
                    next_step="Grant the field to the user, or take the stream out of the connection's `streams`.",
                )
            yield f"{kind.object_type}.{name}"


def _closed(access: Access, seen: dict[str, Described]) -> Iterator[str]:
    """The fields of `write_opt_out` that are shown and closed to us."""
    for object_type, name in ticked(access):
        if any(field.name == name and not field.updateable for field in seen[object_type].fields):
            yield f"{object_type}.{name}"


def _unassigned(reading: Reading) -> Iterator[str]:
    """Who treats: an appointment is read without it, and then nobody is told that somebody else will (row 2.7)."""
    if assigned.hidden(reading):
        yield (
            f"The user does not see {assigned.OBJECT}, or not the ServiceResource it leads to: who treats is not read."
        )


def _require_key(reading: Reading, seen: dict[str, Described]) -> None:
    key = key_field(reading.access)
    for name in KEYED if key else ():
        found = next((field for field in seen[name].fields if field.name == key), None)
        if found is None or not found.external_id:
            raise NeedsOperator(
                reading.where,
                f"{name} has no external-id field {key}.",
                next_step="Create it as the README says under Credentials, or empty the setting key_field.",
            )
