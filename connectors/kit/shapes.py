"""Vendor payloads at the border: ids strict, everything else kept; and splitting a page without losing a byte."""

from collections.abc import Callable, Container, Iterable, Mapping
from typing import Annotated, Any, TypeVar

import msgspec
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from canonical.problems import ProtocolBroken, Where
from canonical.raw import Suspect

Row = TypeVar("Row")


class Shape(BaseModel):
    """What a record must have to be understood. Unknown fields survive; errors never quote values."""

    model_config = ConfigDict(frozen=True, extra="allow", hide_input_in_errors=True, populate_by_name=True)


VendorId = Annotated[str, Field(min_length=1, max_length=200)]
"""An id as the vendor writes it. A number that became text elsewhere (9.37E+12) is not one; see the files connector."""


def said(written: object) -> str:
    """A text, or a whole number as text; nothing for anything else. Vendors write one id both ways."""
    if isinstance(written, int) and not isinstance(written, bool):
        return str(written)
    return written if isinstance(written, str) else ""


AnyId = Annotated[VendorId, BeforeValidator(lambda written: said(written) or written)]
"""An id of a vendor that writes the same one as a text here and as a number there."""

S = TypeVar("S", bound=BaseModel)


class Misshapen(Exception):
    """The bytes are not of that shape; the message names fields and rules, never values."""


def shaped(body: bytes, shape: type[S]) -> S:
    """The JSON bytes as that model. Raises `Misshapen`."""
    problem = ""
    try:
        return shape.model_validate_json(body)
    except ValidationError as wrong:
        problem = "; ".join(_named(error) for error in wrong.errors(include_url=False, include_input=False)[:5])
    raise Misshapen(problem)


def _named(error: ErrorDetails) -> str:
    if error["type"] == "json_invalid":
        return "is not JSON"  # pydantic's own text quotes the bytes
    place = ".".join(str(part) for part in error["loc"])
    return f"has a wrong {place or 'body'} ({error['type']})"


def require_shape(fields: Mapping[str, Any], shape: type[Shape], where: Where) -> None:
    """Raises `ProtocolBroken`, naming fields and never values, unless a decoded record has that shape."""
    problem = ""
    try:
        shape.model_validate(fields)
    except ValidationError as wrong:
        problem = "; ".join(_named(error) for error in wrong.errors(include_url=False, include_input=False)[:5])
    if problem:
        raise ProtocolBroken(
            where, f"the record {problem}.", next_step="Compare the bytes in quarantine with the documentation."
        )


def split(body: bytes, under: str) -> tuple[tuple[bytes, ...], Mapping[str, Any]]:
    """The records of a page, each exactly as the vendor wrote it, and the page's other fields. A list that is null is empty.

    Raises:
        Misshapen: the page is not JSON, or has nothing under that name, or something else.
    """
    problem = ""
    try:
        page = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
        records = msgspec.json.decode(page.pop(under), type=list[msgspec.Raw] | None) or []
        rest = {name: msgspec.json.decode(raw) for name, raw in page.items()}
    except KeyError:
        problem = f"has no {under}"
    except (msgspec.DecodeError, UnicodeDecodeError):
        problem = f"is not JSON with a list of {under}"
    else:
        return tuple(bytes(record) for record in records), rest
    raise Misshapen(problem)


def beside(body: bytes, name: str, told: Mapping[str, Any] | msgspec.Raw) -> bytes:
    """A record, byte for byte as the vendor wrote it, with what we found out about it added under one name of ours.

    Another record of the vendor's goes in as `msgspec.Raw`, and its bytes are left alone as well.
    """
    return body.rstrip()[:-1] + b"," + msgspec.json.encode(name) + b":" + msgspec.json.encode(told) + b"}"


def without(body: bytes, names: Container[str]) -> bytes:
    """A record less some of its fields, every other one as the vendor wrote it: what we have no use for is not kept (MIN-01).

    Raises:
        Misshapen: it is no JSON object.
    """
    problem = ""
    try:
        fields = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    except (msgspec.MsgspecError, UnicodeDecodeError):
        problem = "is no JSON object"
    else:
        left = [msgspec.json.encode(name) + b":" + bytes(raw) for name, raw in fields.items() if name not in names]
        return b"{" + b",".join(left) + b"}"
    raise Misshapen(problem)


def told_apart(
    bodies: Iterable[bytes], read: Callable[[bytes], Row | None], suspect: Callable[[bytes, str], Suspect], origin: str
) -> tuple[tuple[Row, ...], tuple[Suspect, ...]]:
    """The rows of a page; what is none is set aside alone, with where it stood (`origin`, its number), and the page goes on."""
    found = [(read(body), body) for body in bodies]
    bad = [suspect(body, f"{origin} {at}") for at, (row, body) in enumerate(found, 1) if row is None]
    return tuple(row for row, _ in found if row is not None), tuple(bad)
