"""From any node of the story back to the vendor's bytes, and on to the receipt, without meeting anybody else."""

from pathlib import Path

import pytest

from ledger.lineage import Lineage, NodeKind, trace
from ledger.store import Store
from tests.connectors.files.dropped import STREAM, Drop
from tests.pipelines.arriving import HEADER, NOW, Desk, row

KINDS = [kind.value for kind in NodeKind]


@pytest.fixture
def desk(ledger: Store, tmp_path: Path) -> Desk:
    """Two appointments on their way, the first moved once."""
    desk = Desk(ledger, Drop(tmp_path / "drop"), tmp_path / "mappings")
    desk.drop.put("appointments-1.csv", HEADER + row(1) + row(2, start="soon") + row(3))
    desk.landed()
    desk.counts()
    desk.drop.put("appointments-2.csv", HEADER + row(1, start="2026-12-01 11:00"))
    desk.landed()
    desk.counts()
    _visit(desk, "v-one", "1")
    _visit(desk, "v-three", "3")
    return desk


def _visit(desk: Desk, visit_id: str, vendor_id: str) -> None:
    """What the visits stage makes of the newest version of an appointment."""
    version = next(one for one in reversed(desk.rows("versions")) if one["vendor_id"] == vendor_id)
    known = {"record_id": version["record_id"], "visit_id": visit_id}
    with desk.store.writing() as session:
        session.insert("visit_records", [known])
        session.insert(
            "visit_versions", [known | {"version_id": version["version_id"], "ordinal": 1, "status": "booked"}]
        )


def told(desk: Desk, node_id: str, *, causes: bool = True, effects: bool = True) -> Lineage:
    with desk.store.reading() as session:
        return trace(session, node_id, causes=causes, effects=effects)


def said(desk: Desk) -> str:
    """An action on the first appointment's visit, with everything that follows from one; its visit."""
    raw = next(one["raw_id"] for one in desk.rows("raw") if one["vendor_id"] == "1")
    visit = "v-one"
    about = {
        "action_id": "a-one",
        "step": "3.2-reminder-24h",
        "row": "3.2",
        "subject_kind": "visit",
        "subject_id": visit,
    }
    with desk.store.writing() as session:
        session.insert(
            "open_actions", [about | {"occurrence": 1, "state": "sent", "message_id": "m-one", "planned_at": NOW}]
        )
        session.insert(
            "open_actions",
            [about | {"action_id": "a-two", "subject_id": "v-other", "state": "planned", "occurrence": 1}],
        )
        session.insert(
            "verdicts", [{"verdict_id": "ve-one", "action_id": "a-one", "outcome": "allow", "decided_at": NOW}]
        )
        session.insert(
            "messages", [{"message_id": "m-one", "carrier": "a-one", "carries": "a-one,a-bundled", "template": "t"}]
        )
        session.insert(
            "attempts", [{"attempt_id": "at-one", "action_id": "a-one", "message_id": "m-one", "claimed_at": NOW}]
        )
        session.insert("attempt_outcomes", [{"attempt_id": "at-one", "outcome": "sent", "vendor_id": "SM1"}])
        session.insert("receipts", [{"attempt_id": "at-one", "status": "delivered", "raw_id": raw, "happened_at": NOW}])
    return visit


def test_a_raw_row_leads_to_its_version_and_its_visit(desk: Desk) -> None:
    raw = next(one for one in desk.rows("raw") if one["vendor_id"] == "1")
    found = told(desk, raw["raw_id"])
    assert [node.kind for node in found.nodes] == [NodeKind.RAW, NodeKind.VERSION, NodeKind.VISIT]
    assert found.nodes[0].about["origin"] == "appointments-1.csv:2"
    assert found.nodes[0].about["sha256"] == raw["content_hash"]
    assert found.nodes[1].about["version"] == "1"
    assert [link.how for link in found.links] == ["became", "made or changed"]


def test_a_receipt_leads_back_to_every_bytes_it_came_from(desk: Desk) -> None:
    said(desk)
    receipt = f"receipt-{desk.rows('receipts')[0]['seq']}"
    found = told(desk, receipt, effects=False)
    assert {node.kind for node in found.nodes} >= {
        NodeKind.RAW,
        NodeKind.VERSION,
        NodeKind.VISIT,
        NodeKind.ACTION,
        NodeKind.MESSAGE,
        NodeKind.ATTEMPT,
        NodeKind.RECEIPT,
    }
    assert [node.about["origin"] for node in found.of_kind(NodeKind.RAW)] == [
        "appointments-1.csv:2",
        "appointments-2.csv:2",
    ]
    assert found.of_kind(NodeKind.ATTEMPT)[0].about["outcome"] == "sent"
    order = [KINDS.index(node.kind) for node in found.nodes]
    assert order == sorted(order)


def test_a_visit_leads_on_to_its_own_actions_only(desk: Desk) -> None:
    visit = said(desk)
    found = told(desk, visit, causes=False)
    assert [node.node_id for node in found.of_kind(NodeKind.ACTION)] == ["a-one"]
    assert {node.kind for node in found.nodes} == {
        NodeKind.VISIT,
        NodeKind.ACTION,
        NodeKind.VERDICT,
        NodeKind.MESSAGE,
        NodeKind.ATTEMPT,
        NodeKind.RECEIPT,
    }


def test_an_absorbed_action_leads_to_the_message_that_carried_it(desk: Desk) -> None:
    said(desk)
    assert [node.node_id for node in told(desk, "a-bundled").of_kind(NodeKind.MESSAGE)] == ["m-one"]


def test_a_record_set_aside_says_why(desk: Desk) -> None:
    raw = next(one["raw_id"] for one in desk.rows("raw") if one["vendor_id"] == "2")
    found = told(desk, raw)
    assert [node.kind for node in found.nodes] == [NodeKind.RAW]
    assert [(mark.stage, mark.code, mark.open) for mark in found.marks] == [("normalize", "unreadable", True)]


def test_a_record_is_the_story_of_all_its_versions(desk: Desk) -> None:
    record = next(one["record_id"] for one in desk.rows("raw") if one["vendor_id"] == "1")
    assert [node.about["version"] for node in told(desk, record).of_kind(NodeKind.VERSION)] == ["1", "2"]


def test_nothing_of_it_is_text_or_contact(desk: Desk) -> None:
    said(desk)
    record = next(one["record_id"] for one in desk.rows("raw") if one["vendor_id"] == "1")
    shown = repr(told(desk, record))
    assert "'p1'" not in shown
    assert "2026-12-01 09:00" not in shown
    assert STREAM in shown


@pytest.mark.parametrize("unknown", ["r-nobody", "p-somebody", "nonsense", ""])
def test_an_unknown_id_has_no_story(desk: Desk, unknown: str) -> None:
    assert told(desk, unknown).nodes == ()
