"""Meta's address, and its tokens: a system user's, and the page's that it is exchanged for."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlencode, urlsplit

from pydantic import SecretStr

from canonical.problems import NeedsOperator
from connectors.kit.access import Access
from connectors.kit.auth import Auth, Bearer, Kept
from connectors.kit.calls import Line
from connectors.kit.exchange import Request, get
from connectors.kit.exchanged import exchanged
from connectors.kit.shapes import shaped
from connectors.meta.errors import READING, WRITING, code_of, pause_of
from connectors.meta.wire import PageToken

API: Final = "https://graph.facebook.com"
VERSION: Final = "v26.0"  # v22.0 already answers with a warning header (probe of 2026-08-14)


@dataclass(frozen=True)
class WithProof:
    """See `Auth`: a token with the proof that the app's secret is known too, which apps may insist on."""

    over: Auth
    app_secret: SecretStr | None

    def signed(self, request: Request) -> Request:
        """With the token, and its proof in the address."""
        signed = self.over.signed(request)
        if self.app_secret is None:
            return signed
        token = signed.headers["authorization"].removeprefix("Bearer ")
        proof = hmac.new(self.app_secret.get_secret_value().encode(), token.encode(), hashlib.sha256).hexdigest()
        joint = "&" if urlsplit(signed.url).query else "?"
        return Request(
            signed.method, f"{signed.url}{joint}{urlencode({'appsecret_proof': proof})}", signed.headers, signed.body
        )

    def renewed(self) -> bool:
        """As the token itself."""
        return self.over.renewed()


def line(access: Access, *, sending: bool = False) -> Line:
    """Graph as this connection's page may use it."""
    auth = WithProof(_page_token(access), access.optional_credential("app_secret"))
    return Line(access, auth, WRITING if sending else READING, code_of, pause_of=pause_of)


def app_line(access: Access, app_id: SecretStr, app_secret: SecretStr) -> Line:
    """Graph as the app itself may use it, which alone is told about tokens."""
    token = SecretStr(f"{app_id.get_secret_value()}|{app_secret.get_secret_value()}")
    return Line(access, Bearer(token), READING, code_of, pause_of=pause_of)


def _page_token(access: Access) -> Auth:
    """The page's own token: sends and leads want it. A system user is given it for as long as their own token holds."""
    token = access.credential("token")
    if access.setting("token_of", "system_user") == "page":
        return Bearer(token)
    # The secret may change; what the old one was exchanged for must not be used then.
    apart = hashlib.sha256(token.get_secret_value().encode()).hexdigest()[:16]
    ask = get(resource(access, page(access)), [("fields", "access_token")])
    signed = WithProof(Bearer(token), access.optional_credential("app_secret")).signed(ask)
    return exchanged(access, signed, _read_token, apart=apart)


def _read_token(body: bytes, now: datetime) -> Kept:
    del now
    return Kept(access_token=shaped(body, PageToken).access_token, expires_at=None)


def resource(access: Access, path: str) -> str:
    """The address of an object or an edge."""
    return f"{access.setting('base_url', API).rstrip('/')}/{access.setting('graph_version', VERSION)}/{path}"


def page(access: Access) -> str:
    """The page's id.

    Raises:
        NeedsOperator: the settings do not name it.
    """
    found = access.setting("page")
    if not found.isdecimal():
        raise NeedsOperator(
            access.where("settings"),
            "the connection names no page.",
            next_step="Add `page: <the page's id>` to its settings.",
        )
    return found
