"""NexHealth's address, its credentials, the version we speak, and what its errors mean.

Source: NexHealth's OpenAPI v3.0.0 and its pages on authentication and rate limits (read 2026-11). Its errors carry no codes,
only sentences, which may quote the request: the status says what there is to know.
"""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from canonical.problems import NeedsOperator
from connectors.kit.access import Access
from connectors.kit.auth import Kept
from connectors.kit.calls import Line
from connectors.kit.exchange import Request, get, post_json
from connectors.kit.exchanged import Exchanged, exchanged
from connectors.kit.problem_table import ProblemTable, Rule
from connectors.kit.shapes import Misshapen, shaped
from connectors.nexhealth import envelope
from connectors.nexhealth.wire import Institution, Place, Token

API: Final = "https://nexhealth.info"
"""Sandbox and production alike: the key decides."""
VERSION: Final = "v3.0.0"
VERSION_HEADER: Final = "nex-api-version"
AUTHENTICATES: Final = "/authenticates"
SHORTEST: Final = timedelta(minutes=50)
"""How long a token is believed that does not say when it ends: an hour is the shortest NexHealth gives."""

PROBLEMS: Final[ProblemTable] = {
    (403, None): Rule(
        NeedsOperator,
        "the key may not open this institution.",
        "Check `subdomain` in the connection's settings, and ask NexHealth to open the institution to the key.",
    ),
}
"""(status, code) → what it means."""

Query = Sequence[tuple[str, str]]


def line(access: Access, reference: str = "") -> Line:
    """NexHealth's API as this connection may use it. `reference`: the attempt it helps."""
    return Line(access, _token(access, reference), PROBLEMS)


def _token(access: Access, reference: str) -> Exchanged:
    """The key, bare, for a token: an hour in production, a day in the sandbox."""
    key = access.credential("api_key").get_secret_value()
    ask = Request("POST", f"{base_url(access)}{AUTHENTICATES}", {"authorization": key})
    return replace(exchanged(access, ask, _granted), where=access.where("authenticate", reference=reference))


def _granted(body: bytes, now: datetime) -> Kept:
    token = shaped(body, Token).token
    if not token:
        raise Misshapen("has no token")
    return Kept(access_token=token, expires_at=_ends(token) or (now + SHORTEST).timestamp())


def _ends(token: str) -> float | None:
    """What the token itself says, seconds since 1970. It is read, never believed for anything else."""
    try:
        part = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
        return float(claims["exp"])
    except (IndexError, KeyError, ValueError, TypeError, binascii.Error):
        return None


def base_url(access: Access) -> str:
    """NexHealth, or what the connection's settings put in its place."""
    return access.setting("base_url", API).rstrip("/")


def subdomain(access: Access) -> str:
    """Which institution: a setting, else the account's name."""
    return access.setting("subdomain", access.connection.account)


def asking(access: Access, path: str, query: Query = ()) -> Request:
    """A GET inside the institution."""
    return _versioned(get(f"{base_url(access)}{path}", (("subdomain", subdomain(access)), *query)))


def asking_of_the_key(access: Access, path: str) -> Request:
    """A GET of what belongs to the key, and to no institution."""
    return _versioned(get(f"{base_url(access)}{path}"))


def writing(access: Access, method: str, path: str, body: bytes, query: Query = ()) -> Request:
    """A POST or PATCH of JSON inside the institution."""
    return _versioned(post_json(asking(access, path, query).url, body, method=method))


def _versioned(request: Request) -> Request:
    """Without the header NexHealth answers as it did years ago, or not at all."""
    return request.with_headers(**{VERSION_HEADER.replace("-", "_"): VERSION})


def places(access: Access) -> tuple[str, ...]:
    """The locations this connection reads: those of `select`, else those it translates, else all of the institution."""
    selected = access.connection.select.get("locations", "").replace(",", " ").split()
    if selected:
        return tuple(dict.fromkeys(selected))
    translated = tuple(theirs for theirs, ours in access.connection.locations.items() if ours != "ignore")
    return translated or tuple(str(place.id) for place in known_places(access))


def known_places(access: Access) -> tuple[Place, ...]:
    """The institution's locations as NexHealth lists them, less the inactive ones."""
    where = access.where("verify")
    answer = line(access).read(asking(access, "/locations"), "verify")
    found = envelope.every(answer.body, Institution, where)
    ours = [one for one in found if one.subdomain in {"", subdomain(access)}]
    return tuple(place for one in ours for place in one.locations or () if not place.inactive)


def only_place(access: Access, named: str = "") -> str:
    """The location a write is for: the one that is named, else that of the settings, else the only one.

    Raises:
        NeedsOperator: there are several, and none was named.
    """
    if named or access.setting("location_id"):
        return named or access.setting("location_id")
    found = places(access)
    if len(found) != 1:
        raise NeedsOperator(
            access.where("settings"),
            f"the connection has {len(found)} locations, and a write needs one.",
            next_step="Name the place, or write location_id into the connection's settings.",
        )
    return found[0]
