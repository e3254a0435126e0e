"""Reading an edge of Graph: a page of rows, each untouched, and where it goes on."""

from collections.abc import Sequence
from dataclasses import dataclass

from canonical.problems import ProtocolBroken
from canonical.raw import Suspect
from connectors.kit.access import Access
from connectors.kit.calls import Line, broken_page
from connectors.kit.exchange import get
from connectors.kit.shapes import Misshapen, split
from connectors.meta import client
from connectors.meta.wire import Paging


@dataclass(frozen=True, slots=True)
class Edge:
    """One page of an edge. `after` is where it goes on, empty where it does not."""

    bodies: tuple[bytes, ...]
    after: str


def edge(
    access: Access, calling: Line, path: str, query: Sequence[tuple[str, str]], capability: str, after: str
) -> Edge:
    """One page.

    Raises:
        ProtocolBroken: it is no page, or it says that it goes on where it began.
    """
    problem: ProtocolBroken
    asked = [*query, *([("after", after)] if after else [])]
    answer = calling.read(get(client.resource(access, path), asked), capability)
    try:
        bodies, rest = split(answer.body, "data")
    except Misshapen:
        problem = broken_page(access.where(capability), Misshapen("is not JSON with a list of data"))
    else:
        paging = rest.get("paging")
        following = (Paging.model_validate(paging).token if isinstance(paging, dict) else None) or ""
        if not following or following != after:
            return Edge(bodies, following)
        problem = ProtocolBroken(
            access.where(capability), "its pages never end: one cursor came twice.", next_step="Report it to Meta."
        )
    raise problem


def suspect(body: bytes, origin: str) -> Suspect:
    """A row that is none."""
    return Suspect(
        body=body,
        origin=origin,
        code="no_id",
        problem="a row without an id",
        next_step="Compare the bytes with Meta's page.",
    )
