"""Records come in lots, in any order and again: who is who must not depend on it."""

import random
from collections import defaultdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from canonical.people import PersonRecord
from ledger.people import by_ids
from ledger.store import Store
from pipelines.resolve import resolve
from pipelines.resolve import stage as resolve_stage
from pipelines.resolve.decide import Decision, decide
from pipelines.resolve.partition import partition
from tests.ledger_fixture import fresh_ledger
from tests.pipelines.resolve.landed import NOW, Landing, patient, practice, record_id, someone
from tests.pipelines.resolve.test_partition import PHONES, WORLD_FAMILY, WORLD_GIVEN, record, shape

Landed = tuple[str, PersonRecord]


@st.composite
def worlds(draw: st.DrawFn) -> list[Landed]:
    """Records of three tools, each under an id of its own."""
    made = []
    for number in range(draw(st.integers(2, 9))):
        tool = draw(st.sampled_from(("book", "crm", "form")))
        person = PersonRecord(
            vendor_id=str(number),
            given_name=draw(st.sampled_from(WORLD_GIVEN)),
            family_name=draw(st.sampled_from(WORLD_FAMILY)),
            phones=tuple(draw(st.lists(st.sampled_from(PHONES), max_size=2, unique=True))),
            is_patient=tool == "book",
        )
        made.append((tool, person))
    return made


def _joined(store: Store, landed: list[Landed]) -> set[frozenset[str]]:
    ids = {record_id(tool, "person", person.vendor_id): person.vendor_id for tool, person in landed}
    found: dict[str, set[str]] = defaultdict(set)
    with store.reading() as session:
        for row in by_ids(session, "links_of_records", ids):
            found[row["person_id"]].add(ids[row["record_id"]])
    return {frozenset(members) for members in found.values()}


def _expected(landed: list[Landed]) -> set[frozenset[str]]:
    records = [record(int(person.vendor_id), tool, person) for tool, person in landed]
    return {frozenset(str(int(one[4:])) for one in cluster) for cluster in shape(partition(records))}


@settings(max_examples=8)
@given(worlds(), st.integers(0, 2**32))
def test_r1_lots_in_any_order_come_to_the_partition_of_all(landed: list[Landed], seed: int) -> None:
    dice = random.Random(seed)
    order = dice.sample(landed, len(landed))
    with TemporaryDirectory() as folder:
        store = fresh_ledger(Path(folder))
        landing, start = Landing(store), 0
        while start < len(order):
            lot = order[start : start + dice.randint(1, 4)]
            start += len(lot)
            for tool, person in lot:
                landing.put(tool, person)
            resolve(store, practice(), (), NOW, "run")
        assert _joined(store, landed) == _expected(landed)


def test_an_import_larger_than_a_lot_joins_across_lots(ledger: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolve_stage, "MOST", 10)
    landing = Landing(ledger)
    phones = [f"+1212555{n:04d}" for n in range(25)]
    landing.put("book", *(patient(f"b{n}", "Liz Kim", phone) for n, phone in enumerate(phones)))
    landing.put("crm", *(someone(f"c{n}", "Elizabeth Kim", phone) for n, phone in enumerate(phones)))
    counts = resolve(ledger, practice(), (), NOW, "run")
    assert (counts.read, counts.persons_new, counts.joined) == (50, 25, 25)


def test_a_lot_that_somebody_else_has_written_meanwhile_is_decided_again(
    ledger: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    landing = Landing(ledger)
    landing.put("book", patient("1", "Liz Kim", PHONES[0]))
    raced: list[bool] = []

    def slowly(*arguments: Any) -> Decision:  # noqa: ANN401 - passes on whatever it is given
        if not raced:
            raced.append(True)
            resolve(ledger, practice(), (), NOW, "the faster one")
        return decide(*arguments)

    monkeypatch.setattr(resolve_stage, "decide", slowly)
    counts = resolve(ledger, practice(), (), NOW, "the slower one")
    assert counts.persons_new == 0
    with ledger.reading() as session:
        assert len(session.rows("everyone")) == 1


def test_the_settings_that_decide_about_people_are_applied_to_everybody_once(ledger: Store) -> None:
    landing = Landing(ledger)
    landing.put("book", patient("1", "Liz Kim", PHONES[0]))
    resolve(ledger, practice(), (), NOW, "run")
    listed = practice().model_copy(update={"staff_phones": (PHONES[0],)})
    resolve(ledger, listed, (), NOW, "run")
    with ledger.reading() as session:
        assert [row["flags"] for row in session.rows("everyone")] == ["staff"]
        before = session.head.seq
    resolve(ledger, listed, (), NOW, "run")
    with ledger.reading() as session:
        assert session.head.seq == before
