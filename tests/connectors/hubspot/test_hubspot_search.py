"""Pulling past the traps of HubSpot's search, against the pretend one that has them all."""

from collections import Counter
from datetime import timedelta

import pytest

from canonical.problems import NeedsOperator, ProtocolBroken, TryLater, Where
from canonical.raw import Suspect
from connectors.hubspot.objects import CONTACTS
from connectors.hubspot.passes import Cursor
from connectors.hubspot.rows import Row, Rows
from connectors.hubspot.search import Search, Window, _by_time
from connectors.kit.moments import milliseconds
from tests.connectors.hubspot.portal import START, Crm, body, ids, opened

WHERE = Where("hubspot", "pull.contacts")


def test_a_record_the_index_does_not_show_yet_is_read_by_the_next_pass(crm: Crm) -> None:
    crm.hubspot.do("portal", search_lag=15)
    [early] = crm.make("contacts", firstname="Ana")
    crm.later(seconds=20)
    [hidden] = crm.make("contacts", firstname="Ben")
    crm.later(seconds=1)
    assert ids(crm.pull("contacts")) == [early]
    crm.later(minutes=1)
    assert hidden in ids(crm.pull("contacts"))


def test_a_change_whose_old_value_is_still_shown_is_read_by_the_next_pass(crm: Crm) -> None:
    crm.hubspot.do("portal", search_lag=15)
    [ana] = crm.make("contacts", firstname="Ana")
    crm.later(minutes=30)
    crm.pull("contacts")
    crm.hubspot.do("change", type="contacts", id=ana, properties={"firstname": "Anna"})
    crm.later(seconds=5)
    crm.pull("contacts")
    crm.later(minutes=1)
    assert body(crm.pull("contacts")[0])["properties"]["firstname"] == "Anna"


def test_an_index_that_trails_longer_than_the_overlap_is_caught_up_with_an_hour_later(crm: Crm) -> None:
    crm.later(hours=3)
    crm.pull("contacts")
    crm.hubspot.do("portal", search_lag=1200)
    [late] = crm.make("contacts", firstname="Ana")
    met = Counter[str]()
    for _ in range(9):
        crm.later(minutes=10)
        met.update(ids(crm.pull("contacts")))
    assert met[late] == 1


def test_everything_is_read_a_second_time_and_no_more_than_that(crm: Crm) -> None:
    crm.pull("contacts")
    made = []
    met = Counter[str]()
    for _ in range(12):
        crm.later(minutes=3)
        made += crm.make("contacts", firstname="Ana")
        crm.later(minutes=7)
        met.update(ids(crm.pull("contacts")))
    # Those of the last hour and a quarter may have had no second reading yet.
    assert [met[each] for each in made[:4]] == [2, 2, 2, 2]
    assert all(met[each] >= 1 for each in made)


@pytest.mark.soak
def test_more_than_ten_thousand_records_of_one_millisecond_are_all_read(crm: Crm) -> None:
    made = crm.make("contacts", count=10_150, firstname="Ana")
    found = ids(crm.pull("contacts"))
    assert len(found) == len(set(found)) == 10_150
    assert set(found) == set(made)


def test_more_records_than_a_query_shows_are_all_read(crm: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("emulators.hubspot.search.CAP", 400)
    made = crm.make("contacts", count=650, firstname="Ana")
    for _ in range(9):
        crm.later(seconds=1)
        made += crm.make("contacts", count=70, firstname="Ana")
    found = ids(crm.pull("contacts"))
    assert len(found) == len(set(found))
    assert set(found) == set(made)


def test_pages_that_end_inside_a_millisecond_lose_and_double_nothing(crm: Crm) -> None:
    made = []
    for size in (3, 150, 120, 1, 199, 250, 7):
        made += crm.make("contacts", count=size, firstname="Ana")
        crm.later(milliseconds=1)
    found = ids(crm.pull("contacts"))
    assert len(found) == len(set(found))
    assert set(found) == set(made)


def test_a_pull_that_is_cut_off_goes_on_where_it_was(crm: Crm) -> None:
    for _ in range(5):
        crm.make("contacts", count=150, firstname="Ana")
        crm.later(seconds=1)
    whole = crm.pages("contacts")
    assert len(whole) > 3
    for cut in range(1, len(whole)):
        crm.cursors["key-lumen contacts"] = whole[cut - 1].cursor
        rest = crm.pull("contacts")
        assert [record.vendor_id for page in whole[cut:] for record in page.records] == ids(rest)


def test_a_pass_that_goes_on_later_says_that_its_facts_are_as_old_as_its_beginning(crm: Crm) -> None:
    crm.make("contacts", count=250, firstname="Ana")
    first = crm.pages("contacts")[0]
    assert first.as_of is None
    crm.cursors["key-lumen contacts"] = first.cursor
    crm.later(hours=2)
    assert {page.as_of for page in crm.pages("contacts")} == {START}


def test_a_total_that_counts_what_is_not_shown_changes_nothing(crm: Crm) -> None:
    made = crm.make("contacts", count=3, firstname="Ana")
    crm.later(seconds=30)
    crm.hubspot.do("portal", total_lag=3600)
    crm.hubspot.do("archive", type="contacts", id=made[0])
    found = crm.pull("contacts")
    assert [record.vendor_id for record in found if not record.deleted] == made[1:]


def test_contacts_are_found_by_another_property_than_everything_else(crm: Crm) -> None:
    [ana] = crm.make("contacts", firstname="Ana")
    crm.make("tasks", contact=ana, hs_timestamp="2026-11-12T15:00:00Z")
    crm.make("meetings", contact=ana, hs_timestamp="2026-11-12T15:00:00Z")
    assert [len(crm.pull(stream)) for stream in ("contacts", "tasks", "meetings")] == [1, 1, 1]


def test_an_object_that_is_not_activated_needs_an_operator(crm: Crm) -> None:
    crm.hubspot.do("portal", switch_off=["appointments"])
    with pytest.raises(NeedsOperator) as problem:
        crm.pull("appointments")
    assert "streams" in problem.value.next_step


def test_too_many_properties_are_refused_before_hubspot_refuses_them(crm: Crm) -> None:
    crm.settings["contacts.properties"] = ", ".join(f"a_property_of_the_practice_{number}" for number in range(90))
    with pytest.raises(NeedsOperator) as problem:
        crm.pull("contacts")
    assert "contacts.properties" in problem.value.next_step


def test_a_practices_own_properties_are_read_along(crm: Crm) -> None:
    crm.settings["contacts.properties"] = "sms_consent, sms_consent_at"
    crm.make("contacts", firstname="Ana", sms_consent="yes")
    assert body(crm.pull("contacts")[0])["properties"]["sms_consent"] == "yes"


def row(number: int, stamp: int) -> Row:
    return Row(str(number), stamp, {}, b"{}", None, None)


def test_rows_out_of_order_are_read_as_the_list_they_are() -> None:
    rows = (row(1, 20), row(2, 10))
    assert _by_time(Rows(rows, (), ""), Window(start=1, end=30), WHERE).rest is None
    found = _by_time(Rows(rows, (), "2"), Window(start=1, end=30), WHERE)
    assert (found.rows, found.rest) == (rows, Window(start=1, end=30, after="2", listed=True))


@pytest.mark.parametrize("after", ["", "10000"])
def test_rows_out_of_order_that_go_on_nobody_knows_where_are_a_broken_promise(after: str) -> None:
    page = Rows(tuple(row(number, 300 - number) for number in range(200)), (), after)
    with pytest.raises(ProtocolBroken):
        _by_time(page, Window(start=1, end=300), WHERE)


def test_a_page_that_shows_nothing_and_promises_more_is_looked_behind() -> None:
    found = _by_time(Rows((), (), "200"), Window(start=1, end=30), WHERE)
    assert found.rest == Window(start=1, end=30, after="200")
    with pytest.raises(TryLater):
        _by_time(Rows((), (), "9900"), Window(start=1, end=30), WHERE)


def test_a_full_page_goes_on_even_where_it_does_not_say_so() -> None:
    full = Rows(tuple(row(number, number) for number in range(1, 201)), (), "")
    found = _by_time(full, Window(start=1, end=300), WHERE)
    assert found.rest == Window(start=200, end=300)
    assert len(found.rows) == 199


def test_a_row_that_is_none_is_set_aside_and_the_others_are_read() -> None:
    bad = Suspect(body=b"{}", origin="x", code="no_id", problem="p", next_step="n")
    found = _by_time(Rows((row(1, 5),), (bad,), ""), Window(start=1, end=30), WHERE)
    assert (found.rows, found.page.suspects, found.rest) == ((row(1, 5),), (bad,), None)


def test_no_search_is_asked_for_more_than_its_body_may_hold() -> None:
    search = Search(CONTACTS, CONTACTS.properties, ())
    assert "after" not in search._query(Window(start=1, end=2))
    assert search._query(Window(start=1, end=2, after="400"))["after"] == "400"


def test_history_does_not_begin_at_zero() -> None:
    cursor = Cursor().under_way(milliseconds(START), timedelta(minutes=5))
    assert cursor.windows[0].start > 0


def test_the_recorded_lag_lies_well_inside_the_overlap() -> None:
    with opened(search_lag=25) as crm:
        crm.make("contacts", firstname="Ana")
        crm.pull("contacts")
        crm.later(minutes=4)
        assert len(crm.pull("contacts")) == 1
