"""How a request says who sends it. Each way is chosen once, in a vendor's `client.py`."""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from pydantic import SecretStr

from canonical.problems import NeedsOperator, TryLater, Where
from connectors.kit.exchange import Answer, Request, Transport, Unanswered, post_form
from connectors.kit.secrets import SecretStore, StoreUnreadable
from connectors.kit.shapes import Misshapen, Shape, shaped


class Auth(Protocol):
    """A way to prove who asks."""

    def signed(self, request: Request) -> Request:
        """The request with the proof added. May refresh a token first, and raise a connector problem if it cannot."""

    def renewed(self) -> bool:
        """The vendor just answered 401: whether a new proof was obtained, so that asking again makes sense."""


class _Fixed:
    """A proof that a 401 cannot improve."""

    def renewed(self) -> bool:
        """Never."""
        return False


@dataclass(frozen=True)
class Anonymous(_Fixed):
    """No proof at all."""

    def signed(self, request: Request) -> Request:
        """As it is."""
        return request


@dataclass(frozen=True)
class Basic(_Fixed):
    """User and password (RFC 7617)."""

    user: str
    password: SecretStr

    def signed(self, request: Request) -> Request:
        """With an Authorization header."""
        pair = f"{self.user}:{self.password.get_secret_value()}".encode()
        return request.with_headers(authorization=f"Basic {base64.b64encode(pair).decode()}")


@dataclass(frozen=True)
class Bearer(_Fixed):
    """A token that does not change while we run."""

    token: SecretStr

    def signed(self, request: Request) -> Request:
        """With an Authorization header."""
        return request.with_headers(authorization=f"Bearer {self.token.get_secret_value()}")


@dataclass(frozen=True)
class ApiKey(_Fixed):
    """A key in a header of the vendor's choosing."""

    header: str
    key: SecretStr
    prefix: str = ""

    def signed(self, request: Request) -> Request:
        """With that header."""
        return request.with_headers(**{self.header: f"{self.prefix}{self.key.get_secret_value()}"})


class _Granted(Shape):
    """What a token endpoint answers (RFC 6749, 5.1)."""

    access_token: str
    refresh_token: str = ""
    expires_in: float = 3600.0


class _Kept(Shape):
    """Tokens as we keep them. `expires_at` is machine time, seconds since 1970."""

    access_token: str = ""
    refresh_token: str
    expires_at: float = 0.0


_EARLY = timedelta(seconds=90)
"""A token is renewed this long before its end, so that it cannot end between the check and the vendor."""


@dataclass
class OAuth2:
    """Access tokens from a refresh token that may rotate (RFC 6749, 6).

    One refresh at a time over all threads and processes: whoever waited finds the new token and uses it. New tokens
    are on the disk before the first of them is used, because the old refresh token is dead from then on.
    """

    where: Where
    token_url: str
    client_id: str
    client_secret: SecretStr
    store: SecretStore
    name: str
    """The entry of the store."""
    transport: Transport
    clock: Callable[[], datetime]
    """Machine time (UTC)."""
    extra: Mapping[str, str] = field(default_factory=dict)
    _used: str = field(default="", repr=False)

    def signed(self, request: Request) -> Request:
        """With a token that is still good.

        Raises:
            NeedsOperator: nobody connected this account, or the vendor no longer honours the refresh token.
            TryLater: the token endpoint cannot be reached.
        """
        kept = self._kept()
        if not self._good(kept):
            kept = self._refreshed(kept)
        self._used = kept.access_token
        return request.with_headers(authorization=f"Bearer {kept.access_token}")

    def renewed(self) -> bool:
        """A token that was refused before its time is replaced, unless somebody replaced it meanwhile."""
        kept = self._kept()
        if kept.access_token == self._used:
            self._refreshed(kept)
        return True

    def _good(self, kept: _Kept) -> bool:
        return bool(kept.access_token) and self.clock() + _EARLY < datetime.fromtimestamp(
            kept.expires_at, self.clock().tzinfo
        )

    def _kept(self) -> _Kept:
        try:
            entry = self.store.read(self.name)
            if entry is not None:
                return shaped(entry.get_secret_value().encode(), _Kept)
            says = "nobody has connected this account yet."
        except (StoreUnreadable, Misshapen):
            says = "the stored tokens of this account cannot be read."
        raise NeedsOperator(self.where, says, next_step=_CONNECT)

    def _refreshed(self, seen: _Kept) -> _Kept:
        with self.store.exclusive(self.name):
            now = self._kept()
            if now.access_token != seen.access_token and self._good(now):
                return now
            granted = self._ask(now)
            kept = _Kept(
                access_token=granted.access_token,
                refresh_token=granted.refresh_token or now.refresh_token,
                expires_at=self.clock().timestamp() + granted.expires_in,
            )
            self.store.write(self.name, SecretStr(json.dumps(kept.model_dump())))
            return kept

    def _ask(self, kept: _Kept) -> _Granted:
        fields = {
            "grant_type": "refresh_token",
            "refresh_token": kept.refresh_token,
            "client_id": self.client_id,
            "client_secret": self.client_secret.get_secret_value(),
            **self.extra,
        }
        problem: NeedsOperator | TryLater
        try:
            answer = self.transport.exchange(post_form(self.token_url, tuple(fields.items())), account=self.name)
            return self._granted(answer)
        except Unanswered as silence:
            problem = TryLater(self.where, f"the token endpoint did not answer ({silence.why}).")
        except Misshapen:
            problem = TryLater(self.where, "the token endpoint's answer cannot be read.")
        raise problem

    def _granted(self, answer: Answer) -> _Granted:
        if answer.status in _REFUSED:
            raise NeedsOperator(self.where, "the vendor no longer honours the refresh token.", next_step=_CONNECT)
        if answer.status != _OK:
            raise TryLater(self.where, f"the token endpoint answered {answer.status}.")
        return shaped(answer.body, _Granted)


_OK = 200
_REFUSED = frozenset({400, 401, 403})
_CONNECT = "Connect the account once more:  glowline keys connect"
