"""What a mapping can fill: the fields of the canonical models, and what sort of value each one holds."""

import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, Final, Union, get_args, get_origin

from pydantic import TypeAdapter
from pydantic.fields import FieldInfo

from canonical.consent import ConsentCategory, ConsentKind
from canonical.conversations import MessageRecord
from canonical.inquiries import InquiryRecord
from canonical.intakes import Intake
from canonical.invoices import Invoice
from canonical.model import Noun
from canonical.payments import Payment
from canonical.people import ConsentClaim, PersonRecord
from canonical.practice import Channel
from canonical.raw import Kind
from canonical.reviews import Review
from canonical.tasks import TaskRecord
from canonical.visits import Appointment

MODELS: Final[Mapping[Kind, type[Noun]]] = {
    Kind.PERSON: PersonRecord,
    Kind.APPOINTMENT: Appointment,
    Kind.INQUIRY: InquiryRecord,
    Kind.MESSAGE: MessageRecord,
    Kind.TASK: TaskRecord,
    Kind.REVIEW: Review,
    Kind.PAYMENT: Payment,
    Kind.INVOICE: Invoice,
    Kind.INTAKE: Intake,
}
"""Consents and suppressions are no records of their own: they arrive inside a person, an inquiry, an intake or a message."""


class Sort(StrEnum):
    """What a value is."""

    TEXT = "text"
    TRUTH = "truth"
    NUMBER = "number"
    DATE = "date"
    INSTANT = "instant"
    CODE = "code"
    """A member of a closed list of ours."""
    PARTS = "parts"
    """A small record of its own, such as one consent."""


CLOSED_WORDS: Final[Mapping[tuple[type[Noun], str], type[StrEnum]]] = {
    (ConsentClaim, "category"): ConsentCategory,
    (ConsentClaim, "kind"): ConsentKind,
    (PersonRecord, "opted_out"): Channel,
}
"""Text fields that hold one of our own words all the same."""

READ_BY: Final[Mapping[str, frozenset[str]]] = {
    "phones": frozenset({"phone"}),
    "phone": frozenset({"phone"}),
    "guardian_phone": frozenset({"phone"}),
    "emails": frozenset({"email"}),
    "email": frozenset({"email"}),
    "contact": frozenset({"phone", "email", "thread"}),
    "thread": frozenset({"thread"}),
    "zone": frozenset({"zone_name"}),
    "patient_zone": frozenset({"zone_name"}),
}
"""Fields whose text has one form, and the transforms that give it: two spellings of a phone would be two people."""

_SORTS: Final[tuple[tuple[type, Sort], ...]] = (
    (Noun, Sort.PARTS),
    (StrEnum, Sort.CODE),
    (str, Sort.TEXT),
    (bool, Sort.TRUTH),
    (int, Sort.NUMBER),
    (datetime, Sort.INSTANT),
    (date, Sort.DATE),
)

IDENTIFIERS: Final = frozenset(
    {
        "vendor_id",
        "person_vendor_id",
        "appointment_vendor_id",
        "rescheduled_from",
        "rescheduled_to",
        "returned_from",
        "aliases",
        "reference",
    }
)
"""Fields that lead to a record. A number a spreadsheet has rounded must not lead to somebody else's."""

MAY_STAY_EMPTY: Final = frozenset(
    {
        (Kind.PERSON, "phones"),
        (Kind.PERSON, "emails"),
        (Kind.PERSON, "consents"),
        (Kind.PERSON, "sex"),
        (Kind.PERSON, "language"),
        (Kind.PERSON, "address_state"),
        (Kind.PERSON, "created_at"),
        (Kind.PERSON, "updated_at"),
        (Kind.INQUIRY, "phone"),
        (Kind.INQUIRY, "email"),
        (Kind.INQUIRY, "thread"),
        (Kind.INQUIRY, "language"),
        (Kind.INQUIRY, "consents"),
        (Kind.INTAKE, "consents"),
        (Kind.INQUIRY, "campaign"),
        (Kind.INQUIRY, "stage"),
        (Kind.INQUIRY, "owner"),
        (Kind.APPOINTMENT, "updated_at"),
        (Kind.APPOINTMENT, "end"),
        (Kind.APPOINTMENT, "booked_at"),
        (Kind.APPOINTMENT, "checked_in_at"),
        (Kind.APPOINTMENT, "checked_out_at"),
        (Kind.APPOINTMENT, "patient_zone"),
        (Kind.MESSAGE, "ours"),
        (Kind.MESSAGE, "sent_at"),
        (Kind.MESSAGE, "status"),
        (Kind.MESSAGE, "error_code"),
        (Kind.MESSAGE, "reason"),
        (Kind.MESSAGE, "automated"),
        (Kind.PERSON, "owner"),
        (Kind.REVIEW, "author"),
        (Kind.REVIEW, "posted_at"),
        (Kind.PAYMENT, "at"),
        (Kind.INTAKE, "completed_at"),
    }
)
"""Where an unreadable value is left out and counted instead of setting the record aside: less is sent without it, never more.
Of an appointment that is set aside the last known state goes on counting, and of a message its STOP is not heard: what decides
nothing of both must not cost the record.
A birth date, a guardian or an opt-out is not in this list: without one of those something might go that must not."""


@dataclass(frozen=True, slots=True)
class Target:
    """One field a rule may fill."""

    name: str
    sort: Sort
    many: bool = False
    required: bool = False
    default: object = None
    """In the form it has in JSON."""
    members: tuple[str, ...] = ()
    parts: Mapping[str, "Target"] = field(default_factory=dict)
    check: Callable[[object], object] | None = None
    """Raises pydantic's `ValidationError` where the model asks for more than the sort, such as `not negative`."""


@cache
def targets(kind: Kind) -> Mapping[str, Target]:
    """Every field of the model that `kind` makes, by name."""
    return _fields(MODELS[kind])


def _fields(model: type[Noun]) -> dict[str, Target]:
    return {name: _target(model, name, info) for name, info in model.model_fields.items()}


def _target(model: type[Noun], name: str, info: FieldInfo) -> Target:
    found, many = _inner(info.annotation)
    inner: type = CLOSED_WORDS.get((model, name), found)
    sort = next(sort for kind, sort in _SORTS if issubclass(inner, kind))
    required = info.is_required()
    return Target(
        name=name,
        sort=sort,
        many=many,
        required=required,
        default=None if required else _as_json(info.get_default(call_default_factory=True, validated_data={})),
        members=_members(inner),
        parts=_parts(inner),
        check=_check(info) if info.metadata and sort is Sort.NUMBER else None,
    )


def _members(inner: type) -> tuple[str, ...]:
    return tuple(str(member) for member in inner) if issubclass(inner, StrEnum) else ()


def _parts(inner: type) -> dict[str, Target]:
    return _fields(inner) if issubclass(inner, Noun) else {}


def _inner(annotation: Any) -> tuple[type, bool]:  # noqa: ANN401 - a type annotation is any object
    """The class inside `X | None`, `tuple[X, ...]` and `Annotated[X, …]`, and whether there are many of it."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _inner(get_args(annotation)[0])
    if origin in {Union, types.UnionType}:
        return _inner(next(part for part in get_args(annotation) if part is not type(None)))
    if origin is tuple:
        return _inner(get_args(annotation)[0])[0], True
    if not isinstance(annotation, type):
        raise TypeError(f"mappings/targets.py does not know fields of type {annotation}")
    return annotation, False


def _as_json(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


def _check(info: FieldInfo) -> Callable[[object], object]:
    adapter: TypeAdapter[object] = TypeAdapter(Annotated[info.annotation, *info.metadata])  # type: ignore[arg-type]  # built at run time
    return adapter.validate_python
