"""The spool as the hub knows it: where it lies, what seals it, and which practices its calls may land in."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Final

from canonical.conversations import ReplyIntent
from canonical.ids import PracticeId, RunId
from canonical.practice import Channel
from ledger.installation import accounts, forget_seen, routed, set_accounts, unrouted
from ledger.keys import read_key, subkey
from ledger.store import Store
from pipelines.accept.call import Call
from pipelines.accept.rooms import Overheard, Room
from pipelines.accept.routing import accounts_of
from pipelines.accept.spool import Spool
from pipelines.accept.stage import Drained, drain
from pipelines.policy.rules.inbound import Inbound, hear
from pipelines.tick.hub import Hub, PracticeHub, installation_ledger
from settings.installation import Installation

ABANDONED: Final = timedelta(hours=1)
"""Nobody takes longer to write a call down."""
REPEATED_WITHIN: Final = timedelta(days=35)
_INSTALLATION = "installation"
_TAKES_BACK: Final[Mapping[ReplyIntent, bool]] = {
    ReplyIntent.STOP: True,
    ReplyIntent.STOP_LIKELY: True,
    ReplyIntent.WRONG_NUMBER: True,
    ReplyIntent.START: False,
}


def spool_of(installation: Installation) -> Spool:
    """The installation's spool. Raises LedgerKeyMissing."""
    previous = installation.previous_keys.get(_INSTALLATION)
    references = [installation.key_for(_INSTALLATION), *([previous] if previous else [])]
    keys = [subkey(read_key(reference).secret, "spool") for reference in references]
    return Spool(installation.data / "spool", keys)


@dataclass(frozen=True)
class HubRooms:
    """The practices of a hub, opened as calls ask for them. Good for one look into the spool."""

    hub: Hub

    @cached_property
    def installation(self) -> Store:
        """The installation's own ledger."""
        return installation_ledger(self.hub.installation)

    def practices(self) -> Collection[str]:
        """Which there are now."""
        return self.hub.practices()

    def room(self, practice: str) -> Room:
        """One of them, with its accounts made known. Raises SettingsError or a LedgerError."""
        opened = self.hub.open(practice)
        self.declare(opened)
        connections = {one.connection_id: one for one in opened.config.practice.connections}
        return Room(PracticeId(practice), opened.store, connections, opened.catalogue)

    def now(self) -> datetime:
        """Business time. Not to be asked inside a session of the installation's ledger: the clock looks into it."""
        return self.hub.clock.business_now()

    def takes_back(self, said: Overheard) -> bool | None:
        """As the policy hears it (TCPA-10, -11)."""
        heard = hear(Inbound(text=said.text, channel=Channel.SMS, at=said.at, vendor_says=said.vendor_says))
        return _TAKES_BACK.get(heard.intent) if heard.intent else None

    def declare(self, practice: PracticeHub) -> bool:
        """Let the installation know which accounts are this practice's; False when it knows already."""
        owned, now = frozenset(accounts_of(practice.config.practice)), self.now()
        with self.installation.reading() as session:
            if accounts(session, practice.practice_id) == owned:
                return False
        with self.installation.writing() as session:
            return set_accounts(session, practice.practice_id, owned, now)


def try_homeless(hub: Hub, spool: Spool) -> int:
    """Put events that nobody owned back into the spool, because accounts have changed; how many. Cut off, it is simply done again."""
    ledger = installation_ledger(hub.installation)
    with ledger.reading() as session:
        events = unrouted(session)
    for event in events:
        spool.write(Call.decoded(event.body))
    if events:
        with ledger.writing() as session:
            routed(session, [event.event_id for event in events])
    return len(events)


def tidy(hub: Hub, spool: Spool) -> int:
    """Forget what writers that died left half written, and events so old that no vendor repeats them; how many of both."""
    gone = spool.forget_unfinished(hub.clock.machine_now() - ABANDONED)
    before = hub.clock.business_now() - REPEATED_WITHIN
    with installation_ledger(hub.installation).writing() as session:
        return gone + forget_seen(session, before)


def take_in(hub: Hub, spool: Spool, run_id: RunId) -> Drained:
    """Land whatever lies in the spool now (`pipelines.accept.stage.drain`)."""
    return drain(spool, HubRooms(hub), run_id)
