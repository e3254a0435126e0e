"""Raw lands first, byte for byte, every record counted under exactly one word, cursor and page in one transaction."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from canonical.ids import ConnectionId, RunId
from canonical.problems import NeedsOperator, ProtocolBroken, SettingsError, TryLater, Where
from canonical.progress import watched
from canonical.raw import Page, RawRecord
from ledger.raw import Landed
from ledger.store import Store
from ledger.streams import Reached, Stream, all_reached, reached
from mappings.catalogue import Catalogue
from pipelines.poll import LARGEST_LANDING, Poll, Polled, Pulls, open_puller, poll
from tests.connectors.files.dropped import STREAM, Drop, tools
from tests.ledger_fixture import fresh_ledger
from tests.pipelines.arriving import HEADER, MAPPING, NOW, Desk, Served, row

WHERE = Where("files", "pull.appointments")


@pytest.fixture
def desk(ledger: Store, tmp_path: Path) -> Desk:
    return Desk(ledger, Drop(tmp_path / "drop"), tmp_path / "mappings")


def record(vendor_id: str, body: bytes | None = None, *, deleted: bool = False) -> RawRecord:
    said = b'{"id": "%s"}' % vendor_id.encode() if body is None else body
    return RawRecord(
        connection_id=ConnectionId("schedule"),
        stream=STREAM,
        vendor_id=vendor_id,
        body=said,
        origin="page 1",
        deleted=deleted,
    )


def page(cursor: str, *records: RawRecord, complete: bool = False, again: bool = False) -> Page:
    return Page(records=records, cursor=cursor, complete=complete, again=again)


def polled(desk: Desk, puller: Pulls, streams: tuple[str, ...] = (STREAM,)) -> dict[str, Polled]:
    run = Poll(desk.store, desk.connection, puller, Catalogue([desk.folder]), desk.now, RunId(f"run-{desk.now:%H%M}"))
    desk.now += timedelta(minutes=1)
    return poll(run, streams)


def where(desk: Desk) -> Reached:
    with desk.store.reading() as session:
        return reached(session, desk.stream)


def test_what_one_page_says_of_the_whole_pass_holds_until_it_was_too_little(desk: Desk) -> None:
    pages = [
        page("1", record("1")).model_copy(update={"left": 2}),
        page("2", record("2")),
        page("3", record("3"), record("4")),
        page("4", record("5"), complete=True).model_copy(update={"share": 1.0}),
    ]
    told: list[str] = []
    with watched(told.append):
        polled(desk, Served(*pages))
    assert told == [f"{STREAM}: 1 of about 3", f"{STREAM}: 2 of about 3", f"{STREAM}: 4", f"{STREAM}: 5 of about 5"]


@pytest.mark.parametrize("said", [{"estimate": 4}, {"left": 3}, {"share": 0.25}])
def test_whoever_waits_is_told_how_much_there_is_however_a_page_says_it(desk: Desk, said: dict[str, float]) -> None:
    pages = [page("1", record("1")).model_copy(update=said), page("2", *map(record, "234"), complete=True)]
    told: list[str] = []
    with watched(told.append):
        polled(desk, Served(*pages))
    assert told == [f"{STREAM}: 1 of about 4", f"{STREAM}: 4 of about 4"]


def test_a_pass_that_goes_on_counts_what_it_reads_now(desk: Desk) -> None:
    pages = [page("1", record("1")), page("2", record("2")).model_copy(update={"left": 1}), page("3", record("3"))]
    polled(desk, Served(pages[0]))
    told: list[str] = []
    with watched(told.append):
        polled(desk, Served(*pages))
    assert told == [f"{STREAM}: 1 of about 2", f"{STREAM}: 2 of about 2"]


def test_a_row_of_a_file_is_kept_as_its_own_bytes(desk: Desk) -> None:
    desk.drop.put("appointments.csv", HEADER + row(1) + row(2))
    assert desk.landed() == Landed(read=2, new=2)
    kept = desk.rows("raw")
    assert [one["body"] for one in kept] == [row(1).strip().encode(), row(2).strip().encode()]
    assert [(one["vendor_id"], one["origin"]) for one in kept] == [
        ("1", "appointments.csv:2"),
        ("2", "appointments.csv:3"),
    ]
    assert {one["record_id"][:4] for one in kept} == {"rec-"}


def test_the_same_file_twice_changes_nothing(desk: Desk) -> None:
    desk.drop.put("appointments.csv", HEADER + row(1) + row(2))
    desk.landed()
    assert desk.landed() == Landed()
    desk.drop.put("appointments-renamed.csv", HEADER + row(1) + row(2))
    assert desk.landed() == Landed(read=2, repeated=2)
    assert len(desk.rows("raw")) == 2


def test_the_next_days_export_lands_only_what_changed(desk: Desk) -> None:
    desk.drop.put("appointments-mon.csv", HEADER + row(1) + row(2))
    desk.landed()
    desk.drop.put("appointments-tue.csv", HEADER + row(2, status="cancelled") + row(1) + row(3))
    assert desk.landed() == Landed(read=3, new=1, changed=1, unchanged=1)


def test_volatile_fields_and_another_spelling_are_no_change(desk: Desk) -> None:
    desk.drop.put("appointments-mon.csv", HEADER + row(1, age=40))
    desk.landed()
    desk.drop.put(
        "appointments-tue.csv", 'id;status;start;patient;place;changed;age\r\n"1";booked;2026-12-01 09:00;p1;;;41\r\n'
    )
    assert desk.landed() == Landed(read=1, unchanged=1)


def test_an_id_twice_in_a_file_makes_two_versions_and_the_last_one_wins(desk: Desk) -> None:
    desk.drop.put(
        "appointments.csv", HEADER + row(1) + row(1, status="cancelled") + row(1, status="cancelled") + row(1)
    )
    assert desk.landed() == Landed(read=4, new=1, changed=2, repeated=1)
    assert desk.counts().mapped == 3
    assert [body["status"] for body in desk.bodies()] == ["booked", "cancelled", "booked"]
    assert [version["ordinal"] for version in desk.rows("versions")] == [1, 2, 3]


def test_an_id_that_every_export_lists_twice_is_no_news_each_time(desk: Desk) -> None:
    """A line per service makes two lines of one visit: it must not change twice at every reading."""
    twice = row(1) + row(1, status="cancelled")
    desk.drop.put("appointments-mon.csv", HEADER + twice)
    desk.landed()
    desk.drop.put("appointments-tue.csv", HEADER + twice + row(2))
    assert desk.landed() == Landed(read=3, new=1, unchanged=1, repeated=1)
    desk.drop.put("appointments-wed.csv", HEADER + row(1, status="cancelled") + row(1) + row(2))
    assert desk.landed() == Landed(read=3, changed=1, unchanged=1, repeated=1), "its last word is another now"
    desk.drop.put("appointments-thu.csv", HEADER + row(1, status="no_show") + row(1) + row(2))
    assert desk.landed() == Landed(read=3, changed=2, unchanged=1), "what was never said is kept wherever it stands"


def test_spoiled_rows_are_set_aside_with_their_lines_and_counted_once(desk: Desk) -> None:
    spoiled = HEADER + row(1) + "9.37E+12,p,2026-12-01 09:00,booked,4,,\n" + 'x,"\n' + row(2)
    desk.drop.put("appointments.csv", spoiled)
    assert desk.landed() == Landed(read=4, new=2, rejected=2)
    assert {(mark["code"], mark["first_origin"]) for mark in desk.marks()} == {
        ("spreadsheet_id", "appointments.csv:3"),
        ("quote", "appointments.csv:4"),
    }
    kept = {one["origin"]: one["body"] for one in desk.rows("raw")}
    assert kept["appointments.csv:4"] == b'x,"'
    desk.drop.put("copy of appointments.csv", spoiled)
    assert desk.landed() == Landed()
    desk.drop.put("appointments-2.csv", spoiled)
    assert desk.landed() == Landed(read=4, repeated=4)
    assert desk.counts().mapped == 2


def test_a_corrected_file_of_the_same_name_releases_its_lines(desk: Desk) -> None:
    desk.drop.put("appointments.csv", HEADER + row(1) + "9.37E+12,p,2026-12-01 09:00,booked,4,,\n")
    desk.landed()
    desk.drop.put("appointments.csv", HEADER + row(1) + "9370000000000,p,2026-12-01 09:00,booked,4,,\n")
    assert desk.landed() == Landed(read=2, new=1, unchanged=1)
    assert desk.marks() == []


def test_a_page_and_its_cursor_land_together_or_not_at_all(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def break_down(*_: object, **__: object) -> None:
        raise TimeoutError

    served = Served(page("c1", record("1")), page("c2", record("2"), complete=True))
    with monkeypatch.context() as patch:
        patch.setattr("pipelines.poll.move_cursor", break_down)
        with pytest.raises(TimeoutError):
            polled(desk, served)
    assert (desk.rows("raw"), where(desk)) == ([], Reached())
    assert polled(desk, served)[STREAM].landed == Landed(read=2, new=2)
    assert where(desk).cursor == "c2"


def test_a_vendor_that_fails_in_the_middle_loses_nothing_and_goes_on_later(desk: Desk) -> None:
    class Stumbling(Served):
        def pull(self, stream: str, cursor: str | None, *, now: datetime) -> Iterator[Page]:
            for number, one in enumerate(super().pull(stream, cursor, now=now)):
                if number == 1 and self.pulls == 1:
                    raise TryLater(WHERE, "it is tired.")
                yield one

    served = Stumbling(page("c1", record("1")), page("c2", record("2"), complete=True))
    first = polled(desk, served)[STREAM]
    assert isinstance(first.problem, TryLater)
    assert (first.landed, first.complete, where(desk).cursor) == (Landed(read=1, new=1), False, "c1")
    assert polled(desk, served)[STREAM].landed == Landed(read=1, new=1)


def test_a_broken_stream_stops_no_other_and_a_revoked_key_stops_all(desk: Desk) -> None:
    class Broken(Served):
        problem: type[ProtocolBroken | NeedsOperator] = ProtocolBroken

        def pull(self, stream: str, cursor: str | None, *, now: datetime) -> Iterator[Page]:
            if stream == "odd":
                raise self.problem(WHERE, "no.")
            return super().pull(stream, cursor, now=now)

    desk.map(MAPPING, "files/odd.yaml")
    served = Broken(page("c1", record("1"), complete=True))
    assert list(polled(desk, served, ("odd", STREAM))) == ["odd", STREAM]
    served.problem = NeedsOperator
    assert list(polled(desk, served, ("odd", STREAM))) == ["odd"]


def test_a_wrong_mapping_stops_its_own_stream_and_names_its_line(desk: Desk) -> None:
    desk.drop.settings["odd.id"] = "id"
    desk.map("kind: appointmnt\n", "files/odd.yaml")
    desk.drop.put("appointments.csv", HEADER + row(1))
    catalogue = Catalogue([desk.folder])
    puller = open_puller(desk.connection.model_copy(update={"streams": ("odd", STREAM)}), tools(), catalogue)
    found = poll(Poll(desk.store, desk.connection, puller, catalogue, desk.now, RunId("r")), ("odd", STREAM))
    assert isinstance(found["odd"].problem, SettingsError)
    assert "files/odd.yaml:1" in str(found["odd"].problem)
    assert found[STREAM].landed == Landed(read=1, new=1)


def test_somebody_elses_cursor_is_not_moved_back(desk: Desk) -> None:
    class Slow(Served):
        def pull(self, stream: str, cursor: str | None, *, now: datetime) -> Iterator[Page]:
            for number, one in enumerate(super().pull(stream, cursor, now=now)):
                if number == 1:
                    polled(desk, Served(*self.pages))
                yield one

    pages = [page(f"c{number}", record(str(number)), complete=number == 3) for number in (1, 2, 3)]
    slow = polled(desk, Slow(*pages))[STREAM]
    assert slow.overtaken
    assert where(desk).cursor == "c3"
    assert len(desk.rows("raw")) == 3


def test_a_large_page_lands_in_pieces_and_its_cursor_last(desk: Desk) -> None:
    records = [record(str(number)) for number in range(LARGEST_LANDING + 10)]
    assert polled(desk, Served(page("c1", *records, complete=True)))[STREAM].landed == Landed(
        read=len(records), new=len(records)
    )
    assert where(desk).cursor == "c1"


def test_a_deletion_is_a_change_and_deleted_twice_is_deleted_once(desk: Desk) -> None:
    served = Served(page("c1", record("1"), record("2")), page("c2", record("1", b"{}", deleted=True)))
    assert polled(desk, served)[STREAM].landed == Landed(read=3, new=2, changed=1, deleted=1)
    assert polled(desk, Served(page("c3", record("1", b"{}", deleted=True))))[STREAM].landed == Landed(
        read=1, unchanged=1
    )


def test_facts_of_a_file_are_as_old_as_the_file(desk: Desk) -> None:
    desk.drop.put("appointments.csv", HEADER + row(1))
    desk.landed()
    with desk.store.reading() as session:
        assert all_reached(session)[desk.stream].complete_read_at == NOW - timedelta(minutes=59)


def test_an_incomplete_pass_does_not_freshen_facts(desk: Desk) -> None:
    polled(desk, Served(page("c1", record("1"), complete=True)))
    first = where(desk).complete_read_at
    polled(desk, Served(page("c1"), page("c2", record("2"))))
    assert first is not None
    assert where(desk) == Reached("c2", first, where(desk).updated_at)


def test_the_run_is_in_the_audit_with_its_sum(desk: Desk) -> None:
    desk.drop.put("appointments.csv", HEADER + row(1) + row(2))
    desk.landed()
    desk.landed()
    bodies = [bytes(one["body"]) for one in desk.rows("audit") if b"raw:landed" in bytes(one["body"])]
    assert len(bodies) == 1
    assert b'"new":2' in bodies[0]
    assert b'"read":2' in bodies[0]


def test_what_a_complete_file_lacks_is_gone_and_comes_back(desk: Desk) -> None:
    desk.drop.settings |= {f"{STREAM}.snapshot": "true", f"{STREAM}.may_lose": "60%"}
    desk.drop.put("appointments-mon.csv", HEADER + row(1) + row(2) + row(3))
    desk.landed()
    desk.drop.put("appointments-tue.csv", HEADER + row(1) + row(4))
    assert desk.landed() == Landed(read=4, new=1, changed=2, unchanged=1, deleted=2)
    desk.drop.put("appointments-wed.csv", HEADER + row(1) + row(4) + row(2))
    assert desk.landed() == Landed(read=3, changed=1, unchanged=2)
    desk.counts()
    last = {version["vendor_id"]: version["deleted"] for version in desk.rows("versions")}
    assert last == {"1": False, "2": False, "3": True, "4": False}


def test_a_cut_off_export_deletes_nothing(desk: Desk) -> None:
    desk.drop.settings[f"{STREAM}.snapshot"] = "true"
    desk.drop.put("appointments-mon.csv", HEADER + "".join(map(row, range(1, 11))))
    desk.landed()
    desk.drop.put("appointments-tue.csv", HEADER + row(1))
    assert desk.landed() == Landed(read=2, unchanged=1, rejected=1)
    (mark,) = desk.marks()
    assert mark["code"] == "snapshot_too_small"
    assert "appointments.may_lose" in mark["next_step"]


def test_a_snapshot_with_a_spoiled_row_deletes_nothing(desk: Desk) -> None:
    desk.drop.settings |= {f"{STREAM}.snapshot": "true", f"{STREAM}.may_lose": "100%"}
    desk.drop.put("appointments-mon.csv", HEADER + row(1) + row(2))
    desk.landed()
    desk.drop.put("appointments-tue.csv", HEADER + row(1) + "9.37E+12,p,,,,,\n")
    assert desk.landed() == Landed(read=2, unchanged=1, rejected=1)


EXPORTS = st.lists(
    st.lists(st.tuples(st.integers(1, 4), st.sampled_from(["booked", "cancelled"])), max_size=6), min_size=1, max_size=4
)


@given(exports=EXPORTS)
@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_exported_everything_read_is_accounted_for(
    exports: list[list[tuple[int, str]]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    here = tmp_path_factory.mktemp("exports")
    desk = Desk(fresh_ledger(here), Drop(here / "drop"), here / "mappings")
    says: dict[int, str] = {}
    for day, export in enumerate(exports):
        before = len(desk.rows("raw"))
        desk.drop.put(
            f"appointments-{day}.csv", HEADER + "".join(row(number, status=status) for number, status in export)
        )
        landed = desk.landed()
        assert landed.read == len(export)
        assert len(desk.rows("raw")) == before + landed.new + landed.changed
        if not landed.repeated:
            says |= dict(export)
    desk.counts()
    last = {int(body["vendor_id"]): body["status"] for body in desk.bodies()}
    assert last.keys() >= says.keys()


def test_streams_are_told_apart(desk: Desk) -> None:
    polled(desk, Served(page("c1", record("1"))))
    with desk.store.reading() as session:
        assert reached(session, Stream(desk.connection.connection_id, "other")) == Reached()
