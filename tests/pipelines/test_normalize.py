"""Raw rows become versions: each one mapped or set aside with its reason, none twice, none turned back."""

import threading
from pathlib import Path

import pytest

from canonical.ids import RunId
from canonical.raw import FORM, Page, RawRecord
from ledger.erasure import erase, erased
from ledger.raw import land
from ledger.records import erased_hashes
from ledger.store import Store
from ledger.streams import Stream
from mappings.catalogue import Catalogue
from pipelines.accept.arrival import arrival_of
from pipelines.normalize import StreamCounts, coverage, normalize
from pipelines.resolve.stage import resolve
from tests.connectors.files.dropped import STREAM, Drop
from tests.pipelines.arriving import HEADER, MAPPING, NOW, Desk, row


@pytest.fixture
def desk(ledger: Store, tmp_path: Path) -> Desk:
    return Desk(ledger, Drop(tmp_path / "drop"), tmp_path / "mappings")


def raw_ids(desk: Desk) -> list[str]:
    return [one["raw_id"] for one in desk.rows("raw")]


def test_a_version_knows_its_raw_row_its_mapping_and_its_place(desk: Desk) -> None:
    desk.drop.put("appointments.csv", HEADER + row(1, place="Lumen Downtown"))
    desk.landed()
    assert desk.counts() == StreamCounts(versions=1, mapped=1)
    (version,), (raw,) = desk.rows("versions"), desk.rows("raw")
    assert (version["raw_id"], version["raw_seq"], version["record_id"]) == (
        raw["raw_id"],
        raw["seq"],
        raw["record_id"],
    )
    assert (version["kind"], version["location_id"], version["ordinal"]) == ("appointment", "downtown", 1)
    assert version["mapping_hash"] == Catalogue([desk.folder]).of(desk.connection, STREAM).hash
    kept = [one for one in desk.stored("configuration") if one["hash"] == version["mapping_hash"]]
    assert [(one["kind"], one["name"]) for one in kept] == [("mapping", f"files/{STREAM}")]
    assert MAPPING.strip().splitlines()[0].strip() in kept[0]["body"]


def test_nothing_is_mapped_twice(desk: Desk) -> None:
    desk.drop.put("appointments.csv", HEADER + row(1) + row(2))
    desk.landed()
    assert desk.counts().mapped == 2
    assert desk.counts() == StreamCounts()


def test_one_row_that_cannot_be_mapped_stops_no_other_and_says_why(desk: Desk) -> None:
    desk.drop.put("appointments.csv", HEADER + row(1) + row(2, start="soon") + row(3))
    desk.landed()
    assert desk.counts() == StreamCounts(versions=3, mapped=2, quarantined=1)
    (mark,) = desk.marks()
    assert (mark["code"], mark["first_origin"]) == ("unreadable", "appointments.csv:3")
    assert "soon" not in mark["problem"]
    assert f"{STREAM}.yaml" in mark["next_step"]


def test_a_corrected_mapping_is_replayed_and_releases_what_it_can(desk: Desk) -> None:
    desk.drop.put("appointments.csv", HEADER + row(1, start="12/01/2026 9:00 AM") + row(2, start="soon"))
    desk.landed()
    assert desk.counts().quarantined == 2
    desk.map(MAPPING.replace("local_time", "local_time_us"))
    assert desk.replay().total == StreamCounts(versions=2, mapped=1, quarantined=1)
    assert [mark["marks"] for mark in desk.marks()] == [1]
    assert [body["start"] for body in desk.bodies()] == ["2026-12-01T14:00:00Z"]
    assert desk.replay().total == StreamCounts(versions=1, quarantined=1)


def test_newer_bytes_that_can_be_mapped_release_the_older_ones(desk: Desk) -> None:
    desk.drop.put("appointments-1.csv", HEADER + row(1, start="soon"))
    desk.landed()
    desk.counts()
    desk.drop.put("appointments-2.csv", HEADER + row(1))
    desk.landed()
    assert desk.counts() == StreamCounts(versions=1, mapped=1)
    assert desk.marks() == []


def test_a_broken_mapping_sets_its_own_stream_aside_and_stops_no_other(desk: Desk) -> None:
    desk.drop.put("appointments.csv", HEADER + row(1))
    desk.landed()
    _land_message(desk)
    desk.map("kind: appointment\nid: id\nfields: {start: {from: start}}\n")
    found = desk.normalize()
    assert found.closes
    assert found.counts[desk.stream] == StreamCounts(versions=1, quarantined=1)
    assert found.counts[Stream(desk.connection.connection_id, "inbound")].versions == 1
    problem = next(mark["problem"] for mark in desk.marks() if mark["stream"] == STREAM)
    assert f"{STREAM}.yaml:3" in problem
    desk.map(MAPPING)
    assert desk.replay().total.mapped == 1


def _land_message(desk: Desk) -> list[str]:
    """A webhook's event in the same ledger, as `accept` lands it."""
    stream = Stream(desk.connection.connection_id, "inbound")
    record = RawRecord(
        connection_id=stream.connection_id,
        stream=stream.name,
        vendor_id="SM1",
        body=b"MessageSid=SM1&From=%2B12125550142&Body=STOP",
        origin="webhook",
        format=FORM,
    )
    arrival = arrival_of(stream, Page(records=(record,), cursor=""), frozenset(), now=desk.now, run_id=RunId("hook"))
    with desk.store.writing() as session:
        land(session, arrival)
    return raw_ids(desk)[-1:]


def test_one_event_is_mapped_at_once_past_a_backlog_and_not_again(desk: Desk) -> None:
    desk.drop.put("appointments.csv", HEADER + row(1) + row(2))
    desk.landed()
    urgent = raw_ids(desk)[1:]
    found = normalize(desk.store, desk.config, now=desk.now, run_id=RunId("fast"), raw_ids=urgent)
    assert found.total.mapped == 1
    assert [version["vendor_id"] for version in desk.rows("versions")] == ["2"]
    assert desk.counts().mapped == 1
    assert sorted(version["vendor_id"] for version in desk.rows("versions")) == ["1", "2"]


def test_an_older_row_mapped_after_a_newer_one_turns_nothing_back(desk: Desk) -> None:
    desk.drop.put("appointments-1.csv", HEADER + row(1))
    desk.landed()
    desk.drop.put("appointments-2.csv", HEADER + row(1, status="cancelled"))
    desk.landed()
    normalize(desk.store, desk.config, now=desk.now, run_id=RunId("fast"), raw_ids=raw_ids(desk)[1:])
    assert desk.counts() == StreamCounts(versions=1, mapped=1, late=1)
    assert [body["status"] for body in desk.bodies()] == ["cancelled"]


def test_a_record_older_by_the_vendors_own_word_turns_nothing_back(desk: Desk) -> None:
    newer, older = "2026-11-20T10:00:00Z", "2026-11-19T10:00:00Z"
    desk.drop.put("appointments-1.csv", HEADER + row(1, status="cancelled", changed=newer))
    desk.landed()
    desk.drop.put("appointments-2.csv", HEADER + row(1, changed=older))
    desk.landed()
    assert desk.counts() == StreamCounts(versions=2, mapped=2, late=1)
    assert [body["status"] for body in desk.bodies()] == ["cancelled"]


def test_an_unknown_place_is_counted_and_a_place_of_somebody_else_is_gone(desk: Desk) -> None:
    desk.locations = {"Main St": "downtown", "Other Clinic": "ignore"}
    desk.map(MAPPING.replace("start: {from: start, via: local_time}", "start: {from: start, via: instant}"))
    at = "2026-12-01T09:00:00Z"
    desk.drop.put(
        "appointments.csv",
        HEADER
        + row(1, start=at, place="Main St")
        + row(2, start=at, place="Other Clinic")
        + row(3, start=at, place="Moon"),
    )
    desk.landed()
    desk.counts()
    found = {one["vendor_id"]: (one["location_id"], one["deleted"]) for one in desk.rows("versions")}
    assert found == {"1": ("downtown", False), "2": (None, True), "3": (None, False)}
    (unknown,) = [one for one in coverage(desk.store, desk.config, desk.stream) if one.what != "absent field"]
    assert (unknown.what, unknown.detail, unknown.count) == ("unknown location", "Moon", 1)


def test_a_deletion_repeats_what_was_said_last(desk: Desk) -> None:
    desk.drop.settings |= {f"{STREAM}.snapshot": "true", f"{STREAM}.may_lose": "100%"}
    desk.drop.put("appointments-1.csv", HEADER + row(1) + row(2))
    desk.landed()
    desk.counts()
    desk.drop.put("appointments-2.csv", HEADER + row(1))
    desk.landed()
    assert desk.counts() == StreamCounts(versions=1, mapped=1)
    last = desk.rows("versions")[-1]
    assert (last["vendor_id"], last["deleted"], last["ordinal"]) == ("2", True, 2)
    assert desk.bodies()[-1] == desk.bodies()[1]


def test_a_deletion_of_what_never_was_a_version_makes_none(desk: Desk) -> None:
    desk.drop.settings |= {f"{STREAM}.snapshot": "true", f"{STREAM}.may_lose": "100%"}
    desk.drop.put("appointments-1.csv", HEADER + row(1) + row(2, start="soon"))
    desk.landed()
    desk.counts()
    desk.drop.put("appointments-2.csv", HEADER + row(1))
    desk.landed()
    assert desk.counts() == StreamCounts(versions=1, mapped=1, late=1)


def test_a_changed_mapping_makes_versions_only_where_it_says_something_else(desk: Desk) -> None:
    desk.drop.put("appointments.csv", HEADER + row(1) + row(2, status="strange"))
    desk.landed()
    desk.counts()
    desk.map("codes:\n  strange: confirmed\n", "codes/appointment_status.yaml")
    found = desk.renormalize()
    assert found.total == StreamCounts(versions=2, mapped=2, same=1)
    assert [(one["vendor_id"], one["ordinal"]) for one in desk.rows("versions")] == [("1", 1), ("2", 1), ("2", 2)]
    assert desk.bodies()[-1]["status"] == "confirmed"
    assert desk.counts() == StreamCounts()


def test_coverage_names_fields_and_words_with_counts(desk: Desk) -> None:
    desk.drop.put("appointments.csv", "id,start,status,mood\n1,2026-12-01 09:00,odd,calm\n2,2026-12-01 09:00,booked,\n")
    desk.landed()
    found = coverage(desk.store, desk.config, desk.stream)
    told = [(one.what, one.field, one.detail, one.count) for one in found]
    assert told[:2] == [("unmapped field", "mood", "", 2), ("unknown code", "status", "odd", 1)]
    assert ("absent field", "place", "", 2) in told
    assert {what for what, *_ in told[2:]} == {"absent field"}
    assert all(one.next_step for one in found)


def test_records_of_a_connection_that_is_gone_wait_for_it(desk: Desk) -> None:
    desk.drop.put("appointments.csv", HEADER + row(1))
    desk.landed()
    other = desk.config.practice.model_copy(update={"connections": ()})
    gone = type(desk.config)(other, desk.config.mapping_folders)
    found = normalize(desk.store, gone, now=desk.now, run_id=RunId("r"))
    assert found.total == StreamCounts(versions=1, quarantined=1)
    assert "no connection 'schedule'" in desk.marks()[0]["problem"]
    assert desk.replay().total.mapped == 1


def test_two_processes_that_map_at_once_make_every_version_once(desk: Desk) -> None:
    desk.drop.put("appointments.csv", HEADER + "".join(row(number) for number in range(1, 301)))
    desk.landed()
    together = threading.Barrier(2)
    problems: list[BaseException] = []

    def work(name: str) -> None:
        try:
            together.wait()
            normalize(desk.store, desk.config, now=desk.now, run_id=RunId(name))
        except BaseException as problem:
            problems.append(problem)
            raise

    threads = [threading.Thread(target=work, args=(name,)) for name in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    versions = desk.rows("versions")
    assert (len(versions), len({one["version_id"] for one in versions})) == (300, 300)


PEOPLE = """
    kind: person
    id: id
    fields:
      full_name: {from: name}
      phones: {from: phone, via: phone}
"""


def test_a_person_who_was_erased_does_not_come_back_from_an_old_export(desk: Desk) -> None:
    desk.folder.joinpath(f"files/{STREAM}.yaml").unlink()
    desk.drop.settings[f"{STREAM}.mapping"] = "people"
    desk.map(PEOPLE, "files/people.yaml")
    desk.drop.put("appointments-1.csv", "id,name,phone\n1,Ana Ruiz,212-555-0142\n2,Bea Lund,212-555-0143\n")
    desk.landed()
    desk.counts()
    resolve(desk.store, desk.config.practice, (), desk.now, RunId("r"))
    erase(desk.store, _person_of(desk, "1"), request_id="del-1", now=desk.now)
    with desk.store.reading() as session:
        hashes = erased_hashes(session)
        assert hashes is not None
        assert hashes.hold("phone", "+12125550142")
        assert erased(session, "phone", "+12125550142")
        assert not hashes.hold("phone", "+12125550143")
    desk.drop.put(
        "appointments-2.csv",
        "id,name,phone\n1,Ana Ruiz,212-555-0142\n2,Bea Lund,212-555-0143\n9,Ana R.,(212) 555-0142\n",
    )
    landed = desk.landed()
    assert (landed.new, landed.unchanged) == (1, 2)
    assert desk.counts() == StreamCounts(versions=1, quarantined=1)
    assert desk.marks()[0]["code"] == "erased"
    assert b"Ana Ruiz" not in b"".join(one["body"] or b"" for one in desk.rows("raw"))


def _person_of(desk: Desk, vendor_id: str) -> str:
    record = next(one["record_id"] for one in desk.rows("raw") if one["vendor_id"] == vendor_id)
    return next(str(one["person_id"]) for one in desk.rows("person_links") if one["record_id"] == record)


def test_time_is_an_argument(desk: Desk) -> None:
    desk.drop.put("appointments.csv", HEADER + row(1))
    desk.landed()
    desk.counts()
    assert all(NOW <= one["recorded_at"] <= desk.now for one in desk.rows("versions"))
