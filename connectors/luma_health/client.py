"""Luma's address, its credentials, and what its errors mean.

Source: Luma's OpenAPI (apidocs.lumahealth.io/public.yaml, read 2026-11). An error is a sentence without a code.
"""

import json
from datetime import datetime, timedelta
from typing import Final

from canonical.problems import NeedsOperator
from connectors.kit.access import Access
from connectors.kit.auth import Kept
from connectors.kit.calls import Line
from connectors.kit.exchange import post_json
from connectors.kit.exchanged import exchanged
from connectors.kit.problem_table import ProblemTable, Rule
from connectors.kit.shapes import shaped
from connectors.luma_health.wire import Token

API: Final = "https://api.lumahealth.io/api/v2"
AUTH: Final = "/auth/token"

PROBLEMS: Final[ProblemTable] = {
    (403, None): Rule(
        NeedsOperator,
        "the API client lacks a scope, and Luma does not say which.",
        "Ask Luma to give the client what the README names under Scopes, then run:  glowline check",
    ),
}
"""(status, code) → what it means. Everything else means what its status says."""


def line(access: Access) -> Line:
    """Luma's API as this connection may use it."""
    asked = {
        "client_id": access.credential("client_id").get_secret_value(),
        "client_secret": access.credential("client_secret").get_secret_value(),
        "grant_type": "client_credentials",
    }
    ask = post_json(resource(access, AUTH), json.dumps(asked).encode())
    return Line(access, exchanged(access, ask, _token), PROBLEMS)


def _token(body: bytes, now: datetime) -> Kept:
    granted = shaped(body, Token)
    return Kept(access_token=granted.access_token, expires_at=(now + timedelta(seconds=granted.expires_in)).timestamp())


def resource(access: Access, path: str) -> str:
    """The URL of a path such as `/patients`."""
    return access.setting("base_url", API).rstrip("/") + path
