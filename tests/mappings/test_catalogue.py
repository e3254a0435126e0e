"""A practice adds to a shipped mapping, replaces parts of it, and takes parts back; the hash covers all of it."""

from pathlib import Path

import pytest

from canonical.ids import ConnectionId
from canonical.practice import Connection
from mappings.catalogue import SHIPPED, Catalogue
from mappings.lineage import shown
from tests.mappings.written import Written, applied

BASE = """
    kind: person
    id: id
    volatile: [seen]
    fields:
      full_name: {from: name}
      sex: {from: sex}
    ignore:
      note: Nobody reads it.
"""
RECORD: dict[str, object] = {"id": "1", "name": "Ana", "sex": "F", "note": "n", "nick": "Annie", "age": "4"}


@pytest.fixture
def layers(tmp_path: Path) -> Written:
    """A shipped folder with one mapping, and a practice's folder above it."""
    shipped = Written(tmp_path / "shipped").put(BASE, "files/people.yaml")
    return Written(tmp_path / "own", shipped=shipped.folder / "mappings")


def test_an_override_adds_and_replaces_field_by_field(layers: Written) -> None:
    layers.put(
        "fields:\n  full_name: {from: nick}\n  tags: {from: note, via: comma_list}\nignore: {age: It changes.}\n",
        "files/people.yaml",
    )
    mapping = layers.mapping("files/people")
    body = applied(mapping, {**RECORD}).body
    assert (body["full_name"], body["sex"], body["tags"]) == ("Annie", "F", ["n"])
    assert set(mapping.spec.ignored) == {"age"}


def test_what_an_override_takes_back_is_ignored_for_its_reason(layers: Written) -> None:
    layers.put("fields:\n  sex: {ignore: We do not keep it.}\n", "files/people.yaml")
    mapping = layers.mapping("files/people")
    assert applied(mapping, {**RECORD}).body["sex"] == ""
    assert mapping.spec.ignored["sex"].why == "We do not keep it."


def test_a_row_of_the_table_names_the_layer_it_comes_from(layers: Written) -> None:
    layers.put("fields:\n  full_name: {from: nick, via: trim}\n", "files/people.yaml")
    rows = {row.ours: row for row in shown(layers.mapping("files/people").spec)}
    assert (rows["full_name"].theirs, rows["full_name"].how) == ("nick", "via trim")
    assert rows["full_name"].at == "mappings/files/people.yaml:2"
    assert rows["sex"].at == "mappings/files/people.yaml:6"
    assert rows["phones"].how == "stays empty"


def test_the_hash_changes_with_either_layer_and_with_a_code_list(layers: Written) -> None:
    hashes = {layers.mapping("files/people").hash}
    layers.put("fields:\n  language: {from: l, code: tongue}\n", "files/people.yaml")
    layers.put("codes: {d: de}\n", "codes/tongue.yaml")
    hashes.add(layers.mapping("files/people").hash)
    layers.put("codes: {d: de, f: fr}\n", "codes/tongue.yaml")
    hashes.add(layers.mapping("files/people").hash)
    assert len(hashes) == 3
    assert layers.mapping("files/people").hash in hashes


def test_the_hash_does_not_depend_on_where_the_files_lie(tmp_path: Path) -> None:
    here, there = (Written(tmp_path / name, shipped=tmp_path / "none").put(BASE) for name in ("a", "b"))
    assert here.mapping().hash == there.mapping().hash
    assert here.mapping().spec.text == there.mapping().spec.text


def test_a_practices_words_are_added_to_a_shipped_code_list(tmp_path: Path) -> None:
    own = Written(tmp_path).put("codes:\n  pencilled in: requested\n  new: unknown\n", "codes/appointment_status.yaml")
    mapping = own.mapping("files/appointments")
    record: dict[str, object] = {"appointment_id": "1", "start": "2026-11-02 09:00"}
    states = [applied(mapping, record | {"status": word}).body["status"] for word in ("Pencilled in", "New", "Booked")]
    assert states == ["requested", "unknown", "booked"]


def test_a_connection_may_name_another_mapping_for_its_stream() -> None:
    settings = {"visits.mapping": "medscheduler_appointments"}
    connection = Connection(connection_id=ConnectionId("a"), vendor="files", account="x", settings=settings)
    assert Catalogue().of(connection, "visits").spec.name == "files/medscheduler_appointments"


@pytest.mark.parametrize("name", Catalogue().names())
def test_every_shipped_mapping_works_and_says_what_it_is_about(name: str) -> None:
    spec = Catalogue().mapping(*name.split("/")).spec
    assert spec.about
    assert shown(spec)


@pytest.mark.parametrize("file", sorted(SHIPPED.glob("codes/*.yaml")), ids=lambda file: file.stem)
def test_every_shipped_code_list_is_used_and_says_what_it_is_about(file: Path) -> None:
    assert file.read_text(encoding="utf-8").startswith("about:")
    used = {row.code for name in Catalogue().names() for row in Catalogue().mapping(*name.split("/")).lineage}
    assert file.stem in used
