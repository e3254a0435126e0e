"""A process that wants a token: `python -m tests.connectors.kit.refreshing FOLDER TOKEN_URL`, then a line on stdin."""

import sys
from datetime import UTC, datetime
from pathlib import Path

from pydantic import SecretStr

from canonical.problems import Where
from connectors.kit.auth import OAuth2
from connectors.kit.exchange import get
from connectors.kit.http import RequestsTransport
from connectors.kit.secrets import SecretStore
from tests.connectors.kit.oauth_server import CLIENT, SECRET

KEY, ENTRY = b"an installation key of 32 bytes.", "podium/lumen"
NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)


def auth(folder: Path, token_url: str) -> OAuth2:
    return OAuth2(
        where=Where("podium", "auth"),
        token_url=token_url,
        client_id=CLIENT,
        client_secret=SecretStr(SECRET),
        store=SecretStore(folder, KEY),
        name=ENTRY,
        transport=RequestsTransport(),
        clock=lambda: NOW,
    )


if __name__ == "__main__":
    wanted = auth(Path(sys.argv[1]), sys.argv[2])
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    sys.stdout.write(wanted.signed(get("https://api.vendor.example/things")).headers["authorization"] + "\n")
