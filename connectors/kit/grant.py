"""What a vendor's authorization code flow needs (RFC 6749, 4.1), as data of its manifest; and one token request of it."""

import base64
import json
from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum

from pydantic import Field, SecretStr

from canonical.durations import Duration
from canonical.model import Noun
from connectors.kit.exchange import Request, post_form, post_json


class TokenBody(StrEnum):
    """How a token endpoint wants to be asked."""

    FORM = "form"
    """As RFC 6749 has it."""
    JSON = "json"


class ClientProof(StrEnum):
    """Where a token request says which app asks."""

    POST = "post"
    """In the body, beside everything else."""
    BASIC = "basic"
    """In an Authorization header."""


class Authorize(Noun):
    """Where a person says yes, and where their yes becomes tokens."""

    url: str = Field(min_length=1)
    """The page on which a person says yes. `{name}` in it, and in `token_url`, is a setting of the connection."""
    token_url: str = Field(min_length=1)
    defaults: dict[str, str] = Field(default_factory=dict)
    """What `{name}` is where the connection's settings do not say."""
    pkce: bool = False
    """Whether the vendor takes a code challenge (RFC 7636, S256)."""
    offers: str = ""
    """The scopes as they are asked for, where they differ from `scopes`."""
    separator: str = " "
    """What stands between two scopes."""
    extra: dict[str, str] = Field(default_factory=dict)
    """Further parameters of the page."""
    token_extra: dict[str, str] = Field(default_factory=dict)
    """Further fields of every token request."""
    body: TokenBody = TokenBody.FORM
    client: ClientProof = ClientProof.POST
    keep: tuple[str, ...] = ()
    """Fields of the token answer that are kept beside the tokens: addresses and ids, never a secret."""
    lifetime: Duration = timedelta(hours=1)
    """How long an access token lives where its answer does not say."""


def token_request(
    url: str, fields: Mapping[str, str], client: tuple[str, SecretStr], body: TokenBody, proof: ClientProof
) -> Request:
    """One request to a token endpoint. `client` is the app's id and its secret, which a public app leaves empty."""
    name, secret = client[0], client[1].get_secret_value()
    said = dict(fields)
    if proof is ClientProof.POST:
        said |= {"client_id": name} | ({"client_secret": secret} if secret else {})
    made = (
        post_json(url, json.dumps(said).encode()) if body is TokenBody.JSON else post_form(url, tuple(said.items()))
    ).with_headers(accept="application/json")
    if proof is ClientProof.BASIC:
        pair = base64.b64encode(f"{name}:{secret}".encode()).decode()
        return made.with_headers(authorization=f"Basic {pair}")
    return made
