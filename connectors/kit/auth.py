"""How a request says who sends it. Each way is chosen once, in a vendor's `client.py`."""

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from pydantic import Field, SecretStr

from canonical.problems import NeedsOperator, TryLater, Where
from connectors.kit.exchange import Answer, Request, Transport, Unanswered
from connectors.kit.grant import ClientProof, TokenBody, token_request
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
    """What a token endpoint answers (RFC 6749, 5.1). Only the tokens are insisted on: a rotated one must not be lost."""

    access_token: str = Field(min_length=1)
    refresh_token: str | None = None
    expires_in: Any = None
    expires_at: Any = None
    """Instead of `expires_in` at some vendors: the instant itself (ISO 8601)."""

    def ends(self, now: datetime, lifetime: timedelta) -> float:
        """When the access token ends, seconds since 1970."""
        try:
            return now.timestamp() + float(self.expires_in)
        except (TypeError, ValueError):
            pass
        try:
            told = datetime.fromisoformat(str(self.expires_at))
        except ValueError:
            return (now + lifetime).timestamp()
        return (told if told.tzinfo else told.replace(tzinfo=UTC)).timestamp()

    def named(self, names: Sequence[str]) -> dict[str, str]:
        """These of its further fields, as text."""
        found = {name: (self.model_extra or {}).get(name) for name in names}
        return {name: str(value) for name, value in found.items() if isinstance(value, str | int)}


class Kept(Shape):
    """Tokens as we keep them."""

    access_token: str = Field(default="", repr=False)
    refresh_token: str = Field(default="", repr=False)
    expires_at: float | None = 0.0
    """Machine time, seconds since 1970; None: it has no end."""
    kept: dict[str, str] = Field(default_factory=dict)
    """What else the vendor said beside the tokens (`Authorize.keep`)."""


_EARLY = timedelta(seconds=90)
"""A token is renewed this long before its end, so that it cannot end between the check and the vendor."""


@dataclass
class OAuth2:
    """Access tokens from a refresh token that may rotate (RFC 6749, 6).

    One refresh at a time over all threads and processes: whoever waited finds the new token and uses it. New tokens
    are on the disk before the first of them is used, because the old refresh token is dead from then on. Where a vendor
    gives no refresh token, the access token is used until the vendor refuses it.
    """

    where: Where
    token_url: str
    client_id: str
    client_secret: SecretStr
    """Empty for a public app, which has none."""
    store: SecretStore
    name: str
    """The entry of the store."""
    transport: Transport
    clock: Callable[[], datetime]
    """Machine time (UTC)."""
    extra: Mapping[str, str] = field(default_factory=dict)
    body: TokenBody = TokenBody.FORM
    proof: ClientProof = ClientProof.POST
    keep: tuple[str, ...] = ()
    lifetime: timedelta = timedelta(hours=1)
    """How long an access token lives where its answer does not say."""
    _used: str = field(default="", repr=False)
    _renewed: str = field(default="", repr=False)

    def signed(self, request: Request) -> Request:
        """With a token that is still good.

        Raises:
            NeedsOperator: nobody connected this account, or the vendor no longer honours the refresh token.
            TryLater: the token endpoint cannot be reached.
        """
        kept = self.kept()
        if not self._good(kept):
            kept = self._refreshed(kept)
        self._used = kept.access_token
        return request.with_headers(authorization=f"Bearer {kept.access_token}")

    def renewed(self) -> bool:
        """A token that was refused before its time is replaced, unless somebody replaced it meanwhile.

        One that has just replaced another is not: what is refused then is the account, and no further token would help.
        """
        kept = self.kept()
        if kept.access_token == self._used:
            if self._used == self._renewed:
                return False
            self._renewed = self._refreshed(kept).access_token
        return True

    def begin(self, fields: Mapping[str, str]) -> Kept:
        """Exchange what a person's yes brought (a code) for the first tokens, and keep them.

        Raises:
            NeedsOperator: the vendor does not take it. TryLater: the token endpoint cannot be reached.
        """
        with self.store.exclusive(self.name):
            return self._keep(self._ask(fields, "the vendor did not take the code."), Kept())

    def kept(self) -> Kept:
        """What is kept of this account. Raises `NeedsOperator` where nobody connected it."""
        try:
            entry = self.store.read(self.name)
            if entry is not None:
                return shaped(entry.get_secret_value().encode(), Kept)
            says = "nobody has connected this account yet."
        except (StoreUnreadable, Misshapen):
            says = "the stored tokens of this account cannot be read."
        raise NeedsOperator(self.where, says, next_step=self._connect)

    @property
    def _connect(self) -> str:
        return f"Connect the account:  glowline connect {self.where.vendor} --practice PRACTICE"

    def _good(self, kept: Kept) -> bool:
        if not kept.access_token or kept.expires_at is None:
            return bool(kept.access_token)
        now = self.clock()
        return now + _EARLY < datetime.fromtimestamp(kept.expires_at, now.tzinfo)

    def _refreshed(self, seen: Kept) -> Kept:
        with self.store.exclusive(self.name):
            now = self.kept()
            if now.access_token != seen.access_token and self._good(now):
                return now
            if not now.refresh_token:
                raise NeedsOperator(self.where, "the vendor no longer honours the token.", next_step=self._connect)
            asked = {"grant_type": "refresh_token", "refresh_token": now.refresh_token}
            return self._keep(self._ask(asked, "the vendor no longer honours the refresh token."), now)

    def _keep(self, granted: _Granted, before: Kept) -> Kept:
        refresh = granted.refresh_token or before.refresh_token
        said = granted.expires_in is not None or granted.expires_at is not None
        kept = Kept(
            access_token=granted.access_token,
            refresh_token=refresh,
            expires_at=granted.ends(self.clock(), self.lifetime) if refresh or said else None,
            kept=before.kept | granted.named(self.keep),
        )
        self.store.write(self.name, SecretStr(json.dumps(kept.model_dump())))
        return kept

    def _ask(self, fields: Mapping[str, str], refused: str) -> _Granted:
        client = (self.client_id, self.client_secret)
        request = token_request(self.token_url, {**fields, **self.extra}, client, self.body, self.proof)
        problem: NeedsOperator | TryLater
        try:
            return self._granted(self.transport.exchange(request, account=self.name), refused)
        except Unanswered as silence:
            problem = TryLater(self.where, f"the token endpoint did not answer ({silence.why}).")
        except Misshapen:
            problem = TryLater(self.where, "the token endpoint's answer cannot be read.")
        raise problem

    def _granted(self, answer: Answer, refused: str) -> _Granted:
        if answer.status in _REFUSED and _error_of(answer) == "invalid_client":
            raise NeedsOperator(self.where, "the vendor does not accept the client id and secret.", next_step=_CLIENT)
        if answer.status in _REFUSED:
            raise NeedsOperator(self.where, refused, next_step=self._connect)
        if answer.status not in _OK:
            raise TryLater(self.where, f"the token endpoint answered {answer.status}.")
        return shaped(answer.body, _Granted)


def _error_of(answer: Answer) -> str:
    """The error's word (RFC 6749, 5.2); empty where there is none."""
    try:
        body = json.loads(answer.body)
    except ValueError:
        return ""
    return str(body.get("error", "")) if isinstance(body, dict) else ""


_OK = frozenset({200, 201})
_REFUSED = frozenset({400, 401, 403})
_CLIENT = "Compare client_id and client_secret in the connection's secret with the vendor's app."
