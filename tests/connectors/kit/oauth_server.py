"""An authorization server that is authlib's, on loopback: code grant, code challenge, and refresh tokens that die at their use."""

import contextlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlsplit

from authlib.common.security import generate_token
from authlib.oauth2 import AuthorizationServer, OAuth2Error, OAuth2Request
from authlib.oauth2.rfc6749 import AuthorizationCodeMixin, ClientMixin, TokenMixin, grants
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc6750 import BearerTokenGenerator
from authlib.oauth2.rfc7636 import CodeChallenge
from typing_extensions import override

CLIENT, SECRET = "an-app", "invented-client-secret"
SCOPES = "read write"

Headers = list[tuple[str, str]]
Response = tuple[int, bytes, Headers]


@dataclass
class App(ClientMixin):  # type: ignore[misc]  # authlib has no types
    """The one app that is registered."""

    redirects: tuple[str, ...]
    client_id: str = CLIENT
    proofs: tuple[str, ...] = ("client_secret_post",)

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri in self.redirects

    def get_default_redirect_uri(self) -> str:
        return self.redirects[0]

    def check_client_secret(self, client_secret: str) -> bool:
        return client_secret == SECRET

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method in self.proofs

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type in {"authorization_code", "refresh_token"}

    def get_allowed_scope(self, scope: str) -> str | None:
        return scope if set(scope.split()) <= set(SCOPES.split()) else None


@dataclass
class Code(AuthorizationCodeMixin):  # type: ignore[misc]  # authlib has no types
    """A code that somebody's yes made."""

    code: str
    redirect_uri: str
    scope: str
    code_challenge: str | None
    code_challenge_method: str | None

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope


@dataclass
class Token(TokenMixin):  # type: ignore[misc]  # authlib has no types
    """A refresh token that was given out."""

    refresh_token: str
    scope: str

    def check_client(self, client: App) -> bool:
        return client.client_id == CLIENT

    def get_scope(self) -> str:
        return self.scope


@dataclass
class Vendor:
    """The server and what it remembers."""

    app: App
    says_no: bool = False
    """Whether the person on the page refuses."""
    codes: dict[str, Code] = field(default_factory=dict)
    living: dict[str, Token] = field(default_factory=dict)
    """Refresh tokens that may still be used."""
    issued: list[str] = field(default_factory=list)
    asked: list[dict[str, str]] = field(default_factory=list)
    """Every token request."""
    url: str = ""

    @property
    def refreshes(self) -> int:
        return sum(one["grant_type"] == "refresh_token" for one in self.asked)


class _Server(AuthorizationServer):  # type: ignore[misc]  # authlib has no types
    def __init__(self, vendor: Vendor) -> None:
        super().__init__(scopes_supported=SCOPES.split())
        self.vendor = vendor
        self.register_token_generator(
            "default", BearerTokenGenerator(lambda **_: generate_token(42), lambda **_: generate_token(48))
        )
        self.register_grant(_CodeGrant, [CodeChallenge(required=True)])
        self.register_grant(_RefreshGrant)

    def query_client(self, client_id: str) -> App | None:
        return self.vendor.app if client_id == CLIENT else None

    def save_token(self, token: dict[str, Any], request: OAuth2Request) -> None:
        self.vendor.issued.append(token["access_token"])
        self.vendor.living[token["refresh_token"]] = Token(token["refresh_token"], token.get("scope", ""))

    def send_signal(self, name: str, *args: object, **kwargs: object) -> None:
        """Nobody listens."""

    def create_oauth2_request(self, request: OAuth2Request) -> OAuth2Request:
        return request

    def handle_response(self, status: int, body: object, headers: Headers) -> Response:
        return status, json.dumps(body).encode() if isinstance(body, dict) else b"", headers


class _CodeGrant(grants.AuthorizationCodeGrant):  # type: ignore[misc]  # authlib has no types
    TOKEN_ENDPOINT_AUTH_METHODS: ClassVar[list[str]] = ["client_secret_post", "client_secret_basic", "none"]

    def save_authorization_code(self, code: str, request: OAuth2Request) -> None:
        data = request.payload.data
        made = Code(
            code, data["redirect_uri"], request.scope, data.get("code_challenge"), data.get("code_challenge_method")
        )
        self.server.vendor.codes[code] = made

    def query_authorization_code(self, code: str, client: App) -> Code | None:
        found: Code | None = self.server.vendor.codes.get(code)
        return found

    def delete_authorization_code(self, authorization_code: Code) -> None:
        del self.server.vendor.codes[authorization_code.code]

    def authenticate_user(self, authorization_code: Code) -> str:
        return "the owner"


class _RefreshGrant(grants.RefreshTokenGrant):  # type: ignore[misc]  # authlib has no types
    TOKEN_ENDPOINT_AUTH_METHODS: ClassVar[list[str]] = ["client_secret_post", "client_secret_basic", "none"]
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token: str) -> Token | None:
        found: Token | None = self.server.vendor.living.get(refresh_token)
        return found

    def authenticate_user(self, refresh_token: Token) -> str:
        return "the owner"

    def revoke_old_credential(self, refresh_token: Token) -> None:
        del self.server.vendor.living[refresh_token.refresh_token]


class _Asked(OAuth2Request):  # type: ignore[misc]  # authlib has no types
    """A request as authlib wants it. It insists on https, which a server behind a proxy would see."""

    def __init__(self, method: str, target: str, form: dict[str, str], headers: dict[str, str]) -> None:
        super().__init__(method, f"https://vendor.example{target}", headers=headers)
        self._form = form
        self._args = dict(parse_qsl(urlsplit(target).query))
        self.payload = BasicOAuth2Payload(self._args | form)

    @property
    def args(self) -> dict[str, str]:
        return self._args

    @property
    def form(self) -> dict[str, str]:
        return self._form


@contextlib.contextmanager
def authorizing(*redirects: str) -> Iterator[Vendor]:
    """The server, running; `/authorize` is the page on which its owner says yes at once, `/token` the endpoint."""
    vendor = Vendor(App(redirects))
    server = _Server(vendor)
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(*_page(server, _Asked("GET", self.path, {}, {})))

        def do_POST(self) -> None:
            form = dict(parse_qsl(self.rfile.read(int(self.headers["content-length"])).decode()))
            headers = {name.title(): text for name, text in self.headers.items()}
            with lock:
                vendor.asked.append(form)
                self._answer(*server.create_token_response(_Asked("POST", self.path, form, headers)))

        def _answer(self, status: int, body: bytes, headers: Headers) -> None:
            self.send_response(status)
            for name, text in (*headers, ("content-length", str(len(body)))):
                self.send_header(name, text)
            self.end_headers()
            self.wfile.write(body)

        @override
        def log_message(self, format: str, *args: Any) -> None:
            """Silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        thread = threading.Thread(target=http.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        vendor.url = f"http://127.0.0.1:{http.server_address[1]}"
        try:
            yield vendor
        finally:
            http.shutdown()
            thread.join(timeout=5)


def _page(server: _Server, asked: _Asked) -> Response:
    try:
        grant = server.get_consent_grant(asked)
    except OAuth2Error as wrong:
        refused: Response = server.handle_error_response(asked, wrong)
        return refused
    owner = None if server.vendor.says_no else "the owner"
    answered: Response = server.create_authorization_response(asked, grant_user=owner, grant=grant)
    return answered
