"""A short-lived token for a lasting secret, where a vendor wants one fetched: client credentials, a page's token."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pydantic import SecretStr

from canonical.problems import NeedsOperator, TryLater, Where
from connectors.kit.access import Access
from connectors.kit.auth import Kept
from connectors.kit.exchange import Answer, Request, Transport, Unanswered
from connectors.kit.secrets import SecretStore, StoreUnreadable
from connectors.kit.shapes import Misshapen, shaped

_EARLY = timedelta(seconds=90)
"""A token is fetched anew this long before its end, so that it cannot end between the check and the vendor."""
_CHECK = "Check the connection's secret, then run:  glowline check"
_REFUSED = frozenset({400, 401, 403})


def unexplained(answer: Answer) -> tuple[str, str]:
    """What a refusal means where the vendor's own words say nothing more."""
    del answer
    return "the vendor gives no token for this secret.", _CHECK


@dataclass
class Exchanged:
    """See `Auth`: the token of `ask`, kept sealed until it ends.

    One exchange at a time over all threads and processes: whoever waited finds the new token. A stored token that does
    not open is only fetched again, because the secret behind it is still there.
    """

    where: Where
    store: SecretStore
    name: str
    """The entry of the store."""
    transport: Transport
    clock: Callable[[], datetime]
    """Machine time (UTC)."""
    ask: Request | Callable[[], Request]
    """The request whose answer holds the token; one that is good for minutes only is made when it is needed."""
    read: Callable[[bytes, datetime], Kept]
    """The token in a successful answer. Raises `Misshapen`."""
    explain: Callable[[Answer], tuple[str, str]] = unexplained
    """What a refusal says and what to do, in sentences of ours. Must not raise."""
    _used: str = field(default="", repr=False)
    _renewed: str = field(default="", repr=False)

    def signed(self, request: Request) -> Request:
        """With a token that is still good.

        Raises:
            NeedsOperator: the vendor does not take the secret. TryLater: it cannot be asked.
        """
        kept = self.current()
        self._used = kept.access_token
        return request.with_headers(authorization=f"Bearer {kept.access_token}")

    def current(self) -> Kept:
        """A token that is still good, and what the vendor said beside it. Raises as `signed`."""
        kept = self._kept()
        return kept if self._good(kept) else self._fetched(kept)

    def renewed(self) -> bool:
        """A token that was refused before its time is replaced, unless somebody replaced it meanwhile; once, as `OAuth2.renewed`."""
        kept = self._kept()
        if kept.access_token == self._used:
            if self._used == self._renewed:
                return False
            self._renewed = self._fetched(kept).access_token
        return True

    def _kept(self) -> Kept:
        try:
            entry = self.store.read(self.name)
            return shaped(entry.get_secret_value().encode(), Kept) if entry else Kept()
        except (StoreUnreadable, Misshapen):
            return Kept()

    def _good(self, kept: Kept) -> bool:
        if not kept.access_token or kept.expires_at is None:
            return bool(kept.access_token)
        now = self.clock()
        return now + _EARLY < datetime.fromtimestamp(kept.expires_at, now.tzinfo)

    def _fetched(self, seen: Kept) -> Kept:
        with self.store.exclusive(self.name):
            now = self._kept()
            if now.access_token != seen.access_token and self._good(now):
                return now
            kept = self._asked()
            self.store.write(self.name, SecretStr(json.dumps(kept.model_dump())))
            return kept

    def _asked(self) -> Kept:
        problem: NeedsOperator | TryLater
        request = self.ask() if callable(self.ask) else self.ask
        try:
            return self._read(self.transport.exchange(request, account=self.name))
        except Unanswered as silence:
            problem = TryLater(self.where, f"the token endpoint did not answer ({silence.why}).")
        except Misshapen:
            problem = TryLater(self.where, "the token endpoint's answer cannot be read.")
        raise problem

    def _read(self, answer: Answer) -> Kept:
        if answer.status in _REFUSED:
            says, next_step = self.explain(answer)
            raise NeedsOperator(self.where, says, next_step=next_step)
        if not 200 <= answer.status < 300:  # noqa: PLR2004 - success, as HTTP defines it
            raise TryLater(self.where, f"the token endpoint answered {answer.status}.")
        return self.read(answer.body, self.clock())


def exchanged(
    access: Access,
    ask: Request | Callable[[], Request],
    read: Callable[[bytes, datetime], Kept],
    *,
    apart: str = "",
    explain: Callable[[Answer], tuple[str, str]] = unexplained,
) -> Exchanged:
    """The token of this connection's account. `apart` keeps tokens of one account apart that several secrets gave.

    Raises:
        NeedsOperator: this process has no sealed store.
    """
    store = access.tools.secrets.store
    if store is None:
        raise NeedsOperator(
            access.where("auth"),
            "this process has no sealed store for tokens.",
            next_step="Run it from an installation:  glowline init",
        )
    return Exchanged(
        where=access.where("auth"),
        store=store,
        name="/".join(filter(None, (access.manifest.vendor, access.connection.account, apart))),
        transport=access.tools.transport,
        clock=access.tools.clock.machine_now,
        ask=ask,
        read=read,
        explain=explain,
    )
