"""Tokens of the pretend HighLevel: private integrations, and apps whose refresh tokens die with their use."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from emulators.gohighlevel import problems
from emulators.gohighlevel.place import Doc
from emulators.gohighlevel.problems import Refusal
from emulators.kit.exchange import Call

LIFETIME = 86_399


@dataclass(slots=True)
class Token:
    """What a bearer may do. `location` is empty for an agency's token."""

    value: str
    location: str
    company: str
    ends: float
    """Machine time, seconds since 1970; nobody turns it."""
    scopes: frozenset[str] | None = None
    """None: every scope there is."""


@dataclass
class Tokens:
    """Who may come in. `machine` is the clock that ends tokens; `make` gives fresh ids."""

    machine: Callable[[], float]
    make: Callable[[], str]
    client_id: str = "emulated-client"
    client_secret: str = "an-invented-client-secret"  # noqa: S105 - opens nothing
    bearers: dict[str, Token] = field(default_factory=dict)
    refresh: dict[str, Token] = field(default_factory=dict)
    """A refresh token that was used is gone; the next one stands in the answer."""
    codes: dict[str, Token] = field(default_factory=dict)

    def private(self, value: str, location: str, company: str, scopes: Iterable[str] | None = None) -> None:
        """A private integration's token: static."""
        allowed = None if scopes is None else frozenset(scopes)
        self.bearers[value] = Token(value, location, company, float("inf"), allowed)

    def code(self, value: str, location: str, company: str) -> None:
        """An authorization code, good once. Without a location it is an agency's."""
        self.codes[value] = Token(value, location, company, float("inf"))

    def opened(self, call: Call) -> Token:
        """Whose token a request carries. Raises `Refusal`."""
        scheme, _, value = call.headers.get("authorization", "").partition(" ")
        token = self.bearers.get(value) if scheme.lower() == "bearer" else None
        if token is None or token.ends <= self.machine():
            raise Refusal(401, problems.BAD_TOKEN)
        return token

    def granted(self, form: dict[str, str]) -> Doc:
        """The answer of the token endpoint."""
        if (form.get("client_id"), form.get("client_secret")) != (self.client_id, self.client_secret):
            raise Refusal(401, "Invalid client credentials!")
        held, name = {"authorization_code": (self.codes, "code"), "refresh_token": (self.refresh, "refresh_token")}.get(
            form.get("grant_type", ""), (self.codes, "code")
        )
        before = held.pop(form.get(name, ""), None)
        if before is None:
            raise Refusal(400, "Invalid grant: refresh token is invalid")
        again = f"refresh-{self.make()}"
        self.refresh[again] = before
        return self._answer(self._new(before.location, before.company), before) | {"refresh_token": again}

    def of_location(self, agency: Token, location: str) -> Doc:
        """A sub-account's token out of the agency's; it has no refresh token."""
        if agency.location:
            raise Refusal(403, "This route is for agencies only")
        token = self._new(location, agency.company)
        return self._answer(token, token)

    def expire(self) -> int:
        """End every access token now; how many that were."""
        ended = [token for token in self.bearers.values() if token.ends != float("inf")]
        for token in ended:
            token.ends = 0.0
        return len(ended)

    def _new(self, location: str, company: str) -> Token:
        token = Token(f"access-{self.make()}", location, company, self.machine() + LIFETIME)
        self.bearers[token.value] = token
        return token

    def _answer(self, token: Token, owner: Token) -> Doc:
        kind = "Location" if owner.location else "Company"
        whose = {"locationId": owner.location} if owner.location else {}
        return {
            "access_token": token.value,
            "token_type": "Bearer",
            "expires_in": LIFETIME,
            "scope": "contacts.readonly",
            "userType": kind,
            "companyId": owner.company,
            "userId": "usEmulated0000000001",
            **whose,
        }
