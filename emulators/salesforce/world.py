"""What happens in an org beside us: people work in it, other tools write to it, administrators change it."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from emulators.kit.exchange import Given, Json
from emulators.salesforce.org import Org, Record
from emulators.salesforce.schema import Field

if TYPE_CHECKING:
    from emulators.salesforce.emulator import SalesforceEmulator

SETTINGS = frozenset(
    {
        *("daily_limit", "used", "page_size", "duplicate_rules", "commit_lag", "polls_until_done", "rotating"),
        *("refresh_token", "time_zone", "public_key", "audience", "approved"),
    }
)


class World:
    """POST `/_emulator/salesforce/<name>`."""

    def __init__(self, salesforce: SalesforceEmulator) -> None:
        self._salesforce = salesforce

    def install(self) -> None:
        """Put them on the control port."""
        self._salesforce.controls |= {
            "create": self.create,
            "change": self.change,
            "delete": self.delete,
            "restore": self.restore,
            "convert": self.convert,
            "merge": self.merge,
            "refuse": self.refuse,
            "field": self.field,
            "hide": self.hide,
            "expire": self.expire,
            "fail_jobs": self.fail_jobs,
            "forget_locators": self.forget_locators,
            "org": self.settings,
        }
        self._salesforce.views |= {"objects": self.objects}

    @property
    def _org(self) -> Org:
        return self._salesforce.org

    def create(self, given: Given) -> Json:
        """`{type, fields, count?}`: `count` makes copies with `{n}` filled in. An account with a LastName is a person."""
        made = [self._made(given, number) for number in range(1, int(given.get("count", 1)) + 1)]
        return {"ids": [each.id for each in made]}

    def change(self, given: Given) -> Json:
        """`{id, fields}`."""
        record = self._record(given["id"])
        self._org.touch(record, given["fields"])
        return {"id": record.id}

    def delete(self, given: Given) -> Json:
        """`{id, purge?}`: `purge` empties the recycling bin as well."""
        self._org.delete(self._record(given["id"]), purge=bool(given.get("purge")))
        return {"id": given["id"]}

    def restore(self, given: Given) -> Json:
        """`{id}`."""
        record = self._record(given["id"])
        self._org.touch(record, {"IsDeleted": False})
        return {"id": record.id}

    def convert(self, given: Given) -> Json:
        """`{id}`: a lead becomes a contact."""
        return {"contact": self._org.convert(self._record(given["id"])).id}

    def merge(self, given: Given) -> Json:
        """`{master, gone}`."""
        self._org.merge(self._record(given["master"]), self._record(given["gone"]))
        return {"id": given["master"]}

    def refuse(self, given: Given) -> Json:
        """`{ids, code}`: these records refuse every change with that code; without a code they take changes again."""
        for each in given["ids"]:
            self._org.refusing.pop(each, None)
            if given.get("code"):
                self._org.refusing[each] = str(given["code"])
        return {"refusing": sorted(self._org.refusing)}

    def field(self, given: Given) -> Json:
        """`{type, name, field_type?, external_id?, unique?}`: a custom field; a checkbox is false until somebody ticks it."""
        default = False if given.get("field_type") == "boolean" else None
        made = Field(
            str(given["name"]),
            given.get("field_type", "string"),
            external_id=bool(given.get("external_id")),
            unique=bool(given.get("unique")),
            default=default,
        )
        self._org.objects[str(given["type"])].fields[made.name] = made
        for record in self._org.records.values():
            if record.object_type == given["type"]:
                record.fields.setdefault(made.name, default)
        return {"name": made.name}

    def hide(self, given: Given) -> Json:
        """`{fields: ["Lead.Email"], show?}`: what the user may not see."""
        names = set(given["fields"])
        self._org.hidden = self._org.hidden - names if given.get("show") else self._org.hidden | names
        return {"hidden": sorted(self._org.hidden)}

    def expire(self, given: Given) -> Json:
        """Every access token ends now."""
        del given
        self._org.tokens.clear()
        return {"tokens": 0}

    def fail_jobs(self, given: Given) -> Json:
        """`{count}`: so many of the next bulk jobs fail."""
        self._salesforce.jobs.fails = int(given.get("count", 1))
        return {"count": self._salesforce.jobs.fails}

    def forget_locators(self, given: Given) -> Json:
        """Every query under way is forgotten, and every job."""
        del given
        self._salesforce.locators.held.clear()
        self._salesforce.jobs.held.clear()
        return {"locators": 0}

    def settings(self, given: Given) -> Json:
        """Change settings of the org."""
        for name in SETTINGS & set(given):
            setattr(self._org, name, given[name])
        return {each.name: getattr(self._org, each.name) for each in fields(Org) if each.name in SETTINGS}

    def objects(self, given: Given) -> Json:
        """`?type=Lead`: every record of an object, the deleted ones as well."""
        kind = str(given["type"])
        return {"results": [dict(each.fields) for each in self._org.records.values() if each.object_type == kind]}

    def _made(self, given: Given, number: int) -> Record:
        values = {
            name: value.replace("{n}", str(number)) if isinstance(value, str) else value
            for name, value in given.get("fields", {}).items()
        }
        if given["type"] == "Account" and values.get("LastName"):
            return self._org.make_person(values)
        return self._org.put(str(given["type"]), values)

    def _record(self, record_id: str) -> Record:
        return self._org.records[record_id]
