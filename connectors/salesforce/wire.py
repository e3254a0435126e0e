"""Salesforce's payloads: which fields must be there. Everything else is kept and never required.

Sources: grouparoo's traffic (2021-12), CumulusCI's cassettes, the samples of Salesforce's guides. Which fields a record has is
up to the org and to what its user may see; in a bulk job's rows everything is text.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import Field, RootModel

from connectors.kit.shapes import Shape

SalesforceId = Annotated[str, Field(pattern=r"^[0-9A-Za-z]{15}(?:[0-9A-Za-z]{3})?$")]


class Record(Shape):
    """A row of any object."""

    id: SalesforceId = Field(alias="Id")


class Written(Shape):
    """A row of a collection that was to be written: an id, or what is wrong. A new one that was refused has no id."""

    id: SalesforceId | None = None
    success: bool
    created: bool | None = None
    errors: tuple[dict[str, Any], ...] | None = None


class Collection(RootModel[tuple[Written, ...]]):
    """The answer to a collection: one row each, in the order they were sent, inside a 200."""


class Part(Shape):
    """The answer to one part of a composite request."""

    status: int = Field(alias="httpStatusCode")
    body: Any = None


class Composite(Shape):
    """The answer to a composite request."""

    parts: tuple[Part, ...] = Field(alias="compositeResponse", min_length=1)


class Job(Shape):
    """A bulk job. The answer to giving one out says no state in some versions."""

    id: SalesforceId
    state: str = ""


class Gone(Shape):
    """One deletion, as the list of them has it."""

    id: SalesforceId
    deleted_at: str | None = Field(None, alias="deletedDate")


class DescribedField(Shape):
    """A field of an object, as far as we ask."""

    name: str
    relation: str | None = Field(None, alias="relationshipName")
    external_id: bool = Field(default=False, alias="externalId")
    unique: bool = False
    updateable: bool = True


class Described(Shape):
    """What an org says of an object to this user."""

    fields: tuple[DescribedField, ...]

    @property
    def names(self) -> frozenset[str]:
        """Everything that a query may begin a name with."""
        return frozenset(name for field in self.fields for name in (field.name, field.relation) if name)


SHAPES: Final[Mapping[str, type[Shape]]] = dict.fromkeys(
    ("leads", "prospects", "contacts", "person_accounts", "service_appointments", "events", "tasks"), Record
)
"""Stream → what a record of it must have."""
