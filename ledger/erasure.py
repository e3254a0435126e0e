"""Erasing a person: everything that describes them becomes a tombstone, and the file is written anew without the old bytes.

Ids, the audit, consents and opt-outs stay: they are pseudonyms, and the law wants them kept. A tombstone holds the request's
id and a keyed hash, so that the same record or number is recognised when an old export brings it back. Snapshots are gone by
themselves; backups expire within six months.
"""

import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from canonical.actions import ActionState
from canonical.clock import rfc3339
from canonical.delivery import BEFORE_CLAIM
from canonical.ids import ActionId
from canonical.problems import LedgerError
from ledger.actions import Move, transition
from ledger.audit.events import AuditBody, AuditTag
from ledger.session import Session
from ledger.store import Store

REASON = "erased"
RECORD = "record"
"""The kind under which vendor records are recognised: value = connection/stream/vendor id."""


@dataclass(frozen=True, slots=True)
class Erased:
    """What was replaced, by table. `in_flight`: sends whose outcome is still open; they settle by themselves."""

    request_id: str
    counts: dict[str, int]
    in_flight: int


def erase(store: Store, person_id: str, *, request_id: str, now: datetime, keep_record: bool = False) -> Erased:
    """Erase a person, and whoever was merged into them, for the request of that id. `now` is business time.

    With `keep_record` the medical record stays, and with it who they are: what they asked for, what they wrote and what was sold
    to them goes (DEL-02). Returns when no byte of it is left in the ledger. Killed half-way, `finish_erasures` does the rest. Raises `LedgerError`
    for a person the ledger does not know.
    """
    with store.writing(business_now=now) as session:
        erased = _Erasure(session, person_id, request_id, now, keep_record=keep_record).carry_out()
    finish_erasures(store, now)
    return erased


def finish_erasures(store: Store, now: datetime) -> int:
    """Write the ledger anew where an erasure waits for it; how many waited."""
    with store.reading() as session:
        waiting = session.rows("erasures_not_done")
    if not waiting:
        return 0
    store.place.compact()
    with store.writing(business_now=now) as session:
        session.insert("erasures", [row | {"done_at": now} for row in waiting])
    return len(waiting)


def erased(session: Session, kind: str, value: str) -> bool:
    """Whether this number (`phone`), address (`email`) or vendor record (`record`) was erased on somebody's request."""
    row = session.one("erased_among", hash=keyed_hash(session, kind, value))
    return bool(row and row["found"])


def keyed_hash(session: Session, kind: str, value: str) -> str:
    """How an erased value stands in a tombstone: unguessable without this ledger."""
    return hmac.new(session.key("erasure"), f"{kind}\x00{value}".encode(), sha256).hexdigest()[:32]


def persons_to_erase(session: Session, person_id: str) -> list[str]:
    """A person and everybody who was merged into them. Raises `LedgerError` for one the ledger does not know."""
    found = session.rows("persons_to_erase", person_id=person_id)
    if not any(row["rows"] for row in found):
        raise LedgerError(
            f"there is no person {person_id}",
            next_step="Look the person up with `glowline explain`, and erase that id.",
        )
    return [row["person_id"] for row in found]


class _Erasure:
    """One erasure in one transaction."""

    def __init__(self, session: Session, person_id: str, request_id: str, now: datetime, *, keep_record: bool) -> None:
        self._session = session
        self._keep_record = keep_record
        self._person_id = person_id
        self._request_id = request_id
        self._now = now
        self._persons = _text(persons_to_erase(session, person_id))
        query = "lead_records_to_erase" if keep_record else "records_to_erase"
        self._records = _text([row["record_id"] for row in session.rows(query, persons=self._persons)])

    @property
    def _whole(self) -> str:
        """Those of whom nothing stays."""
        return _text([]) if self._keep_record else self._persons

    def carry_out(self) -> Erased:
        """Replace everything, note it, and say how much it was."""
        raws = self._session.rows("raw_to_erase", records=self._records, persons=self._whole)
        contacts = self._session.rows("contacts_to_erase", persons=self._whole)
        counts = self._replace(raws, contacts)
        in_flight = self._stop_actions()
        hashes = [self._hash(row["kind"], row["value"]) for row in contacts]
        hashes += {self._hash(RECORD, _record(row)) for row in raws if row["vendor_id"]}
        self._note(sorted(hashes), counts)
        return Erased(self._request_id, counts, in_flight)

    def _replace(self, raws: Sequence[dict[str, object]], contacts: Sequence[dict[str, object]]) -> dict[str, int]:
        run, stone = self._session.run, self._request_id
        persons, records = self._whole, self._records
        contact_ids = _text([row["contact_point_id"] for row in contacts])
        contact_stones = _text([self._stone(str(row["kind"]), row["value"]) for row in contacts])
        raw_stones = _text([self._stone("raw", row["content_hash"]) for row in raws])
        return {
            "raw": run("erase_raw", seqs=_text([row["seq"] for row in raws]), tombstones=raw_stones),
            "versions": run("erase_versions", records=records, persons=persons, tombstone=stone),
            "quarantine": run("erase_quarantine", raws=_text([row["raw_id"] for row in raws]), tombstone=stone),
            "person_records": run("erase_person_records", records=records, tombstone=stone),
            "record_keys": run("erase_record_keys", records=records, tombstone=stone),
            "appointment_records": run("erase_appointment_records", records=records, tombstone=stone),
            "persons": run("erase_persons", persons=persons, tombstone=stone),
            "contact_points": run("erase_contact_points", contacts=contact_ids, tombstones=contact_stones),
            "messages": run("erase_messages", persons=persons, contacts=contact_ids, tombstone=stone)
            + run("erase_messages_that_sold", persons=self._persons, tombstone=stone),
            "payment_links": run("erase_payment_links", persons=persons),
            "open_visits": run("forget_visits_of", persons=persons),
        }

    def _stop_actions(self) -> int:
        found = self._session.rows("actions_of_persons", persons=self._persons)
        states = {ActionId(row["action_id"]): ActionState(row["state"]) for row in found}
        moves = [
            Move(action, ActionState.DROPPED if state in BEFORE_CLAIM else ActionState.EXPIRED, REASON)
            for action, state in states.items()
            if state in BEFORE_CLAIM or state is ActionState.NOT_SENT
        ]
        transition(self._session, moves, now=self._now)
        return len(states) - len(moves)

    def _note(self, hashes: Sequence[str], counts: dict[str, int]) -> None:
        row = {
            "request_id": self._request_id,
            "person_id": self._person_id,
            "keyed_hashes": json.dumps(list(hashes)),
            "counts": json.dumps(counts, sort_keys=True),
            "requested_at": self._now,
        }
        self._session.insert("erasures", [row])
        self._session.audit(
            AuditBody(
                tag=AuditTag.ERASURE_DONE,
                at=rfc3339(self._now),
                practice=self._session.practice_id,
                subject_id=self._person_id,
                refs={"request": self._request_id, "kept": "medical_record" if self._keep_record else "nothing"},
                counts=counts,
            )
        )

    def _hash(self, kind: str, value: str) -> str:
        return keyed_hash(self._session, kind, value)

    def _stone(self, kind: str, value: object) -> str:
        return f"{self._request_id}:{self._hash(kind, str(value))}"


def _record(row: dict[str, object]) -> str:
    return f"{row['connection_id']}/{row['stream']}/{row['vendor_id']}"


def _text(values: Sequence[object]) -> str:
    """A list as DuckDB reads one from text."""
    return json.dumps(list(values))
