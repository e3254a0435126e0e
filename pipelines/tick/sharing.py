"""A number that several practices send from: who opted out of it at one of them hears from none of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from canonical.consent import Suppression, SuppressionScope
from canonical.ids import ContactPointId, Prefix, SuppressionId, derived_id
from ledger.installation import opt_out
from ledger.permission import restore, suppress
from ledger.progress import advance, reached
from ledger.session import Session
from ledger.shared_opt_outs import Word, phones_since, shared_numbers, spoken, words
from ledger.store import Store
from pipelines.replies.stage import SharedWord
from pipelines.tick.hub import PracticeHub, installation_ledger

WORDS, PHONES = "shared.words", "shared.phones"


@dataclass
class Sharing:
    """What one practice tells the others on its numbers, and hears from them."""

    practice: PracticeHub
    _numbers: Mapping[str, frozenset[str]] = field(default_factory=dict)
    _asked: int | None = field(default=None, repr=False)
    """The state of the installation's ledger when it was last asked which numbers are shared."""

    def tell(self, said: Sequence[SharedWord]) -> None:
        """A word to a shared number is told in the installation's ledger, before the practice's own is written."""
        shared = [word for word in said if word.sender in self.numbers()]
        if not shared:
            return
        now, brand = self.practice.hub.clock.business_now(), self.practice.config.practice.brand
        with self._installation.writing() as session:
            for word in shared:
                value = word.contact.get_secret_value()
                opt_out(session, word.sender, value, brand=brand, effective_at=word.at, now=now, lifted=word.lifted)

    def unheeded(self, session: Session) -> bool:
        """Whether somebody has said something to a shared number since `heed` last listened. `session` is the practice's own."""
        numbers = self.numbers()
        if not numbers:
            return False
        with self._installation.reading() as installation:
            newest = max((word.seq for word in words(installation, numbers).values()), default=0)
        return newest > reached(session, WORDS)

    def heed(self) -> int:
        """Take over what was said to our shared numbers, at whichever practice; how many contact points it concerns."""
        numbers = self.numbers()
        if not numbers:
            return 0
        with self.practice.store.reading() as session:
            marks = reached(session, WORDS), reached(session, PHONES)
            newest = session.head.seq
            every, fresh = phones_since(session, 0), phones_since(session, marks[1])
        with self._installation.reading() as session:
            said = words(session, numbers)
            news = {one: word for one, word in said.items() if word.seq > marks[0]}
            found = spoken(session, said, fresh) | (spoken(session, news, every) if news else {})
        if not fresh and not news:
            return 0
        now = self.practice.hub.clock.business_now()
        with self.practice.store.writing(business_now=now) as session:
            for contact, word in found.items():
                self._take_over(session, ContactPointId(contact), word, now)
            advance(session, WORDS, max((word.seq for word in said.values()), default=marks[0]))
            advance(session, PHONES, newest)
        return len(found)

    def others(self) -> frozenset[str]:
        """The practices that send from one of our numbers."""
        return frozenset().union(*self.numbers().values())

    def numbers(self) -> Mapping[str, frozenset[str]]:
        """The practice's numbers that others send from too, with these others."""
        changed = self._installation.path.stat().st_mtime_ns
        if changed != self._asked:
            senders = [sender.address for sender in self.practice.config.practice.senders]
            with self._installation.reading() as session:
                self._numbers = shared_numbers(session, self.practice.practice_id, senders)
            self._asked = changed
        return self._numbers

    @property
    def _installation(self) -> Store:
        return installation_ledger(self.practice.hub.installation)

    def _take_over(self, session: Session, contact: ContactPointId, word: Word, now: datetime) -> None:
        brand, source = self.practice.config.practice.brand, f"shared:{word.sender}"
        if word.lifted:
            restore(session, contact, brand, source=source, raw_id="", at=word.effective_at, now=now)
            return
        suppression = Suppression(
            suppression_id=SuppressionId(derived_id(Prefix.SUPPRESSION, contact, source, str(word.seq))),
            contact_point_id=contact,
            brand=brand,
            scope=SuppressionScope.ALL,
            effective_at=word.effective_at,
            recorded_at=now,
            source=source,
            word="shared number",
        )
        suppress(session, suppression, raw_id="")
