"""Podium's OAuth: a code or a refresh token becomes an access token that ends after ten hours, and a new refresh token."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode

from emulators.kit.exchange import Answer, Call

LIFETIME = timedelta(hours=10)
ALL_SCOPES = (
    *("read_contacts", "write_contacts", "read_messages", "write_messages"),
    *("read_reviews", "write_reviews", "write_appointments", "read_locations"),
)


@dataclass(slots=True)
class Tokens:
    """One app, connected to one account. `make` gives a fresh token, `now` is the emulator's clock."""

    make: Callable[[], str]
    now: Callable[[], datetime]
    client_id: str = "an-invented-podium-app"
    client_secret: str = "an-invented-app-secret"  # noqa: S105 - opens nothing
    code: str = "an-invented-authorization-code"
    refresh_token: str = "an-invented-refresh-token"  # noqa: S105 - opens nothing
    scopes: tuple[str, ...] = ALL_SCOPES
    ends: dict[str, datetime] = field(default_factory=dict)
    refreshed: int = 0

    def consent(self, call: Call) -> Answer:
        """`GET /oauth/authorize`: somebody says yes at once, and is sent back with a code."""
        asked = call.arguments
        if asked.get("client_id") != self.client_id or not asked.get("redirect_uri"):
            return Answer(400, {"error": "invalid_request"})
        self.scopes = tuple(asked.get("scope", "").split())
        back = urlencode({"code": self.code, "state": asked.get("state", "")})
        return Answer(302, headers={"location": f"{asked['redirect_uri']}?{back}"})

    def answer(self, call: Call) -> Answer:
        """`POST /oauth/token`. A refresh token is good once."""
        given = dict(parse_qsl(call.body.decode("utf-8", "replace")))
        if (given.get("client_id"), given.get("client_secret")) != (self.client_id, self.client_secret):
            return Answer(401, {"error": "invalid_client"})
        by_code = given.get("grant_type") == "authorization_code" and given.get("code") == self.code
        by_token = given.get("grant_type") == "refresh_token" and given.get("refresh_token") == self.refresh_token
        if not by_code and not by_token:
            return Answer(400, {"error": "invalid_grant"})
        self.refreshed += by_token
        return Answer(200, self.granted())

    def granted(self) -> dict[str, Any]:
        """New tokens; the refresh token before them is dead."""
        token, self.refresh_token = self.make(), self.make()
        self.ends[token] = self.now() + LIFETIME
        granted = {"access_token": token, "refresh_token": self.refresh_token, "token_type": "Bearer"}
        return granted | {"expires_in": int(LIFETIME.total_seconds()), "scope": " ".join(self.scopes)}

    def opens(self, authorization: str) -> bool:
        """Whether an Authorization header holds a token that is still good."""
        ends = self.ends.get(authorization.removeprefix("Bearer "))
        return ends is not None and self.now() < ends
