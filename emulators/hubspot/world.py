"""What happens in a portal beside us: people work in it, other tools write to it."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from emulators.hubspot.kinds import BY_NAME, Kind
from emulators.hubspot.portal import Owner, Portal, Token
from emulators.hubspot.records import Record
from emulators.hubspot.rendering import shown
from emulators.hubspot.values import checked
from emulators.kit.clock import iso
from emulators.kit.exchange import Given, Json

if TYPE_CHECKING:
    from emulators.hubspot.emulator import HubSpotEmulator

SETTINGS = frozenset(
    {
        *("search_lag", "total_lag", "search_limit", "burst_limit", "daily_limit", "daily_used", "webhook_url"),
        *("client_secret", "time_zone", "lead_needs_contact", "numeric_association_ids"),
    }
)


class World:
    """POST `/_emulator/hubspot/<name>`; every control takes `portal`, or means the first one."""

    def __init__(self, hubspot: HubSpotEmulator) -> None:
        self._hubspot = hubspot

    def install(self) -> None:
        """Put them on the control port."""
        self._hubspot.controls |= {
            "create": self.create,
            "change": self.change,
            "archive": self.archive,
            "restore": self.restore,
            "merge": self.merge,
            "erase": self.erase,
            "tag": self.tag,
            "close_task": self.close_task,
            "log_call": self.log_call,
            "owner": self.owner,
            "property": self.define,
            "token": self.token,
            "portal": self.portal,
        }
        self._hubspot.views |= {"objects": self.objects, "events": self.events, "portals": self.portals}

    def create(self, given: Given) -> Json:
        """`{type, properties, associations?: [{type, id}], id?, count?}`: `count` makes copies with `{n}` filled in."""
        portal, kind = self._portal(given), _kind(given)
        made = [self._made(portal, kind, given, number) for number in range(1, int(given.get("count", 1)) + 1)]
        return shown(portal, made[0], tuple(made[0].properties)) | {"ids": [record.id for record in made]}

    def change(self, given: Given) -> Json:
        """`{type, id, properties}`."""
        portal, record = self._record(given)
        portal.change(record, self._properties(portal, record.kind, given, 0), "CRM_UI")
        return shown(portal, record, tuple(record.properties))

    def archive(self, given: Given) -> Json:
        """`{type, id}`."""
        portal, record = self._record(given)
        portal.archive(record, "CRM_UI")
        return shown(portal, record)

    def restore(self, given: Given) -> Json:
        """`{type, id}`."""
        portal, record = self._record(given)
        portal.restore(record)
        return shown(portal, record)

    def merge(self, given: Given) -> Json:
        """`{type, primary, gone}`."""
        portal, primary = self._record({**given, "id": given["primary"]})
        _, gone = self._record({**given, "id": given["gone"]})
        portal.merge(primary, gone, "CRM_UI")
        return shown(portal, primary, tuple(primary.properties))

    def erase(self, given: Given) -> Json:
        """`{type, id}`: a privacy deletion."""
        portal, record = self._record(given)
        portal.erase(record, "CRM_UI")
        return {"erased": record.id}

    def tag(self, given: Given) -> Json:
        """`{type, id, word, property?, remove?}`: a word in a list of words separated by semicolons."""
        name = given.get("property", "hs_tag_ids")
        portal, record = self._record(given)
        words = [word for word in record.properties.get(name, "").split(";") if word and word != given["word"]]
        words += [] if given.get("remove") else [given["word"]]
        return self.change({**given, "portal": portal.portal_id, "properties": {name: ";".join(words)}})

    def close_task(self, given: Given) -> Json:
        """`{id}`: somebody has done a task."""
        now = iso(self._hubspot.clock.now())
        done = {"hs_task_status": "COMPLETED", "hs_task_completion_date": now}
        return self.change({**given, "type": "tasks", "properties": done})

    def log_call(self, given: Given) -> Json:
        """`{contact, direction?, disposition?, duration_ms?, body?}`: somebody talked to a contact."""
        call = {
            "hs_timestamp": iso(self._hubspot.clock.now()),
            "hs_call_direction": given.get("direction", "OUTBOUND"),
            "hs_call_status": "COMPLETED",
            "hs_call_disposition": given.get("disposition", "connected"),
            "hs_call_duration": given.get("duration_ms", 120_000),
            "hs_call_body": given.get("body", ""),
        }
        linked = [{"type": "contacts", "id": given["contact"]}]
        portal = self._portal(given).portal_id
        return self.create({"portal": portal, "type": "calls", "properties": call, "associations": linked})

    def owner(self, given: Given) -> Json:
        """`{id, email, first_name?, last_name?, archived?}`."""
        owner = Owner(**{name: value for name, value in given.items() if name != "portal"})
        self._portal(given).owners[owner.id] = owner
        return {"id": owner.id}

    def define(self, given: Given) -> Json:
        """`{type, name, unique?}`: a custom property."""
        self._portal(given).custom[_kind(given).name][given["name"]] = bool(given.get("unique", False))
        return {"name": given["name"]}

    def token(self, given: Given) -> Json:
        """`{token, kind?, scopes?, revoked?, expired_for?}`: issue or change a token."""
        tokens = self._portal(given).tokens
        token = tokens.setdefault(given["token"], Token(given["token"]))
        for name in ("kind", "revoked", "expired_for"):
            setattr(token, name, given.get(name, getattr(token, name)))
        token.scopes = frozenset(given.get("scopes", token.scopes))
        return {"token": token.value, "kind": token.kind, "scopes": sorted(token.scopes)}

    def portal(self, given: Given) -> Json:
        """`{portal?, switch_off?, switch_on?, …settings}`: change a portal, or open one with a new number."""
        number = given.get("portal")
        if number is not None and number not in self._hubspot.portals:
            self._hubspot.adopt(Portal(int(number)))
        portal = self._portal(given)
        for name in SETTINGS & set(given):
            setattr(portal, name, given[name])
        portal.switched_off |= {BY_NAME[name].name for name in given.get("switch_off", [])}
        portal.switched_off -= {BY_NAME[name].name for name in given.get("switch_on", [])}
        state = {each.name: getattr(portal, each.name) for each in fields(portal) if each.name in SETTINGS}
        return state | {"portal": portal.portal_id, "switched_off": sorted(portal.switched_off)}

    def objects(self, given: Given) -> Json:
        """`type` and perhaps `id`: what the portal holds now, every property, archived ones too."""
        portal, kind = self._portal(given), _kind(given)
        records = portal.shelves[kind.name].records.values()
        chosen = [record for record in records if given.get("id") in (None, record.id)]
        return {"results": [self._full(portal, record) for record in chosen]}

    def events(self, given: Given) -> Json:
        """Everything that happened, `since` an event id."""
        return {"events": [each for each in self._hubspot.events if each["eventId"] > int(given.get("since", 0))]}

    def portals(self, given: Given) -> Json:
        """The portals with their invented tokens."""
        del given
        return {
            "portals": [
                {"portal": each.portal_id, "tokens": sorted(each.tokens), "webhook_url": each.webhook_url}
                for each in self._hubspot.portals.values()
            ]
        }

    def _full(self, portal: Portal, record: Record) -> Json:
        linked = portal.links.get((record.kind.name, record.id), {})
        associations = [{"type": kind, "id": other} for kind, other in linked]
        return shown(portal, record, tuple(record.properties)) | {"associations": associations}

    def _made(self, portal: Portal, kind: Kind, given: Given, number: int) -> Record:
        properties = self._properties(portal, kind, given, number)
        record = portal.create(kind, properties, "CRM_UI", given.get("id"))
        for each in given.get("associations") or []:
            portal.link((kind.name, record.id), (BY_NAME[each["type"]].name, str(each["id"])))
        return record

    def _properties(self, portal: Portal, kind: Kind, given: Given, number: int) -> dict[str, str]:
        filled = {
            name: value.replace("{n}", str(number)) if isinstance(value, str) else value
            for name, value in (given.get("properties") or {}).items()
        }
        for name in filled:
            if not portal.knows(kind, name):
                portal.custom[kind.name][name] = False  # somebody made that field
        return checked(portal, kind, filled)

    def _portal(self, given: Given) -> Portal:
        number = given.get("portal")
        portals = self._hubspot.portals
        return portals[int(number)] if number is not None else next(iter(portals.values()))

    def _record(self, given: Given) -> tuple[Portal, Record]:
        portal, kind = self._portal(given), _kind(given)
        record = portal.shelves[kind.name].get(str(given["id"]))
        if record is None:
            raise ValueError(f"Portal {portal.portal_id} has no {kind.singular} {given['id']}.")
        return portal, record


def _kind(given: Given) -> Kind:
    name = str(given["type"]).lower()
    if name not in BY_NAME:
        raise ValueError(f"No object type is called {given['type']!r}; there are {', '.join(sorted(BY_NAME))}.")
    return BY_NAME[name]
