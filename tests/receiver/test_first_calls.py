"""A vendor that calls by GET first, to hear whether we know the word we told it."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.receiver.folder import CONNECTIONS, write
from tests.receiver.serving import Port, serving
from tests.receiver.world import World, lay_out

HOOK, WORD = "/hooks/meta/lumen/meta", "an-invented-word"


@pytest.fixture
def door(tmp_path: Path) -> Iterator[tuple[World, Port]]:
    home = lay_out(tmp_path)
    kept = home / "secrets" / "meta"
    write(kept, json.dumps({"token": "an-invented-token", "app_secret": "an-invented-secret", "verify_token": WORD}))
    text = CONNECTIONS.format(secret=home / "secrets" / "twilio", base_url="http://127.0.0.1:9")
    page = {"vendor": "meta", "account": "lumen", "secret": f"file:{kept}", "settings": {"page": "153125381133"}}
    write(home / "lumen" / "connections.yaml", yaml.safe_load(text) | {"meta": page})
    world = World.at(home)
    with serving(world) as port:
        yield world, port


def asked(word: str, challenge: str = "1158201444") -> str:
    return f"{HOOK}?hub.mode=subscribe&hub.verify_token={word}&hub.challenge={challenge}"


def test_the_word_is_answered_with_the_challenge_and_nothing_is_kept(door: tuple[World, Port]) -> None:
    world, port = door
    status, body, headers = port.answer("GET", asked(WORD))
    assert (status, body) == (200, b"1158201444")
    assert headers["content-type"].startswith("text/plain")
    assert headers["x-content-type-options"] == "nosniff"
    assert not world.spool.names()


@pytest.mark.parametrize(
    "path,status",
    [
        (asked("guessed"), 403),
        (asked(WORD, "%3Cscript%3E"), 401),
        (HOOK, 401),
        ("/hooks/meta/lumen/another?hub.mode=subscribe", 404),
        ("/hooks/twilio/lumen/twilio?hub.mode=subscribe", 405),
    ],
)
def test_nobody_else_hears_more_than_a_status(door: tuple[World, Port], path: str, status: int) -> None:
    world, port = door
    assert port.answer("GET", path)[:2] == (status, b"")
    assert not world.spool.names()
