"""A person who asked to be forgotten is: no word of theirs is left, and everybody else's are."""

import re
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest

from canonical.problems import LedgerError
from ledger import audit_log
from ledger.audit.notes import KeyRing, Signer
from ledger.erasure import RECORD, erase, erased, finish_erasures
from ledger.named_queries import ERASING, all_queries
from ledger.session import Session
from ledger.store import Store
from ledger.tables import shapes_in

NOW = datetime(2026, 11, 1, 6, 30, tzinfo=UTC)
CANARY = "Zebulon"
PHONE, SHARED_PHONE = "+13055550142", "+13055550100"
SIGNER = Signer.from_seed("glowline/lumen", b"s" * 32)


@pytest.fixture
def peopled(ledger: Store) -> Store:
    """One person in every table that can hold a word of theirs, and a second one who shares a phone with them."""
    with ledger.writing(business_now=NOW) as session:
        _live(session, "1", CANARY)
        _live(session, "2", "Other")
        _leave_words_everywhere(session)
        session.insert(
            "open_actions", [_action("a-1", "p-1"), _action("a-2", "p-2"), _action("a-3", "p-1", "ambiguous")]
        )
    return ledger


def _action(action_id: str, person_id: str, state: str = "planned") -> dict[str, object]:
    return {"action_id": action_id, "person_id": person_id, "state": state, "facts": "{}", "subject_id": "v-1"}


Rows = dict[str, list[dict[str, Any]]]


def _live(session: Session, who: str, name: str) -> None:
    """A person with three vendor records, a visit, a text and a phone."""
    person: dict[str, Any] = {"person_id": f"p-{who}"}
    raw: dict[str, Any] = {
        "connection_id": "files",
        "stream": "people",
        "content_hash": name,
        "change_hash": name,
        "body": name.encode(),
    }
    names = [{"raw_id": f"r-{who}{n}", "record_id": f"rec-{who}{n}", "vendor_id": f"{name}-{n}"} for n in range(3)]
    rows: Rows = {
        "raw": [raw | one for one in names],
        "person_links": [person | {"record_id": f"rec-{who}0", "undone": False}],
        "visit_versions": [person | {"visit_id": f"v-{who}", "record_id": f"rec-{who}1"}],
        "visit_records": [{"visit_id": f"v-{who}", "record_id": f"rec-{who}2"}],
        "persons": [person | {"first_name": name, "display_name": f"{name} A"}],
        "versions": [{"version_id": f"ver-{who}", "record_id": f"rec-{who}0", "body": name, "vendor_id": name}],
        "messages": [person | {"message_id": f"m-{who}", "body": f"Hi {name}"}],
        "open_visits": [person | {"visit_id": f"v-{who}", "provider_id": name}],
        "person_contacts": [person | {"contact_point_id": "cp-shared", "ended": False}],
    }
    for table, some in rows.items():
        session.insert(table, some)


def _leave_words_everywhere(session: Session) -> None:
    said, email = f"{CANARY} said this", f"{CANARY}@example.com"
    rows: Rows = {
        "persons": [{"person_id": "p-old", "first_name": CANARY, "merged_into": "p-1"}],
        "person_contacts": [{"person_id": "p-1", "contact_point_id": "cp-1", "ended": False}],
        "inquiries": [{"inquiry_id": "q-1", "person_id": "p-1", "record_id": "rec-10", "email_id": "cp-lead"}],
        "quarantine": [{"raw_id": "r-11", "problem": said, "origin": said}, {"raw_id": "r-21", "problem": "kept"}],
        "person_records": [{"record_id": "rec-10", "evidence": said, "vendor_id": said}],
        "record_keys": [{"record_id": "rec-10", "join_key": key} for key in (said, "cp-1")],
        "appointment_records": [{"record_id": "rec-11", "facts": said, "person_key": said}],
        "payment_links": [{"visit_id": "v-1", "link": said}],
        "payments": [{"payment_id": "e-1", "record_id": "rec-money", "person_id": "p-1"}],
        "intakes": [{"intake_id": "e-2", "record_id": "rec-form", "person_id": "p-1"}],
        "raw": [
            {"raw_id": f"r-{of}", "record_id": f"rec-{of}", "connection_id": "files", "stream": of, "vendor_id": said}
            | {"content_hash": of, "change_hash": of, "body": said.encode()}
            for of in ("money", "form")
        ],
        "suppressions": [{"suppression_id": "s-1", "contact_point_id": "cp-1", "scope": "all", "lifted": False}],
        "contact_points": [
            {"contact_point_id": "cp-1", "kind": "phone", "value": PHONE},
            {"contact_point_id": "cp-shared", "kind": "phone", "value": SHARED_PHONE},
            {"contact_point_id": "cp-lead", "kind": "email", "value": email},
        ],
    }
    for table, some in rows.items():
        session.insert(table, some)


def _words(store: Store) -> str:
    """Every value of every table, as one text."""
    with store.place.opened(read_only=True) as cursor:
        tables = [
            row[0]
            for row in cursor.execute(
                "SELECT table_name FROM duckdb_tables() WHERE database_name = current_database()"
            ).fetchall()
        ]
        return "\n".join(str(cursor.execute(f'SELECT * FROM "{table}"').fetchall()) for table in tables)  # noqa: S608 - names from the catalogue


def test_no_word_of_an_erased_person_is_left_and_all_of_the_others_are(peopled: Store) -> None:
    assert CANARY in _words(peopled)
    before = peopled.path.stat()
    done = erase(peopled, "p-1", request_id="er-1", now=NOW)
    words = _words(peopled)
    assert CANARY not in words
    assert PHONE not in words
    assert all(kept in words for kept in ("Other A", "Hi Other", SHARED_PHONE, "'kept'", "er-1:"))
    assert peopled.path.stat().st_ino != before.st_ino
    assert done.counts == {
        "raw": 5,
        "versions": 1,
        "quarantine": 1,
        "person_records": 1,
        "record_keys": 1,
        "appointment_records": 1,
        "persons": 2,
        "contact_points": 2,
        "messages": 1,
        "payment_links": 1,
        "open_visits": 1,
    }
    assert done.in_flight == 1


def test_what_an_old_export_brings_back_is_recognised(peopled: Store) -> None:
    erase(peopled, "p-1", request_id="er-1", now=NOW)
    with peopled.reading() as session:
        assert erased(session, "phone", PHONE)
        assert erased(session, "email", f"{CANARY}@example.com")
        assert erased(session, RECORD, f"files/people/{CANARY}-0")
        assert not erased(session, "phone", SHARED_PHONE)
        assert not erased(session, RECORD, "files/people/Other-0")
        (row,) = session.rows("latest_of_records", records="rec-10")
        assert row["erased"]


def test_opt_outs_stay_on_their_pseudonyms(peopled: Store) -> None:
    erase(peopled, "p-1", request_id="er-1", now=NOW)
    with peopled.reading() as session:
        assert [row["suppression_id"] for row in session.rows("outbox_suppressions", contact_points=["cp-1"])] == [
            "s-1"
        ]


def test_nothing_is_sent_to_an_erased_person(peopled: Store) -> None:
    erase(peopled, "p-1", request_id="er-1", now=NOW)
    with peopled.reading() as session:
        assert {row["action_id"]: row["state"] for row in session.rows("every_open_action")} == {
            "a-2": "planned",
            "a-3": "ambiguous",
        }


def test_the_audit_of_an_erased_ledger_still_verifies(peopled: Store) -> None:
    erase(peopled, "p-1", request_id="er-1", now=NOW)
    found = audit_log.verify(peopled, [], KeyRing.of(SIGNER.key))
    assert found.ok
    assert found.entries > 0


def test_killed_before_the_file_is_written_anew_the_next_sweep_does_it(
    peopled: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(peopled.place, "compact", killed)
    with pytest.raises(KeyboardInterrupt):
        erase(peopled, "p-1", request_id="er-1", now=NOW)
    monkeypatch.undo()
    before = peopled.path.stat().st_ino
    assert finish_erasures(peopled, NOW) == 1
    assert peopled.path.stat().st_ino != before
    assert finish_erasures(peopled, NOW) == 0


def test_a_person_nobody_knows_is_not_erased(peopled: Store) -> None:
    with pytest.raises(LedgerError, match="no person p-9"):
        erase(peopled, "p-9", request_id="er-1", now=NOW)


# Columns by name that hold codes, ids, hashes or words of ours, in whatever table.
CODES = frozenset(
    re.findall(
        r"\S+",
        """
    action_ids after answered_to answers audit_range before brand carrier carrier_state carries category change
    channel checksum code command completion counts currency cursor decided exported_to form_version format hash hipaa
    how intent journeys keyed_hashes kind line_type local_time matched merged_into name next_step note outcome
    platform policy prev_hash product purpose read_only_why reason refs rewrites root row rule same_as scope secret
    sender service_family source spam_reason stage state status step stream subject_kind tcpa tells template
    title tombstone tree vendor who why word
""",
    )
)
# Where a column of that name is erased in one table and holds codes in another.
CODES_HERE = frozenset(
    re.findall(
        r"\S+",
        """
    audit.body configuration.body open_actions.facts closed_actions.facts verdicts.facts ledger_head.origin
    raw.origin inquiries.language messages.language pauses.value
""",
    )
)


def test_every_column_that_can_hold_a_word_of_a_person_is_erased(peopled: Store) -> None:
    """A new table or column has to be thought about: it is erased, or it is named above."""
    with peopled.place.opened(read_only=True) as cursor:
        shapes = shapes_in(cursor)
    texts = {
        f"{table}.{column}"
        for table, shape in shapes.items()
        for column, kind in shape.columns.items()
        if kind in (pa.string(), pa.binary()) and not column.endswith(("_id", "_hash", "_by", "_sha256"))
    }
    thought_of = {name for name in texts if name.split(".")[1] in CODES} | CODES_HERE
    assert texts - thought_of - _erased_columns() == set()
    assert texts >= CODES_HERE


def _erased_columns() -> set[str]:
    """What the statements of erasure.sql set to nothing."""
    found = set()
    for query in all_queries().values():
        if query.file == ERASING and (
            match := re.match(r"UPDATE (\w+) SET (.*?)\s(?:FROM|WHERE)\s", query.sql, re.DOTALL)
        ):
            found |= {f"{match[1]}.{column}" for column in re.findall(r"(\w+) = ", match[2])}
    return found
