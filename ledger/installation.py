"""What belongs to no single practice: the list of practices, who owns which account, shared opt-outs, and the clock.

A claim passes the installation's turnstile first and the practice's after it; a transaction writes one of the two.
"""

import hmac
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from canonical.clock import Clock, rfc3339
from canonical.ids import ConnectionId, PracticeId
from canonical.problems import ClockWentBack, LedgerError
from ledger.session import Session


class ClockStays(LedgerError):
    """The clock may be turned only where every practice is a demo: real people would get messages at wrong times."""


@dataclass(frozen=True, slots=True)
class PracticeEntry:
    """One practice of the installation."""

    practice_id: PracticeId
    folder: str
    demo: bool


@dataclass(frozen=True, slots=True)
class AccountOwner:
    """One practice's part of a vendor account. Without addresses the whole account is theirs."""

    vendor: str
    account: str
    practice_id: PracticeId
    connection_id: ConnectionId
    addresses: frozenset[str] = frozenset()
    """Phone numbers, calendars or pages that tell this practice's events from those of others on the account."""


def practices(session: Session) -> tuple[PracticeEntry, ...]:
    """The practices that were added and not removed, by id."""
    return tuple(
        PracticeEntry(PracticeId(row["practice_id"]), row["folder"], row["demo"])
        for row in session.rows("practices_now")
    )


def add_practice(session: Session, practice: PracticeEntry, now: datetime) -> bool:
    """Add a practice; False when it is there. Raises `ClockStays` for a real practice where the clock was turned."""
    there = {entry.practice_id: entry for entry in practices(session)}
    if there.get(practice.practice_id) == practice:
        return False
    if not practice.demo and session.one("turned_clock"):
        raise ClockStays(
            f"{practice.practice_id}: the clock of this installation was turned, so only demo practices fit in",
            next_step="Make a new installation for real practices with `glowline init`.",
        )
    session.run("remove_practice", practice_id=practice.practice_id, now=now)
    row = {"practice_id": practice.practice_id, "folder": practice.folder, "demo": practice.demo, "added_at": now}
    session.insert("practices", [row])
    return True


def remove_practice(session: Session, practice_id: PracticeId, now: datetime) -> bool:
    """Remove a practice from the list, with its accounts; its ledger stays. False when it is not in the list."""
    session.run("forget_accounts", practice_id=practice_id)
    return session.run("remove_practice", practice_id=practice_id, now=now) > 0


def accounts(session: Session, practice_id: PracticeId) -> frozenset[AccountOwner]:
    """What is known of a practice's accounts."""
    return frozenset(map(_owner, session.rows("accounts_of_practice", practice_id=practice_id)))


def set_accounts(session: Session, practice_id: PracticeId, owned: Iterable[AccountOwner], now: datetime) -> bool:
    """These are the practice's accounts from now on; False when nothing changed."""
    wanted = frozenset(owned)
    if wanted == accounts(session, practice_id):
        return False
    session.run("forget_accounts", practice_id=practice_id)
    session.insert(
        "accounts",
        [
            {
                "vendor": one.vendor,
                "account": one.account,
                "practice_id": practice_id,
                "connection_id": one.connection_id,
                "addresses": json.dumps(sorted(one.addresses)),
                "recorded_at": now,
            }
            for one in sorted(wanted, key=lambda one: (one.vendor, one.account, one.connection_id))
        ],
    )
    return True


def owners(session: Session, vendor: str, account: str, addresses: Iterable[str] = ()) -> tuple[AccountOwner, ...]:
    """Who an event on this account belongs to: the owners of one of its addresses, else those without any. Nobody: ()."""
    all_of_them = sharers(session, vendor, account)
    here = frozenset(addresses)
    by_address = tuple(one for one in all_of_them if one.addresses & here)
    return by_address or tuple(one for one in all_of_them if not one.addresses)


def sharers(session: Session, vendor: str, account: str) -> tuple[AccountOwner, ...]:
    """Everybody who has a part of this account, whatever their addresses."""
    return tuple(map(_owner, session.rows("owners_of_account", vendor=vendor, account=account)))


def _owner(row: dict[str, str]) -> AccountOwner:
    return AccountOwner(
        row["vendor"],
        row["account"],
        PracticeId(row["practice_id"]),
        ConnectionId(row["connection_id"]),
        frozenset(json.loads(row["addresses"])),
    )


@dataclass(frozen=True, slots=True)
class UnroutedEvent:
    """An event no practice owns, kept until a person says whose it is."""

    event_id: str
    vendor: str
    account: str
    body: bytes
    why: str


def keep_unrouted(session: Session, events: Sequence[UnroutedEvent], now: datetime) -> int:
    """Keep events once each; how many were new."""
    there = {row["event_id"] for row in session.rows("unrouted_by_id", ids=[one.event_id for one in events])}
    fresh = {one.event_id: one for one in events if one.event_id not in there}
    rows = [
        {name: getattr(one, name) for name in UnroutedEvent.__slots__} | {"recorded_at": now} for one in fresh.values()
    ]
    session.insert("unrouted", rows)
    return len(rows)


def unrouted(session: Session, most: int = 100) -> tuple[UnroutedEvent, ...]:
    """The oldest of them."""
    return tuple(
        UnroutedEvent(row["event_id"], row["vendor"], row["account"], row["body"], row["why"])
        for row in session.rows("unrouted_events", most=most)
    )


def routed(session: Session, event_ids: Sequence[str]) -> int:
    """Let go of events that found their practice; how many were kept."""
    return session.run("forget_unrouted", ids=list(event_ids))


def seen(session: Session, vendor: str, event_ids: Sequence[str]) -> frozenset[str]:
    """Those of the events that were seen before."""
    rows = session.rows("seen_events_among", vendor=vendor, ids=list(event_ids)) if event_ids else []
    return frozenset(row["event_id"] for row in rows)


def first_seen(session: Session, vendor: str, event_ids: Sequence[str], now: datetime) -> tuple[str, ...]:
    """Those of the events that were never seen before, which they are from now on. Only a filter: landing is idempotent too."""
    known = seen(session, vendor, event_ids)
    fresh = tuple(one for one in dict.fromkeys(event_ids) if one not in known)
    session.insert("seen_events", [{"vendor": vendor, "event_id": one, "seen_at": now} for one in fresh])
    return fresh


def forget_seen(session: Session, before: datetime) -> int:
    """Let go of events seen before that instant; how many."""
    return session.run("forget_seen_events", before=before)


def contact_hash(session: Session, value: str) -> str:
    """How a phone number or mail address stands in the shared opt-outs: unguessable without the installation's ledger."""
    return hmac.new(session.key("shared-opt-outs"), value.encode(), sha256).hexdigest()


def opt_out(
    session: Session,
    sender: str,
    value: str,
    *,
    brand: str,
    effective_at: datetime,
    now: datetime,
    lifted: bool = False,
) -> None:
    """Somebody opted out of (or, `lifted`, back in to) a sender that several practices share."""
    row = {
        "sender": sender,
        "contact_hash": contact_hash(session, value),
        "brand": brand,
        "lifted": lifted,
        "effective_at": effective_at,
        "recorded_at": now,
    }
    session.insert("shared_opt_outs", [row])


def opted_out(session: Session, sender: str, values: Sequence[str]) -> frozenset[str]:
    """Those of the contacts that opted out of this sender, for whatever brand."""
    by_hash = {contact_hash(session, value): value for value in values}
    found = session.rows("shared_opt_outs_of", sender=sender, contacts=list(by_hash))
    return frozenset(by_hash[row["contact_hash"]] for row in found if not row["lifted"])


@dataclass(frozen=True, slots=True)
class TurnedClock:
    """Business time that was turned to another instant and passes as fast as the machine's."""

    machine: Clock
    business_at: datetime
    machine_at: datetime

    def business_now(self) -> datetime:
        """Where it was turned to, and what has passed since (UTC)."""
        return (self.business_at + (self.machine.machine_now() - self.machine_at)).astimezone(UTC)

    def machine_now(self) -> datetime:
        """The machine's own instant, which never turns (UTC)."""
        return self.machine.machine_now()


def clock(session: Session, machine: Clock) -> Clock:
    """The installation's clock: `machine` unless it was turned."""
    row = session.one("turned_clock")
    return TurnedClock(machine, row["business_at"], row["machine_at"]) if row else machine


def turn_clock(session: Session, to: datetime, machine: Clock, *, who: str) -> Clock:
    """Turn business time to `to`. Raises `ClockStays` unless every practice is a demo, `ClockWentBack` for a second turn back."""
    real = [entry.practice_id for entry in practices(session) if not entry.demo]
    if real:
        raise ClockStays(
            f"the clock stays: {', '.join(real)} {'is' if len(real) == 1 else 'are'} no demo",
            next_step="Turn the clock only in an installation of demo practices (`demo: true` in every practice.yaml).",
        )
    before = clock(session, machine)
    if isinstance(before, TurnedClock) and to < before.business_now():
        raise ClockWentBack(
            f"the clock was turned to {rfc3339(before.business_at)} and stands at {rfc3339(before.business_now())}; it does not go back",
            next_step="Turn it forward, or begin again with a fresh data folder.",
        )
    session.run("stop_clock")
    session.insert("clock", [{"business_at": to, "machine_at": machine.machine_now(), "turned_by": who}])
    return clock(session, machine)
