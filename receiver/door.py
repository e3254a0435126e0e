"""A call at the door: is there such an address, is the caller who the vendor is, and is it on the disk? Then it is answered."""

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from threading import Lock
from typing import Final

from canonical.actions import Outcome
from canonical.clock import Clock
from canonical.ids import PracticeId
from canonical.problems import ConnectorProblem, NotOffered, SettingsError
from connectors.kit.access import Tools
from connectors.kit.registry import greeted, webhook, webhook_secrets
from connectors.kit.signatures import Doubt, SignatureRefused
from connectors.kit.webhooks import Incoming
from pipelines.accept.call import Call
from pipelines.accept.sorting import only_reports, signs
from pipelines.accept.spool import Spool, SpoolFull
from pipelines.policy.rules.deliveries import Delivery, believed
from receiver.directory import Address, Directory

LARGEST_BODY: Final = 1024 * 1024
"""Bytes. No vendor's event is near it."""

log = logging.getLogger(__name__)


class Answer(IntEnum):
    """What the caller hears: a status, and nothing else."""

    TAKEN = 204
    """It is on the disk."""
    UNSIGNED = 401
    NOT_BELIEVED = 403
    UNKNOWN = 404
    NOT_ASKED = 405
    """This vendor makes no first call by GET."""
    TOO_SLOW = 408
    TOO_LARGE = 413
    OTHER_KIND = 415
    LATER = 503
    """Not on the disk, and not the caller's fault: come again."""
    BUSY = 429
    """The same, in the words of vendors that come again on nothing else."""


REFUSED: Final = {Doubt.MISSING: Answer.UNSIGNED, Doubt.MISMATCH: Answer.NOT_BELIEVED, Doubt.STALE: Answer.NOT_BELIEVED}


@dataclass(frozen=True, slots=True)
class Knock:
    """A call before anybody has believed it."""

    vendor: str
    practice: str
    connection: str
    path: str
    """As it was written on the wire, query included."""
    headers: dict[str, str]
    """Names in lower case."""
    body: bytes


@dataclass
class Door:
    """Takes calls in. Thread-safe; everything here may wait for the disk."""

    directory: Directory
    tools: Tools
    clock: Clock
    spool: Spool
    public_url: str
    """The address vendors were given: they sign it."""
    taken: Callable[[], None] = lambda: None
    """Told after each call that is on the disk."""
    counts: Counter[Answer] = field(default_factory=Counter)
    _guard: Lock = field(default_factory=Lock, repr=False)

    def address(self, vendor: str, practice: str, connection: str) -> Address | Answer:
        """The address, or what to answer where there is none."""
        try:
            return self.directory.find(vendor, practice, connection) or Answer.UNKNOWN
        except SettingsError as wrong:
            log.warning("door: %s", wrong)
            return Answer.LATER

    def receive(self, address: Address, knock: Knock) -> Answer:
        """Believe the call and put it on the disk, or say why not. No word of it is kept unless it is believed."""
        try:
            answer = self._kind(address, knock) or self._received(address, knock)
        except Exception as error:  # a defect that a call provokes must not be reported with the call's own words in it
            log.warning("door: %s: a call could not be taken in (%s)", address.practice_id, type(error).__name__)
            answer = Answer.LATER
        if answer is Answer.LATER and address.manifest.webhook:
            answer = Answer(address.manifest.webhook.later)
        with self._guard:
            self.counts[answer] += 1
        return answer

    def greet(self, address: Address, path: str) -> str | Answer:
        """What answers a vendor's first call by GET. Nothing of it is kept."""
        incoming = Incoming(url=f"{self.public_url.rstrip('/')}{path}", headers={}, body=b"", method="GET")
        try:
            return greeted(address.connection, self.tools, incoming)
        except SignatureRefused as refused:
            return REFUSED[refused.doubt]
        except NotOffered:
            return Answer.NOT_ASKED
        except ConnectorProblem as problem:
            log.warning("door: %s %s", problem, problem.next_step)
            return Answer.LATER

    def _kind(self, address: Address, knock: Knock) -> Answer | None:
        given = knock.headers.get("content-type", "").partition(";")[0].strip().casefold()
        spec = address.manifest.webhook
        return None if spec and given in spec.media_types else Answer.OTHER_KIND

    def _received(self, address: Address, knock: Knock) -> Answer:
        incoming = Incoming(
            url=f"{self.public_url.rstrip('/')}{knock.path}",
            headers=knock.headers,
            body=knock.body,
            settings=address.connection.settings,
            received_at=self.clock.business_now(),
        )
        refusal = self._refusal(address, incoming)
        if refusal:
            log.info("door: %s/%s answered %d", address.practice_id, address.connection.connection_id, refusal)
            return refusal
        return self._kept(address, incoming)

    def _refusal(self, address: Address, incoming: Incoming) -> Answer | None:
        """Why it is not believed (SEC-02). Repetition is decided where it lands: there the event's own id is known."""
        vendor = address.connection.vendor
        doubt: Doubt | None = None
        try:
            secrets = webhook_secrets(address.connection, self.tools)
            webhook(vendor).verify(incoming, secrets, now=self.clock.machine_now())
        except SignatureRefused as refused:
            doubt = refused.doubt
        except ConnectorProblem as problem:
            log.warning("door: %s %s", problem, problem.next_step)
            return Answer.LATER
        delivery = Delivery(vendor=vendor, signs=signs(address.manifest), doubt=doubt or "", seen_before=False)
        blocked = believed(delivery).outcome is Outcome.BLOCK
        return REFUSED[doubt] if doubt else Answer.NOT_BELIEVED if blocked else None

    def _kept(self, address: Address, incoming: Incoming) -> Answer:
        call = Call(
            vendor=address.connection.vendor,
            practice_id=PracticeId(address.practice_id),
            connection_id=address.connection.connection_id,
            incoming=incoming,
            arrived_at=self.clock.machine_now(),
        )
        try:
            self.spool.write(call, report=only_reports(call))
        except SpoolFull as full:
            log.warning("door: %s %s", full, full.next_step)
            return Answer.LATER
        self.taken()
        return Answer.TAKEN
