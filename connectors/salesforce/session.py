"""How we prove who asks: with the tokens of somebody's yes, or with a key of our own (JWT bearer, RFC 7523).

Sources: Salesforce's guide to the JWT bearer flow (read 2026-11); what its refusals say is from questions people asked of it.
A token answer has no `expires_in`: a session ends when the org says so, and a 401 tells it.
"""

import base64
import hashlib
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pydantic import Field

from canonical.durations import parse_duration
from canonical.problems import NeedsOperator
from connectors.kit.access import Access
from connectors.kit.auth import Auth, Kept
from connectors.kit.authorized import TOKENS, address, authorize_of, connected, kept
from connectors.kit.exchange import Answer, Request, post_form
from connectors.kit.exchanged import Exchanged, exchanged
from connectors.kit.shapes import Shape, shaped

KEY: Final = "private_key"
"""The field of the secret that makes the difference: with it, nobody has to say yes in a browser."""
GRANT: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_GOOD_FOR: Final = timedelta(minutes=3)
"""How long an assertion may be used; Salesforce takes none that is good for much longer."""
_APART: Final = timedelta(minutes=5)
"""How far Salesforce's clock may be from ours before its word on when a token began is not used."""
_SANDBOX: Final = ("test.salesforce.com", ".sandbox.my.salesforce.com")
PRODUCTION, TEST = "https://login.salesforce.com", "https://test.salesforce.com"


def proof(access: Access) -> Auth:
    """What every request of this connection carries. A session that was refused is renewed once, and not again."""
    return RenewedOnce(_signed_in(access) if _has_key(access) else connected(access))


def instance_url(access: Access) -> str:
    """Where the org is, as the token answer said; empty where nobody connected the account.

    Raises:
        NeedsOperator, TryLater: there is a key, and no token for it.
    """
    said = _signed_in(access).current().kept if _has_key(access) else kept(access)
    return said.get("instance_url", "")


@dataclass
class RenewedOnce:
    """See `Auth`. A fresh session that is refused as well is not helped by a third one."""

    inner: Auth
    _renewed: bool = field(default=False, init=False)

    def signed(self, request: Request) -> Request:
        """As the inner one."""
        return self.inner.signed(request)

    def renewed(self) -> bool:
        """As the inner one, the first time."""
        again, self._renewed = self._renewed, True
        return not again and self.inner.renewed()


def _has_key(access: Access) -> bool:
    return access.optional_credential(KEY) is not None


def _signed_in(access: Access) -> Exchanged:
    key, user = access.credential(KEY).get_secret_value(), access.credential("username").get_secret_value()
    # Who signs may change; what the old one was given must not be used then.
    apart = hashlib.sha256(f"{user}\n{key}".encode()).hexdigest()[:16]
    lasts = _lasts(access)
    return exchanged(
        access,
        lambda: _asking(access, key, user),
        lambda body, now: _read(body, now, lasts),
        apart=f"jwt/{apart}",
        explain=_explained,
    )


def _asking(access: Access, key: str, user: str) -> Request:
    """The token request (RFC 7523, 2.1)."""
    now = access.tools.clock.machine_now()
    claims = {
        "iss": access.credential("client_id").get_secret_value(),
        "sub": user,
        "aud": _audience(access),
        "iat": int(now.timestamp()),
        "exp": int((now + _GOOD_FOR).timestamp()),
    }
    signed = b".".join(_encoded(json.dumps(part).encode()) for part in ({"alg": "RS256", "typ": "JWT"}, claims))
    assertion = signed + b"." + _encoded(_opened(access, key).sign(signed, PKCS1v15(), SHA256()))
    url = address(access, TOKENS, authorize_of(access).token_url)
    form = (("grant_type", GRANT), ("assertion", assertion.decode()))
    return post_form(url, form).with_headers(accept="application/json")


def _opened(access: Access, key: str) -> RSAPrivateKey:
    try:
        found = load_pem_private_key(key.encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        # Not the exception, nor as a cause: it may quote the key.
        found = None
    if isinstance(found, RSAPrivateKey):
        return found
    raise NeedsOperator(
        access.where("auth"),
        "the private_key of the secret is no RSA key in PEM without a password.",
        next_step="Put it there whole, its line ends as \\n; connectors/salesforce/README.md says how, under Credentials.",
    )


def _encoded(part: bytes) -> bytes:
    return base64.urlsafe_b64encode(part).rstrip(b"=")


def _audience(access: Access) -> str:
    """Who the assertion is for: the login host that keeps the user. A My Domain is not named, except by the settings."""
    login = access.setting("login")
    return access.setting("audience") or (TEST if login.endswith(_SANDBOX) else PRODUCTION)


class _Granted(Shape):
    access_token: str = Field(min_length=1)
    instance_url: str = Field(min_length=1)
    id: str = ""
    issued_at: str = ""
    """Milliseconds since 1970."""


def _read(body: bytes, now: datetime, lasts: timedelta) -> Kept:
    granted = shaped(body, _Granted)
    began = datetime.fromtimestamp(int(granted.issued_at) / 1000, UTC) if granted.issued_at.isdecimal() else now
    if abs(began - now) > _APART:
        began = now
    said = {"instance_url": granted.instance_url, "id": granted.id}
    return Kept(access_token=granted.access_token, expires_at=(began + lasts).timestamp(), kept=said)


def _lasts(access: Access) -> timedelta:
    written = access.setting("session_lasts")
    try:
        found = parse_duration(written) if written else authorize_of(access).lifetime
    except ValueError:
        found = timedelta()
    if found <= timedelta():
        raise NeedsOperator(
            access.where("settings"), "session_lasts is no duration.", next_step="Write one such as 2h or 15min."
        )
    return found


_SETUP: Final = "In Salesforce, Setup, External Client App Manager, the app's policies:"
_CHECK: Final = "Then run:  glowline check"
_REASONS: Final = {
    "approved": (
        "the user has not been let in by this app.",
        (
            f"{_SETUP} set Permitted Users to 'Admin approved users are pre-authorized', and select the user's profile or"
            f" permission set. {_CHECK}"
        ),
    ),
    "audience": (
        "the assertion is made for another login host.",
        (
            "A sandbox wants `login: test.salesforce.com` in the connection's settings; `audience` names any other host."
            f" {_CHECK}"
        ),
    ),
    "assertion": (
        "the org does not take the signature.",
        f"{_SETUP} its certificate must be that of private_key, and client_id its consumer key. {_CHECK}",
    ),
    "expired": ("the assertion came too late.", f"Set this machine's clock. {_CHECK}"),
    "client": (
        "the org does not know the app.",
        f"Compare client_id with the app's consumer key; a new app is known after ten minutes. {_CHECK}",
    ),
}
"""A word in a refusal → what it means and what to do. The vendor's own text is looked at and never repeated."""
_ANY: Final = (
    "the org gives no session to this user and key.",
    (
        f"Compare client_id, username and private_key with the app and its user. {_SETUP} the user must be pre-authorized."
        f" {_CHECK}"
    ),
)


def _explained(answer: Answer) -> tuple[str, str]:
    try:
        told = json.loads(answer.body)
    except ValueError:
        told = None
    words = f"{told.get('error', '')} {told.get('error_description', '')}".lower() if isinstance(told, dict) else ""
    return next((reason for sign, reason in _REASONS.items() if sign in words), _ANY)
