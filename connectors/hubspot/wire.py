"""HubSpot's payloads: which fields must be there. Everything else is kept and never required.

Source: HubSpot's specification collection @ 99893791 and recorded traffic (grouparoo, 2022-02): property values may be
null, `total` may disagree with `results`, and every field of an error may be missing.

A record is a row as HubSpot wrote it. Where it says by association whom it is about, the association's own rows stand in
it as `contacts`, the one that counts as `contact`, and for a lead that contact's row as `person`: three answers, each piece
untouched.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field

from connectors.kit.shapes import AnyId, Shape


def _record(written: object) -> object:
    """What is no record says nothing."""
    return written if isinstance(written, dict) else {}


ObjectId = Annotated[str, Field(pattern=r"^\d{1,20}$")]


class Record(Shape):
    """A row of any object type."""

    id: AnyId
    properties: Annotated[dict[str, Any], BeforeValidator(_record)] = Field(default_factory=dict)


class Linked(Shape):
    """One end of an association. HubSpot's documents say number, its answers text: both are an id."""

    object_id: Annotated[AnyId, Field(alias="toObjectId")]


class AboutContact(Record):
    """A row with whom it is about."""

    contact: Linked | None = None
    contacts: tuple[Linked, ...] = ()


class Lead(AboutContact):
    """A lead with the contact's own row."""

    person: Record | None = None


class Written(Shape):
    """A row of a batch that was written."""

    id: ObjectId
    new: bool = False


class BatchAnswer(Shape):
    """The answer to a batch: rows that were written, and errors for those that were not (207)."""

    results: tuple[Written, ...] = ()
    errors: tuple[dict[str, Any], ...] = ()


class Subscription(Shape):
    """What an address gets: one kind of mail, or (`wide`) all of the portal or of one brand. The address itself is not kept."""

    status: str = ""
    wide: str = Field("", alias="wideStatusType")
    business_unit: int | None = Field(None, alias="businessUnitId")

    @property
    def is_off(self) -> bool:
        """Whether that is nothing."""
        return self.status == "UNSUBSCRIBED"


class Unsubscribed(Shape):
    """The answer to "no mails at all", a row for each kind of mail, and to the question whether that holds: a wide row, or none."""

    results: tuple[Subscription, ...] = ()

    @property
    def all_off(self) -> bool:
        """Whether there are kinds of mail, and all of them say so."""
        return bool(self.results) and all(each.is_off for each in self.results)

    def holds(self, unit: str) -> bool:
        """Whether the portal's mails are off, or those of that brand where one is meant."""
        off = (each for each in self.results if each.is_off)
        return any(each.wide == "PORTAL_WIDE" or (unit and str(each.business_unit) == unit) for each in off)


class Details(Shape):
    """The portal a token opens."""

    portal_id: int = Field(alias="portalId")
    time_zone: str = Field("", alias="timeZone")


class TokenInfo(Shape):
    """What a static token may do."""

    scopes: tuple[str, ...] = ()


class Property(Shape):
    """A property's definition."""

    name: str
    unique: bool = Field(default=False, alias="hasUniqueValue")


class Change(Shape):
    """One event of a webhook's batch: ids and no record."""

    portal_id: int = Field(alias="portalId")
    type: str = Field(alias="subscriptionType")
    object_id: int | None = Field(None, alias="objectId")
    became: int | None = Field(None, alias="newObjectId")
    stayed: int | None = Field(None, alias="primaryObjectId")
    from_id: int | None = Field(None, alias="fromObjectId")

    @property
    def about(self) -> int | None:
        """The record to read again: of a merge the one that is left, of an association the end it was made from."""
        named = (self.became, self.stayed, self.object_id, self.from_id)
        return next((each for each in named if each is not None), None)


SHAPES: Final[Mapping[str, type[Shape]]] = {
    "contacts": Record,
    "new_leads": Record,
    "leads": Lead,
    "meetings": AboutContact,
    "appointments": AboutContact,
    "tasks": AboutContact,
    "calls": AboutContact,
}
"""Stream → what a record of it must have."""
