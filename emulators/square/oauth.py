"""An app of somebody's that the merchant said yes to: a code, and tokens that end after thirty days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from emulators.kit.clock import iso
from emulators.kit.exchange import Answer, Call, Given
from emulators.square.merchant import Json
from emulators.square.problems import Refusal

if TYPE_CHECKING:
    from emulators.square.emulator import SquareEmulator

LASTS = timedelta(days=30)


@dataclass(frozen=True)
class OAuth:
    """The app and the merchant's yes."""

    square: SquareEmulator

    def consent(self, _: Given) -> Json:
        """Control: the merchant says yes; the code that their browser comes back with."""
        code = self.square.token(16)
        self.square.merchant.codes.add(code)
        return {"code": code}

    def withdraw(self, given: Given) -> Json:
        """Control `{access_only?}`: the merchant takes their yes back, or only the access tokens die before their time."""
        self.square.merchant.granted.clear()
        if not given.get("access_only"):
            self.square.merchant.refresh_token = ""
        return {}

    def token(self, call: Call) -> Answer:
        """`POST /oauth2/token`: the refresh token is used many times and does not end (the code flow)."""
        given, merchant = call.json(), self.square.merchant
        if (given.get("client_id"), given.get("client_secret")) != merchant.app:
            raise Refusal("UNAUTHORIZED")
        if given.get("grant_type") == "authorization_code":
            if given.get("code") not in merchant.codes:
                raise Refusal("UNAUTHORIZED")
            merchant.codes.remove(given["code"])
            merchant.refresh_token = merchant.refresh_token or self.square.token(32)
        elif given.get("grant_type") != "refresh_token":
            raise Refusal("BAD_REQUEST", "grant_type")
        elif not merchant.refresh_token or given.get("refresh_token") != merchant.refresh_token:
            raise Refusal("UNAUTHORIZED")
        return Answer(200, self._granted())

    def _granted(self) -> Json:
        merchant, ends = self.square.merchant, self.square.clock.now() + LASTS
        access = self.square.token(48)
        merchant.granted[access] = ends
        told: Json = {"access_token": access, "token_type": "bearer", "expires_at": iso(ends), "short_lived": False}
        return told | {"merchant_id": merchant.merchant_id, "refresh_token": merchant.refresh_token}

    def require(self, call: Call) -> None:
        """Refuse a token that is not the merchant's own, nor one that was given out and has not ended."""
        scheme, _, token = call.headers.get("authorization", "").partition(" ")
        merchant = self.square.merchant
        if scheme != "Bearer" or (token != merchant.token and token not in merchant.granted):
            raise Refusal("UNAUTHORIZED")
        if token in merchant.granted and merchant.granted[token] <= self.square.clock.now():
            raise Refusal("ACCESS_TOKEN_EXPIRED")
