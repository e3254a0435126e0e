"""HubSpot's paths by version, in one table: its client speaks v3 and v4 only, and those end in 2027.

Source: HubSpot's specification collection @ 99893791 (2026-08): `/crm/v3/objects` became `/crm/objects/2026-09`.
"""

from collections.abc import Mapping
from typing import Final

CURRENT: Final = "v3"
"""What a connection speaks unless its settings say `api_version`."""

VERSIONS: Final[Mapping[str, Mapping[str, str]]] = {
    "v3": {},
    "2026-09": {
        "/crm/v3/objects/": "/crm/objects/2026-09/",
        "/crm/v4/associations/": "/crm/associations/2026-09/",
        "/crm/v3/properties/": "/crm/properties/2026-09/",
        "/account-info/v3/": "/account-info/2026-09/",
        "/communication-preferences/v4/": "/communication-preferences/2026-03/",  # the newest that is documented, 2026-11
    },
}
"""Version → how the client's path begins, and how it begins there."""

DETAILS: Final = "/account-info/v3/details"
"""Which portal a token opens."""
UNSUBSCRIBED: Final = "/communication-preferences/v4/statuses/{}/unsubscribe-all?channel=EMAIL"
"""Whether an address gets no mails at all (GET), and that it shall not (POST)."""
TOKEN: Final = "/oauth/v2/private-apps/get/access-token-info"  # noqa: S105 - an address
"""What a static token may do."""


def in_version(path: str, version: str) -> str:
    """The client's path as that version writes it. Raises KeyError for a version nobody knows."""
    for begins, instead in VERSIONS[version].items():
        if path.startswith(begins):
            return instead + path.removeprefix(begins)
    return path
