"""Meta's payloads: which fields must be there. Everything else is kept and never required.

Source: Meta's lead-ads and Messenger pages, the official webhook sample, and the fields of facebook-business 26.0.3 (read 2026-11).
Ids come as numbers and as texts.

A record is a row as Meta wrote it. Under `told` stands what a mapping cannot say: a lead's answers and boxes by name with the words
of the boxes, and of a thread who asked, since when, and what.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field

from connectors.kit.shapes import Shape, VendorId


def _text(written: object) -> object:
    return str(written) if isinstance(written, int) and not isinstance(written, bool) else written


def _rows(written: object) -> object:
    """A list that is null is an empty one; an edge keeps its list under `data`."""
    if isinstance(written, dict):
        return written.get("data") or ()
    return () if written is None else written


GraphId = Annotated[VendorId, BeforeValidator(_text)]


class Lead(Shape):
    """A filled lead form."""

    id: GraphId
    created_time: str | None = None
    told: dict[str, Any] = Field(default_factory=dict)


class Person(Shape):
    """One side of a thread."""

    id: Annotated[str, BeforeValidator(_text)] = ""
    name: str | None = None
    username: str | None = None


class Message(Shape):
    """One line of a thread."""

    id: GraphId
    created_time: str | None = None
    sender: Person | None = Field(None, alias="from")
    message: str | None = None


class Cursors(Shape):
    """Where an edge goes on."""

    after: str | None = None


class Paging(Shape):
    """Whether an edge goes on at all: without `next` it does not."""

    cursors: Cursors | None = None
    next: str | None = None

    @property
    def token(self) -> str | None:
        """What to ask with; None on the last page."""
        return self.cursors.after if self.next and self.cursors and self.cursors.after else None


class Messages(Shape):
    """Lines of a thread, newest first."""

    data: Annotated[tuple[Message, ...], BeforeValidator(_rows)] = ()
    paging: Paging | None = None


class Thread(Shape):
    """A conversation with one person."""

    id: GraphId
    updated_time: str | None = None
    participants: Annotated[tuple[Person, ...], BeforeValidator(_rows)] = ()
    messages: Messages | None = None


class Conversation(Shape):
    """A thread as it lands."""

    id: GraphId
    told: dict[str, Any]


class DirectMessage(Message):
    """A line of a thread as it lands."""

    told: dict[str, Any]


class Checkbox(Shape):
    """A box of a form, with the words beside it."""

    key: str
    text: str = ""
    is_checked_by_default: bool | None = None


class Disclaimer(Shape):
    """The practice's own words on a form."""

    checkboxes: Annotated[tuple[Checkbox, ...], BeforeValidator(_rows)] = ()


class Legal(Shape):
    """What a form asks to agree to."""

    custom_disclaimer: Disclaimer | None = None


class Form(Shape):
    """A lead form."""

    id: GraphId
    name: str = ""
    legal_content: Legal | None = None


class Forms(Shape):
    """A page of lead forms."""

    data: Annotated[tuple[Form, ...], BeforeValidator(_rows)] = ()
    paging: Paging | None = None


class Threads(Shape):
    """A page of threads, where only their lines are wanted."""

    data: Annotated[tuple[Thread, ...], BeforeValidator(_rows)] = ()


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

    id: Annotated[str, BeforeValidator(_text)] = ""
    subscribed_fields: Annotated[tuple[str, ...], BeforeValidator(_rows)] = ()


class Apps(Shape):
    """The apps that a page calls."""

    data: Annotated[tuple[App, ...], BeforeValidator(_rows)] = ()


SHAPES: Final[Mapping[str, type[Shape]]] = {
    "leads": Lead,
    "conversations": Conversation,
    "direct_messages": DirectMessage,
}
"""Stream → what a record of it must have."""
