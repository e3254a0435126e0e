"""Why, in rows: from any node back to the vendor's bytes, and on to what came of it.

raw → version → visit | inquiry | reply → action → verdict | message → attempt → receipt ← raw
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from canonical.ids import Prefix
from ledger.lists import listed
from ledger.session import Session


class NodeKind(StrEnum):
    """What a node is."""

    RAW = "raw"
    VERSION = "version"
    VISIT = "visit"
    INQUIRY = "inquiry"
    REPLY = "reply"
    ACTION = "action"
    VERDICT = "verdict"
    MESSAGE = "message"
    ATTEMPT = "attempt"
    RECEIPT = "receipt"


_KINDS: Final[Mapping[str, NodeKind]] = {
    Prefix.RAW: NodeKind.RAW,
    Prefix.VERSION: NodeKind.VERSION,
    Prefix.VISIT: NodeKind.VISIT,
    Prefix.INQUIRY: NodeKind.INQUIRY,
    Prefix.REPLY: NodeKind.REPLY,
    Prefix.ACTION: NodeKind.ACTION,
    Prefix.VERDICT: NodeKind.VERDICT,
    Prefix.MESSAGE: NodeKind.MESSAGE,
    Prefix.ATTEMPT: NodeKind.ATTEMPT,
    "receipt": NodeKind.RECEIPT,
}
_EDGES: Final[tuple[tuple[str, frozenset[NodeKind], frozenset[NodeKind], str], ...]] = (
    ("edge_raw_version", frozenset({NodeKind.RAW}), frozenset({NodeKind.VERSION}), "became"),
    ("edge_version_visit", frozenset({NodeKind.VERSION}), frozenset({NodeKind.VISIT}), "made or changed"),
    ("edge_version_inquiry", frozenset({NodeKind.VERSION}), frozenset({NodeKind.INQUIRY}), "is"),
    ("edge_version_reply", frozenset({NodeKind.VERSION}), frozenset({NodeKind.REPLY}), "is"),
    (
        "edge_subject_action",
        frozenset({NodeKind.VISIT, NodeKind.INQUIRY, NodeKind.REPLY}),
        frozenset({NodeKind.ACTION}),
        "asked for",
    ),
    ("edge_action_verdict", frozenset({NodeKind.ACTION}), frozenset({NodeKind.VERDICT}), "was judged by"),
    ("edge_action_message", frozenset({NodeKind.ACTION}), frozenset({NodeKind.MESSAGE}), "was said in"),
    ("edge_action_attempt", frozenset({NodeKind.ACTION}), frozenset({NodeKind.ATTEMPT}), "was tried by"),
    ("edge_message_attempt", frozenset({NodeKind.MESSAGE}), frozenset({NodeKind.ATTEMPT}), "was sent by"),
    ("edge_attempt_receipt", frozenset({NodeKind.ATTEMPT}), frozenset({NodeKind.RECEIPT}), "was answered by"),
    ("edge_raw_receipt", frozenset({NodeKind.RAW}), frozenset({NodeKind.RECEIPT}), "reported"),
)
"""Query, kinds of its causes, kinds of its effects, and the words between them."""


@dataclass(frozen=True, slots=True)
class Node:
    """One row of the story. `about` holds ids, hashes, codes and times; no text and no contact."""

    kind: NodeKind
    node_id: str
    at: datetime | None
    about: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Link:
    """`cause` did something to `effect`: `r-… became ver-…`."""

    cause: str
    how: str
    effect: str


@dataclass(frozen=True, slots=True)
class MarkRow:
    """A time a raw row was set aside."""

    raw_id: str
    stage: str
    code: str
    problem: str
    next_step: str
    recorded_at: datetime
    open: bool


@dataclass(frozen=True, slots=True)
class Lineage:
    """Everything that led to a node and came of it. Nodes are ordered as the facts flow, then by time."""

    start: str
    nodes: tuple[Node, ...]
    links: tuple[Link, ...]
    marks: tuple[MarkRow, ...]

    def of_kind(self, kind: NodeKind) -> tuple[Node, ...]:
        """The nodes of one kind, oldest first."""
        return tuple(node for node in self.nodes if node.kind is kind)


def kind_of(node_id: str) -> NodeKind | None:
    """What an id names, told from its prefix; None for what has no lineage (a person, a run)."""
    return _KINDS.get(node_id.partition("-")[0])


def trace(session: Session, node_id: str, *, causes: bool = True, effects: bool = True) -> Lineage:
    """The lineage of a node, or of every version of a record (`rec-…`). An unknown id has no nodes."""
    starts = _starts(session, node_id)
    known, links = set(starts), set[Link]()
    if causes:
        _walk(session, starts, known, links, forward=False)
    if effects:
        _walk(session, starts, known, links, forward=True)
    nodes = tuple(node for kind in NodeKind for node in _nodes(session, kind, known))
    marks = session.rows("marks_of_raw", ids=listed(node.node_id for node in nodes if node.kind is NodeKind.RAW))
    told = tuple(sorted(links, key=lambda link: (link.cause, link.effect)))
    return Lineage(node_id, nodes, told, tuple(MarkRow(**row) for row in marks))


def _starts(session: Session, node_id: str) -> set[str]:
    if node_id.startswith(f"{Prefix.RECORD}-"):
        return {row["raw_id"] for row in session.rows("raw_of_record", record_id=node_id)}
    return {node_id} if kind_of(node_id) else set()


def _walk(session: Session, starts: Iterable[str], known: set[str], links: set[Link], *, forward: bool) -> None:
    """Edge by edge, in one direction only: what shares a cause with a node is not part of its story."""
    frontier, seen = set(starts), set(starts)
    while frontier:
        reached: set[str] = set()
        for query, from_kinds, to_kinds, how in _EDGES:
            asked = [one for one in frontier if kind_of(one) in (from_kinds if forward else to_kinds)]
            if asked:
                params = {"causes": listed(asked) if forward else "", "effects": "" if forward else listed(asked)}
                for row in session.rows(query, **params):
                    links.add(Link(row["cause"], how, row["effect"]))
                    reached.add(row["effect"] if forward else row["cause"])
        frontier = reached - seen
        seen |= frontier
    known |= seen


def _nodes(session: Session, kind: NodeKind, known: Iterable[str]) -> list[Node]:
    ids = [one for one in known if kind_of(one) is kind]
    rows = session.rows(f"node_{kind}", ids=listed(ids)) if ids else []
    nodes = [Node(kind, row["node_id"], row["at"], _told(row["about"])) for row in rows]
    return sorted(nodes, key=lambda node: (str(node.at or ""), node.node_id))


def _told(about: Mapping[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in about.items() if value is not None}
