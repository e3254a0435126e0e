"""What was billed is landed, understood, set aside when it is spoiled, explained, and gone with whoever it is about (R35, M5)."""

import json

import pytest

from canonical.raw import Kind
from emulators.kit.webhooks import Webhooks
from ledger.erasure import RECORD, erase, erased
from ledger.holdings import holdings
from ledger.lineage import NodeKind, trace
from ledger.store import Store
from tests.connectors.square.ledger_of import Books
from tests.connectors.square.till import Spa

BEGAN = "2026-11-20T15:00:00Z"


@pytest.fixture
def books(spa: Spa, ledger: Store, monkeypatch: pytest.MonkeyPatch) -> Books:
    made = Books(spa, ledger)
    monkeypatch.setattr(Webhooks, "send", lambda _, call: made.called(call))
    return made


def customer(books: Books, name: str, phone: str) -> str:
    given, family = name.split()
    made = books.spa.square.do("customer", given_name=given, family_name=family, phone_number=phone)
    return str(made["id"])


def test_an_order_is_a_version_of_its_own_kind_at_its_place_and_carries_ids_and_amounts_only(books: Books) -> None:
    ana = customer(books, "Ana Ruiz", "+12125550142")
    books.spa.square.do("pay", amount=20000, customer_id=ana, sold="20 units, forehead", note="forehead")
    books.sync()
    [version] = books.versions(Kind.INVOICE)
    assert (version["stream"], version["location_id"]) == ("orders", "downtown")
    said = json.loads(version["body"])
    assert (said["person_vendor_id"], said["total_cents"], said["status"]) == (ana, 20000, "completed")
    assert not {"line_items", "name", "note", "description", "code", "service"} & set(said)
    landed = b"".join(row["body"] for row in books.rows("raw") if row["stream"] == "orders")
    assert b"forehead" not in landed


def test_an_order_nobody_understands_is_set_aside_alone_with_its_next_step(books: Books) -> None:
    for amount in (100, 200):
        books.spa.square.do("pay", amount=amount)
    first = next(iter(books.spa.merchant.orders.values()))
    first["state"] = "EXPLODED"
    done = books.sync()
    assert done.total.quarantined == 1
    with books.store.reading() as session:
        [mark] = session.rows("open_marks_by_reason")
    assert (mark["stream"], mark["code"]) == ("orders", "unknown_code")
    assert len(books.versions(Kind.INVOICE)) == 1


def test_an_order_leads_back_to_the_bytes_it_was_made_of(books: Books) -> None:
    books.spa.square.do("pay", amount=100)
    books.sync()
    [version] = books.versions(Kind.INVOICE)
    with books.store.reading() as session:
        found = trace(session, version["version_id"], effects=False)
    assert {node.node_id for node in found.of_kind(NodeKind.RAW)} == {version["raw_id"]}


def test_what_was_billed_and_paid_goes_with_the_person_and_everybody_elses_stays(books: Books) -> None:
    ana, ben = customer(books, "Ana Ruiz", "+12125550142"), customer(books, "Ben Cole", "+12125550143")
    books.spa.square.do("book", customer_id=ana, start_at=BEGAN)
    hers = books.spa.square.do("pay", amount=20000, customer_id=ana)
    books.spa.square.do("refund", payment=hers["id"], amount=8000)
    his = books.spa.square.do("pay", amount=9900, customer_id=ben)
    books.sync()
    person = books.owner(ana)
    with books.store.reading() as session:
        tools = holdings(session, person).tools["square"]
    assert {each.split()[0] for each in tools} == {"customers", "bookings", "orders", "payments"}

    erase(books.store, person, request_id="er-1", now=books.now)

    left = {row["vendor_id"] for row in books.rows("raw") if row["body"] is not None}
    assert left == {ben, his["id"], his["order_id"]}
    assert {row["vendor_id"] for row in books.rows("versions") if row["body"] is not None} == left
    with books.store.reading() as session:
        assert erased(session, RECORD, f"square/orders/{hers['order_id']}")
        assert not erased(session, RECORD, f"square/orders/{his['order_id']}")


def test_customers_who_became_one_in_square_are_one_person_here_with_all_their_visits(books: Books) -> None:
    old, new = customer(books, "Ana Ruiz", "+12125550142"), customer(books, "Ana Ruiz", "+12125550142")
    for which, start in ((old, "2026-11-20T15:00:00Z"), (new, "2026-11-24T15:00:00Z")):
        books.spa.square.do("book", customer_id=which, start_at=start)
    books.spa.square.do("pay", amount=5000, customer_id=old)
    books.sync()
    assert books.owner(old) != books.owner(new), "two of one booking tool are never joined by us"
    books.calls.clear()
    became = books.spa.square.do("merge", customers=[old, new])["id"]
    books.hear()
    books.sync()
    assert {books.owner(each) for each in (old, new, became)} == books.persons()
    assert len(books.persons()) == 1
    visits = {row["visit_id"]: row["person_id"] for row in books.rows("visit_versions")}
    assert len(visits) == 2
    assert set(visits.values()) == books.persons()
    erase(books.store, books.owner(became), request_id="er-1", now=books.now)
    assert all(row["body"] is None for row in books.rows("versions")), "also what was billed to the one that went"


def test_two_who_became_one_without_a_call_that_says_so_are_not_joined(books: Books) -> None:
    """The gap: nothing else in Square tells of a merge."""
    old, new = customer(books, "Ana Ruiz", "+12125550142"), customer(books, "Ana Ruiz", "+12125550142")
    books.sync()
    books.calls.clear()
    became = books.spa.square.do("merge", customers=[old, new])["id"]
    books.calls = [call for call in books.calls if b'"customer.deleted"' in call.body]
    books.hear()
    books.sync()
    assert len({books.owner(each) for each in (old, new, became)}) == 3
