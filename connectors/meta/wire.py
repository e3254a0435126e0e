"""Meta's payloads: which fields must be there. Everything else is kept and never required.

Source: Meta's lead-ads and Messenger pages, the official webhook sample, and the fields of facebook-business 26.0.3 (read 2026-11).
Ids come as numbers and as texts.

A record is a row as Meta wrote it. Under `told` stands what a mapping cannot say: a lead's answers and boxes by name with the words
of the boxes, and of a thread who asked, since when, and what.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final
from urllib.parse import parse_qsl, urlsplit

from pydantic import BeforeValidator, Field

from connectors.kit.paging import left_of
from connectors.kit.shapes import AnyId, Shape, VendorId, said


def _rows(written: object) -> Sequence[object]:
    """A list that is null is an empty one, and so is what is none; an edge keeps its list under `data`."""
    found = written.get("data") if isinstance(written, dict) else written
    return found if isinstance(found, list | tuple) else ()


def _records(written: object) -> tuple[object, ...]:
    """As `_rows`, without what is no record: one odd row must not cost the others."""
    return tuple(each for each in _rows(written) if isinstance(each, dict))


def _page(written: object) -> object:
    """As `_records` of a page, which must be one: anything else is no answer."""
    return _records(written) if written is None or isinstance(written, list) else written


def _record(written: object) -> object:
    """What is no record says nothing."""
    return written if isinstance(written, dict) else None


def _preticked(written: object) -> bool:
    """Whether a box was ticked before anybody looked. What is neither a yes nor a no counts as a yes: in doubt there is no consent."""
    return str(written).casefold() not in {"false", "0", "", "none"}


GraphId = AnyId
Said = Annotated[str, BeforeValidator(said)]
"""A text or a number; empty where there is none, or something else stands there."""


class Lead(Shape):
    """A filled lead form."""

    id: GraphId
    told: dict[str, Any] = Field(default_factory=dict)


class Person(Shape):
    """One side of a thread."""

    id: Said = ""
    name: Said = ""
    username: Said = ""


class Message(Shape):
    """One line of a thread."""

    id: Said = ""
    created_time: Said = ""
    sender: Annotated[Person | None, BeforeValidator(_record)] = Field(None, alias="from")
    message: Said = ""


class Cursors(Shape):
    """Where an edge goes on."""

    after: Said = ""


class Paging(Shape):
    """Whether an edge goes on at all: without `next` it does not."""

    cursors: Annotated[Cursors | None, BeforeValidator(_record)] = None
    next: Said = ""

    @property
    def token(self) -> str | None:
        """What to ask with; None on the last page. Some edges name it in the address of the next page alone."""
        if not self.next:
            return None
        named = dict(parse_qsl(urlsplit(self.next).query)).get("after")
        return (self.cursors.after if self.cursors else "") or named


class Messages(Shape):
    """Lines of a thread, newest first."""

    data: Annotated[tuple[Message, ...], BeforeValidator(_records)] = ()
    paging: Annotated[Paging | None, BeforeValidator(_record)] = None


class Thread(Shape):
    """A conversation with one person."""

    id: GraphId
    updated_time: Said = ""
    participants: Annotated[tuple[Person, ...], BeforeValidator(_records)] = ()
    messages: Annotated[Messages | None, BeforeValidator(_record)] = None


class Conversation(Shape):
    """A thread as it lands."""

    id: GraphId
    told: dict[str, Any]


class DirectMessage(Message):
    """A line of a thread as it lands."""

    told: dict[str, Any]


class Checkbox(Shape):
    """A box of a form, with the words beside it."""

    key: Said = ""
    text: Said = ""
    is_checked_by_default: Annotated[bool, BeforeValidator(_preticked)] = False


class Disclaimer(Shape):
    """The practice's own words on a form."""

    checkboxes: Annotated[tuple[Checkbox, ...], BeforeValidator(_records)] = ()


class Legal(Shape):
    """What a form asks to agree to."""

    custom_disclaimer: Annotated[Disclaimer | None, BeforeValidator(_record)] = None


class Form(Shape):
    """A lead form. Its leads are read whatever else it says."""

    id: Said = ""
    legal_content: Annotated[Legal | None, BeforeValidator(_record)] = None
    leads_count: Any = None
    expired_leads_count: Any = None

    @property
    def shown(self) -> int | None:
        """How many leads it still shows, less those that are too old; None where Meta does not say."""
        expired = left_of(self.expired_leads_count, 0)
        return None if expired is None else left_of(self.leads_count, expired)


class Forms(Shape):
    """A page of lead forms."""

    data: Annotated[tuple[Form, ...], BeforeValidator(_page)] = ()
    paging: Annotated[Paging | None, BeforeValidator(_record)] = None


class Threads(Shape):
    """A page of threads, where only their lines are wanted."""

    data: Annotated[tuple[Thread, ...], BeforeValidator(_page)] = ()


class Sent(Shape):
    """The answer to a send. Without an id it proves nothing."""

    message_id: VendorId


class PageToken(Shape):
    """A page's own token, as a system user is given it."""

    access_token: str = Field(min_length=1)


class Page(Shape):
    """The page a token opens."""

    id: GraphId
    name: str = ""


class Debug(Shape):
    """What Meta says about a token."""

    is_valid: bool = False
    scopes: Annotated[tuple[str, ...], BeforeValidator(_rows)] = ()
    expires_at: int = 0
    data_access_expires_at: int = 0


class Debugged(Shape):
    """The envelope of that."""

    data: Debug


class App(Shape):
    """An app that a page calls."""

    id: Said = ""
    subscribed_fields: Annotated[tuple[str, ...], BeforeValidator(_rows)] = ()


class Apps(Shape):
    """The apps that a page calls."""

    data: Annotated[tuple[App, ...], BeforeValidator(_records)] = ()


SHAPES: Final[Mapping[str, type[Shape]]] = {
    "leads": Lead,
    "conversations": Conversation,
    "direct_messages": DirectMessage,
}
"""Stream → what a record of it must have."""
