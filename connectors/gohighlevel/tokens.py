"""The token of one sub-account, got from the agency's: whoever connects an agency once can read all its practices."""

import json
from dataclasses import dataclass, field
from datetime import datetime

from pydantic import SecretStr

from canonical.problems import NeedsOperator, TryLater
from connectors.kit.access import Access
from connectors.kit.auth import Auth
from connectors.kit.exchange import Answer, Request, Unanswered, post_form
from connectors.kit.secrets import SecretStore, StoreUnreadable
from connectors.kit.shapes import Misshapen, Shape, shaped

VERSION = "2021-07-28"
_EARLY = 90.0
"""Seconds before its end at which a token is replaced."""
_REFUSED = frozenset({400, 401, 403, 404, 422})


class _Granted(Shape):
    """What the endpoint answers. There is no refresh token: the agency's own is the way to the next one."""

    access_token: str
    expires_in: float = 86_399.0


class _Kept(Shape):
    """The token as we keep it. `expires_at` is machine time, seconds since 1970."""

    access_token: str = ""
    expires_at: float = 0.0


@dataclass
class LocationToken:
    """Tokens of a sub-account, one exchange at a time over all threads and processes, stored before they are used."""

    access: Access
    agency: Auth
    """Proves who the agency is; renews its own tokens."""
    url: str
    company: str
    location: str
    _used: str = field(default="", repr=False)
    _renewed: str = field(default="", repr=False)

    def signed(self, request: Request) -> Request:
        """With a token that is still good.

        Raises:
            NeedsOperator: the agency is not connected, or may not have this sub-account. TryLater: nobody answers.
        """
        kept = self._kept()
        if not self._good(kept):
            kept = self._exchanged(kept)
        self._used = kept.access_token
        return request.with_headers(authorization=f"Bearer {kept.access_token}")

    def renewed(self) -> bool:
        """A token that was refused before its time is replaced, unless somebody replaced it meanwhile; once, as `OAuth2.renewed`."""
        kept = self._kept()
        if kept.access_token == self._used:
            if self._used == self._renewed:
                return False
            self._renewed = self._exchanged(kept).access_token
        return True

    @property
    def _store(self) -> SecretStore:
        store = self.access.tools.secrets.store
        if store is None:
            raise NeedsOperator(
                self.access.where("auth"),
                "there is no store for tokens.",
                next_step="Start Glowline with its data folder.",
            )
        return store

    @property
    def _name(self) -> str:
        return f"gohighlevel/{self.access.connection.account}/{self.location}"

    def _now(self) -> datetime:
        return self.access.tools.clock.machine_now()

    def _good(self, kept: _Kept) -> bool:
        return bool(kept.access_token) and self._now().timestamp() + _EARLY < kept.expires_at

    def _kept(self) -> _Kept:
        """Nothing readable is no misfortune here: the agency's token gets another."""
        try:
            entry = self._store.read(self._name)
            return shaped(entry.get_secret_value().encode(), _Kept) if entry is not None else _Kept()
        except (StoreUnreadable, Misshapen):
            return _Kept()

    def _exchanged(self, seen: _Kept) -> _Kept:
        with self._store.exclusive(self._name):
            now = self._kept()
            if now.access_token != seen.access_token and self._good(now):
                return now
            granted = self._ask()
            kept = _Kept(access_token=granted.access_token, expires_at=self._now().timestamp() + granted.expires_in)
            self._store.write(self._name, SecretStr(json.dumps(kept.model_dump())))
            return kept

    def _ask(self) -> _Granted:
        request = post_form(self.url, (("companyId", self.company), ("locationId", self.location)))
        answer = self._answered(request)
        if answer.status == 401 and self.agency.renewed():  # noqa: PLR2004 - the agency's token had ended early
            answer = self._answered(request)
        return self._granted(answer)

    def _answered(self, request: Request) -> Answer:
        where = self.access.where("auth")
        signed = self.agency.signed(request.with_headers(version=VERSION, accept="application/json"))
        try:
            return self.access.tools.transport.exchange(signed, account=self.access.connection.account)
        except Unanswered as silence:
            problem = TryLater(where, f"the token endpoint did not answer ({silence.why}).")
        raise problem

    def _granted(self, answer: Answer) -> _Granted:
        where = self.access.where("auth")
        if answer.status in _REFUSED:
            raise NeedsOperator(
                where,
                "the agency gives no token for this sub-account.",
                next_step="Install the app in the sub-account, and compare `agency` and `location` in the settings.",
            )
        problem = TryLater(where, f"the token endpoint answered {answer.status}.")
        if 200 <= answer.status < 300:  # noqa: PLR2004 - success, as HTTP defines it
            try:
                return shaped(answer.body, _Granted)
            except Misshapen:
                problem = TryLater(where, "the token endpoint's answer cannot be read.")
        raise problem
