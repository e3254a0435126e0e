"""What every pull keeps to."""

from datetime import timedelta

from canonical.raw import Page, RawRecord
from connectors.kit import registry
from mappings.wire import read
from tests.connectors.contract.subject import NOW, Subject, Wire, able, clause, over, over_streams


def pulled(wire: Wire, stream: str, cursor: str | None = None) -> list[Page]:
    return list(registry.puller(wire.connection, wire.tools()).pull(stream, cursor, now=NOW))


def records(pages: list[Page]) -> list[RawRecord]:
    return [record for page in pages for record in page.records]


def what_it_is(record: RawRecord) -> tuple[str, str, bytes]:
    return record.stream, record.vendor_id, record.body


@clause("pull.paging_ends", "subject,stream", over_streams())
def test_paging_ends_and_says_so_once(subject: Subject, stream: str, wire: Wire) -> None:
    pages = pulled(wire, stream)
    assert records(pages)
    assert [page.complete for page in pages] == [False] * (len(pages) - 1) + [True]


@clause("pull.progress_is_told", "subject,stream", over_streams())
def test_a_pass_tells_how_much_there_is_where_the_manifest_says_so(subject: Subject, stream: str, wire: Wire) -> None:
    pages, read, told = pulled(wire, stream), 0, []
    for page in pages:
        read += len(page.records) + len(page.suspects)
        told.append(page.expected(read))
    declared = subject.manifest.stream(stream)
    assert declared is not None
    assert declared.counted is any(told)
    assert all(many is None or many >= 0 for many in told)
    if declared.counted and len(pages) > 1:
        assert told[0], "the first page is where somebody wants to know"


@clause("pull.ids_are_unique", "subject,stream", over_streams())
def test_ids_are_there_and_unique_within_a_pass(subject: Subject, stream: str, wire: Wire) -> None:
    found = records(pulled(wire, stream))
    ids = [(record.stream, record.vendor_id) for record in found]
    assert all(vendor_id for _, vendor_id in ids)
    assert len(set(ids)) == len(ids)
    assert {record.connection_id for record in found} == {wire.connection.connection_id}
    assert {record.stream for record in found} == {stream}


@clause("pull.repulling_is_identical", "subject,stream", over_streams())
def test_a_second_pull_from_the_beginning_is_identical(subject: Subject, stream: str, wire: Wire) -> None:
    first, second = pulled(wire, stream), pulled(wire, stream)
    assert [what_it_is(record) for record in records(first)] == [what_it_is(record) for record in records(second)]
    assert first[-1].cursor == second[-1].cursor


@clause("pull.cursor_never_goes_back", "subject,stream", over_streams())
def test_the_cursor_never_goes_back(subject: Subject, stream: str, wire: Wire) -> None:
    pages = pulled(wire, stream)
    pages += pulled(wire, stream, pages[-1].cursor)
    positions = [subject.position(page.cursor) for page in pages]
    assert positions == sorted(positions)


@clause("pull.a_cut_pass_goes_on", "subject,stream", over_streams())
def test_a_pass_cut_after_any_page_goes_on_without_a_hole(subject: Subject, stream: str, wire: Wire) -> None:
    whole = pulled(wire, stream)
    for cut, page in enumerate(whole[:-1], 1):
        resumed = records(whole[:cut]) + records(pulled(wire, stream, page.cursor))
        assert {what_it_is(record) for record in resumed} >= {what_it_is(record) for record in records(whole)}


@clause("pull.overlap_is_read_again", "subject,stream", over_streams())
def test_what_lies_in_the_overlap_is_read_again(subject: Subject, stream: str, wire: Wire) -> None:
    declared = subject.manifest.stream(stream)
    assert declared is not None
    first = pulled(wire, stream)
    again = records(pulled(wire, stream, first[-1].cursor))
    seen_before = {record.vendor_id for record in records(first)}
    met_again = {record.vendor_id for record in again} & seen_before
    if declared.overlap > timedelta():
        assert met_again, "the fixtures of the second pass hold a record of the first that changed in the overlap"
        assert any(what_it_is(record) not in {what_it_is(old) for old in records(first)} for record in again)


@clause("pull.unknown_fields_survive", "subject,stream", over_streams())
def test_unknown_fields_survive_byte_for_byte(subject: Subject, stream: str, wire: Wire) -> None:
    found = records(pulled(wire, stream))
    served = wire.served()
    assert all(piece in served for record in found for piece in subject.pieces(record.body))
    odd = [record for record in found if "glowline_never_heard_of_this" in read(record.format.text, record.body)]
    assert odd, "the fixtures hold a record with a field nobody has heard of"
    for record in odd:
        registry.require_known_shape(subject.vendor, stream, read(record.format.text, record.body))


@clause("pull.deletions_are_seen", "subject,stream", over_streams())
def test_a_deletion_is_seen(subject: Subject, stream: str, wire: Wire) -> None:
    pages = pulled(wire, stream)
    pages += pulled(wire, stream, pages[-1].cursor)
    assert any(record.deleted for record in records(pages)) or any(page.whole for page in pages)


@clause("pull.streams_are_read", "subject", over(able("pull")))
def test_every_stream_of_the_manifest_can_be_read(subject: Subject, wire: Wire) -> None:
    assert subject.streams()
    for stream in subject.streams():
        assert records(pulled(wire, stream))
