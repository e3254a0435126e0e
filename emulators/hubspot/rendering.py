"""Records as JSON."""

from collections.abc import Sequence

from emulators.hubspot.kinds import Kind
from emulators.hubspot.portal import Portal
from emulators.hubspot.records import Properties, Record
from emulators.kit.clock import iso
from emulators.kit.exchange import Json

MOST_INLINE = 100


def shown(
    portal: Portal, record: Record, asked: Sequence[str] = (), properties: Properties | None = None,
    history: Sequence[str] = (),
) -> dict[str, Json]:  # fmt: skip
    """A record with the asked (or default) properties; what it lacks is null."""
    held = record.properties if properties is None else properties
    always = (record.kind.created, record.kind.modified, "hs_object_id")
    names = sorted({*(asked or record.kind.defaults), *history, *always})
    row: dict[str, Json] = {
        "id": record.id,
        "properties": {name: held.get(name) or None for name in names},
        "createdAt": iso(record.created),
        "updatedAt": held[record.kind.modified],
        "archived": record.archived is not None,
        "url": f"https://app.hubspot.com/contacts/{portal.portal_id}/record/{record.kind.type_id}/{record.id}",
    }
    if record.archived is not None:
        row["archivedAt"] = iso(record.archived)
    if history:
        row["propertiesWithHistory"] = {name: _past(record, name) for name in history}
    return row


def written(portal: Portal, record: Record, given: Sequence[str]) -> dict[str, Json]:
    """What a write answers: the properties that were set, and the stamps."""
    return shown(portal, record, tuple(given))


def with_associations(portal: Portal, record: Record, row: dict[str, Json], kinds: Sequence[Kind]) -> dict[str, Json]:
    """A row with its associations inline, cut at 100 per kind."""
    inline: dict[str, Json] = {}
    for kind in kinds:
        linked = portal.linked((record.kind.name, record.id), kind)
        if linked:
            label = f"{record.kind.singular}_to_{kind.singular}"
            inline[kind.name] = {"results": [{"id": other, "type": label} for other, _ in linked[:MOST_INLINE]]}
            if len(linked) > MOST_INLINE:
                after = linked[MOST_INLINE - 1][0]
                inline[kind.name]["paging"] = {"next": {"after": after, "link": f"?after={after}"}}
    return row | ({"associations": inline} if inline else {})


def _past(record: Record, name: str) -> list[dict[str, Json]]:
    return [
        {
            "value": version.properties.get(name, ""),
            "timestamp": version.properties[record.kind.modified],
            "sourceType": "CRM_UI",
        }
        for version in record.history(name)
    ]
