"""Every answer of NexHealth is an envelope: `{code, description, error, data}`, in lists with `page_info`.

`code: false` can come inside a 2xx (the documents' own example of a 201 does), so the data decides: records that are there
are read, and only an envelope without any is the no it says it is. Nothing of `error` or `description` is repeated: both
may quote the request.
"""

from typing import Any, Final, NamedTuple, TypeVar

import msgspec

from canonical.problems import ConnectorProblem, RefusalReason, Refused, Where
from connectors.kit.calls import broken_page
from connectors.kit.shapes import Misshapen, Shape, shaped
from connectors.nexhealth.wire import PageInfo

S = TypeVar("S", bound=Shape)

_WRAPPED: Final = ("appointments", "patients", "appt", "appointment", "user", "patient")
"""Names under which older versions, webhooks and writes put a record inside `data`."""
PAGE: Final = "page "
"""How a token of ours begins that is no cursor of NexHealth's, but the number of a page."""
_NO: Final = "NexHealth says no inside a success."


class _Answer(msgspec.Struct):
    data: msgspec.Raw = msgspec.Raw(b"null")
    code: bool | None = None
    page_info: msgspec.Raw = msgspec.Raw(b"null")
    count: Any = None


class Listed(NamedTuple):
    """A page of a list."""

    bodies: tuple[bytes, ...]
    """Its records, each exactly as it came."""
    next: str | None
    """The token of the next page; None on the last."""
    total: Any = None
    """`count`, as it came: how many the list has in all. Documented for lists without a cursor only."""


def rows(body: bytes, where: Where, token: str = "") -> Listed:
    """A page of a list. `token` led to it.

    Older versions say nothing about pages and are asked page by page, until one is empty.

    Raises:
        ProtocolBroken: it is no such envelope. Refused: it is a no.
    """
    answer = _opened(body, where)
    found = _listed(bytes(answer.data))
    if found is None and answer.code and bytes(answer.data) == b"null":
        found = ()
    if found is None or (answer.code is False and not found):
        raise _refusal(answer, where)
    if bytes(answer.page_info) == b"null":
        return Listed(found, f"{PAGE}{_number(token) + 1}" if found else None, answer.count)
    return Listed(found, _next(bytes(answer.page_info), where), answer.count)


def going_on(token: str) -> tuple[tuple[str, str], ...]:
    """What a request says to get the page of that token."""
    if token.startswith(PAGE):
        return (("page", str(_number(token))),)
    return (("end_cursor", token),) if token else ()


def _number(token: str) -> int:
    number = token.removeprefix(PAGE)
    return int(number) if token.startswith(PAGE) and number.isdecimal() else 1


def one(body: bytes, where: Where) -> bytes:
    """The one record of an answer, exactly as it came. Raises as `rows`."""
    answer = _opened(body, where)
    found = _unwrapped(bytes(answer.data))
    if found is None:
        raise _refusal(answer, where)
    return found


def every(body: bytes, shape: type[S], where: Where) -> tuple[S, ...]:
    """The records of a list, understood. Raises as `rows`."""
    problem: ConnectorProblem
    try:
        return tuple(shaped(each, shape) for each in rows(body, where).bodies)
    except Misshapen as wrong:
        problem = broken_page(where, wrong)
    raise problem


def said_no(body: bytes) -> bool:
    """Whether an answer is a plain no: `code` false, and no record."""
    try:
        answer = msgspec.json.decode(body, type=_Answer)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return False
    return answer.code is False and not _unwrapped(bytes(answer.data))


def _opened(body: bytes, where: Where) -> _Answer:
    problem: ConnectorProblem
    try:
        return msgspec.json.decode(body, type=_Answer)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        problem = broken_page(where, Misshapen("is not NexHealth's envelope"))
    raise problem


def _listed(data: bytes) -> tuple[bytes, ...] | None:
    """The list in `data`, also where it stands under a name."""
    found = _decoded(data)
    if isinstance(found, list):
        return tuple(bytes(each) for each in found)
    if isinstance(found, dict):
        inside = next((found[name] for name in _WRAPPED if name in found), None)
        return _listed(bytes(inside)) if inside is not None else None
    return None


def _unwrapped(data: bytes) -> bytes | None:
    found = _decoded(data)
    if isinstance(found, list):
        return bytes(found[0]) if found else None
    if not isinstance(found, dict):
        return None
    if "id" in found:
        return data
    inside = next((found[name] for name in _WRAPPED if name in found), None)
    return _unwrapped(bytes(inside)) if inside is not None else None


def _decoded(data: bytes) -> list[msgspec.Raw] | dict[str, msgspec.Raw] | None:
    try:
        return msgspec.json.decode(data, type=list[msgspec.Raw] | dict[str, msgspec.Raw] | None)
    except msgspec.MsgspecError:
        return None


def _next(info: bytes, where: Where) -> str | None:
    """The token of the next page. One that is promised and not given would be records that nobody ever reads."""
    try:
        found = shaped(info, PageInfo)
    except Misshapen:
        return None  # older versions have none
    if found.has_next_page and not found.end_cursor:
        raise broken_page(where, Misshapen("says that there are more and not where"))
    return found.end_cursor if found.has_next_page else None


def _refusal(answer: _Answer, where: Where) -> ConnectorProblem:
    if answer.code is False:
        return Refused(where, RefusalReason.INVALID, _NO, next_step="Compare the request with NexHealth's reference.")
    return broken_page(where, Misshapen("has no data"))
