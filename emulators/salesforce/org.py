"""An org: its users' tokens, its objects' definitions and records, and what happens to a record besides what is asked."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from emulators.kit.clock import Clock
from emulators.kit.exchange import Json
from emulators.salesforce.problems import Refusal, no_field
from emulators.salesforce.schema import CATEGORIES, Field, Sobject, objects

MAIL = re.compile(r"^[^@\s]+@[^@\s]+\.[^@\s]+$")
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
BELONGS = ("WhoId", "WhatId", "ServiceAppointmentId")
"""Fields of records that go when the record they lead to is deleted."""
Fields = dict[str, Json]


@dataclass(slots=True)
class Record:
    """One row. `shown_at`: when queries begin to see it; a long transaction commits after the stamp it gave."""

    object_type: str
    fields: Fields
    shown_at: datetime

    @property
    def id(self) -> str:
        """Its id, 18 characters."""
        return str(self.fields["Id"])

    @property
    def deleted(self) -> bool:
        """Whether it lies in the recycling bin."""
        return bool(self.fields["IsDeleted"])


@dataclass(slots=True)
class Org:
    """One organization. `hidden`: fields (`Lead.Email`) its user may not see. `commit_lag`: seconds a new row stays unseen."""

    instance_url: str = ""
    daily_limit: int = 100_000
    used: int = 0
    page_size: int = 2000
    person_accounts: bool = False
    duplicate_rules: bool = False
    rotating: bool = False
    commit_lag: float = 0
    polls_until_done: int = 0
    time_zone: str = "America/New_York"
    client: tuple[str, str] = ("an-invented-client", "an-invented-client-secret")
    refresh_token: str = "an-invented-refresh-token"  # noqa: S105 - opens nothing
    username: str = "glue@example.com"
    public_key: str = ""
    """Of the certificate that the app was given, in PEM; empty: it takes no assertion."""
    audience: str = "https://login.salesforce.com"
    """The login host that keeps the user."""
    approved: bool = True
    """Whether the user was let in by the app, beforehand or by a yes of their own."""
    tokens: set[str] = field(default_factory=set)
    hidden: set[str] = field(default_factory=set)
    objects: dict[str, Sobject] = field(default_factory=dict)
    records: dict[str, Record] = field(default_factory=dict)
    refusing: dict[str, str] = field(default_factory=dict)
    """Record → the code with which it refuses every change: a lock, a validation rule, a trigger."""
    gone: list[tuple[str, str, datetime]] = field(default_factory=list)
    """Object, id and time of every deletion, whatever became of the row."""
    clock: Clock = field(default_factory=Clock)
    organization_id: str = ""
    user_id: str = ""
    _made: int = 0

    def __post_init__(self) -> None:
        self.objects = objects(person_accounts=self.person_accounts)

    def found(self) -> None:
        """The records every org begins with."""
        more = {"IsSandbox": False, "TimeZoneSidKey": self.time_zone, "InstanceName": "NA1"}
        told = {"Name": "Invented", "OrganizationType": "Enterprise Edition"} | more
        self.organization_id = self.put("Organization", told).id
        self.user_id = self.put("User", {"Name": "Integration", "Username": self.username, "IsActive": True}).id
        for record in self.records.values():
            record.shown_at = datetime.min.replace(tzinfo=UTC)

    def object(self, name: str) -> Sobject:
        """An object by name; raises 404 as a path does."""
        known = next((each for key, each in self.objects.items() if key.lower() == name.lower()), None)
        if known is None:
            raise Refusal(404, "NOT_FOUND", "The requested resource does not exist")
        return known

    def visible(self, kind: Sobject, name: str) -> Field:
        """A field its user sees; raises 400."""
        known = kind.find(name)
        if known is None or f"{kind.name}.{known.name}" in self.hidden:
            raise no_field(kind.name, name)
        return known

    def rows(self, kind: Sobject, *, deleted: bool = False) -> Iterator[Record]:
        """What a query sees of an object."""
        now = self.clock.now()
        for record in list(self.records.values()):
            if record.object_type == kind.name and record.shown_at <= now and (deleted or not record.deleted):
                yield record

    def get(self, kind: Sobject, record_id: str) -> Record:
        """A live record by id of 15 or 18 characters; raises 404."""
        record = self.records.get(record_id) or self.records.get(long_id(record_id[:15]))
        if record is None or record.object_type != kind.name or record.deleted:
            raise Refusal(404, "NOT_FOUND", "The requested resource does not exist")
        return record

    def by_key(self, kind: Sobject, name: str, value: str) -> Record | None:
        """A live record by an external id; raises where there are several, or the field is no key."""
        known = self.visible(kind, name)
        if known.name != "Id" and not known.external_id and known.type != "email":
            raise no_field(kind.name, name)
        found = [each for each in self.rows(kind) if same(each.fields.get(known.name), value)]
        if len(found) > 1:
            urls = [f"/sobjects/{kind.name}/{each.id}" for each in found]
            raise Refusal(300, "DUPLICATE_EXTERNAL_ID", "The external id is not unique", urls=urls)
        return found[0] if found else None

    def put(self, object_type: str, given: Mapping[str, Json]) -> Record:
        """A new record as it is, without any of the rules."""
        kind, now = self.objects[object_type], self.clock.now()
        self._made += 1
        record_id = long_id(kind.prefix + _in_base_62(self._made + 10**7).rjust(12, "0"))
        fields = {name: each.default for name, each in kind.fields.items()} | dict(given)
        stamps = dict.fromkeys(("CreatedDate", "LastModifiedDate", "SystemModstamp"), written(now))
        user = self.user_id or None
        fields |= {"Id": record_id, **stamps, "CreatedById": user, "LastModifiedById": user}
        if "OwnerId" in kind.fields and not fields.get("OwnerId"):
            fields["OwnerId"] = user
        record = Record(kind.name, fields, now + timedelta(seconds=self.commit_lag))
        self.records[record_id] = record
        self._derive(record)
        return record

    def touch(self, record: Record, given: Mapping[str, Json]) -> None:
        """New values, as they are."""
        now = written(self.clock.now())
        record.fields |= dict(given) | {"LastModifiedDate": now, "SystemModstamp": now}
        self._derive(record)

    def delete(self, record: Record, *, purge: bool = False) -> None:
        """Into the recycling bin; `purge`: and out of it, so that no query finds it."""
        now = self.clock.now()
        record.fields |= {"IsDeleted": True, "SystemModstamp": written(now), "LastModifiedDate": written(now)}
        self.gone.append((record.object_type, record.id, now))
        if purge:
            del self.records[record.id]
        for other in list(self.records.values()):
            if not other.deleted and any(other.fields.get(name) == record.id for name in BELONGS):
                self.delete(other)

    def convert(self, lead: Record) -> Record:
        """A lead becomes a contact with an account, or a person account; its own row stays and is closed."""
        held = lead.fields
        same_names = {"FirstName", "LastName", "Phone", "MobilePhone", "LeadSource", "Email", "HasOptedOutOfEmail"}
        if self.person_accounts:
            named = {"LastName": held["LastName"], "FirstName": held["FirstName"], "Phone": held["Phone"]}
            account = self.make_person(
                {**named, "PersonEmail": held["Email"], "PersonMobilePhone": held["MobilePhone"]}
            )
            contact = self.records[account.fields["PersonContactId"]]
        else:
            account = self.put("Account", {"Name": held["Company"]})
            given = {name: held[name] for name in same_names} | {"AccountId": account.id}
            contact = self.put("Contact", given)
        ids = {"ConvertedAccountId": account.id, "ConvertedContactId": contact.id}
        self.touch(lead, {"IsConverted": True, "Status": "Closed - Converted", **ids})
        for other in self.records.values():
            if other.object_type in {"Event", "Task"} and other.fields["WhoId"] == lead.id:
                self.touch(other, {"WhoId": contact.id})
        return contact

    def make_person(self, given: Mapping[str, Json]) -> Record:
        """A person account, with the contact that belongs to it."""
        contact = self.put("Contact", {"LastName": given["LastName"], "FirstName": given.get("FirstName")})
        account = self.put("Account", {**given, "IsPersonAccount": True, "PersonContactId": contact.id})
        self.touch(contact, {"IsPersonAccount": True, "AccountId": account.id, "Email": given.get("PersonEmail")})
        return account

    def merge(self, master: Record, gone: Record) -> None:
        """Two records become one: the other goes to the bin and names it, and what was beside it moves over."""
        gone.fields["MasterRecordId"] = master.id
        for other in self.records.values():
            for name in ("WhoId", "WhatId", "ContactId", "AccountId"):
                if other.fields.get(name) == gone.id:
                    self.touch(other, {name: master.id})
        self.delete(gone)
        self.touch(master, {})

    def _derive(self, record: Record) -> None:
        """What Salesforce works out by itself."""
        held = record.fields
        if record.object_type in {"Lead", "Contact"} or held.get("LastName"):
            held["Name"] = " ".join(part for part in (held.get("FirstName"), held.get("LastName")) if part)
        if record.object_type == "Task":
            closed = held["Status"] == "Completed"
            held["CompletedDateTime"] = (held["CompletedDateTime"] or held["SystemModstamp"]) if closed else None
            held["IsClosed"] = closed
        if record.object_type == "ServiceAppointment":
            held["StatusCategory"] = CATEGORIES.get(held["Status"] or "None", "None")
            held["AppointmentNumber"] = held["AppointmentNumber"] or f"SA-{self._made:04d}"


def same(held: Json, given: Json) -> bool:
    """Equality as SOQL has it: capitals do not count."""
    if isinstance(held, str) and isinstance(given, str):
        return held.lower() == given.lower()
    return bool(held == given)


def written(moment: datetime) -> str:
    """`2026-11-12T14:00:00.000+0000`."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}+0000"


def long_id(short: str) -> str:
    """The 18 characters of an id of 15: the last three tell which of the others are capitals."""
    flags = [
        sum((sign.isupper() and sign.isascii()) << at for at, sign in enumerate(short[n : n + 5])) for n in (0, 5, 10)
    ]
    return short + "".join(LETTERS[flag] for flag in flags)


def _in_base_62(number: int) -> str:
    found = ""
    while number:
        number, rest = divmod(number, 62)
        found = DIGITS[rest] + found
    return found
