"""Fixtures: what a vendor was asked and what it answered, as files with a provenance."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.connectors.wire.server import Reply, Seen


@dataclass(frozen=True)
class Exchange:
    """One question and its answer. `query` must be met exactly, `asks` by the JSON body's own fields; None leaves it open."""

    method: str
    path: str
    query: dict[str, str] | None
    status: int
    body: bytes
    headers: dict[str, str]
    asks: dict[str, Any] | None = None
    """For questions that are put in a body: the fields that tell them apart."""

    def fits(self, seen: Seen) -> bool:
        same = (self.method, self.path) == (seen.method, seen.path)
        return same and (self.query is None or self.query == seen.query) and self._asked(seen)

    def _asked(self, seen: Seen) -> bool:
        if self.asks is None:
            return True
        body = json.loads(seen.body)
        return all(body.get(name) == value for name, value in self.asks.items())


@cache
def exchanges(folder: Path) -> tuple[Exchange, ...]:
    """All exchanges of a fixture folder; each `exchanges.yaml` names the files with the answers."""
    return tuple(
        _exchange(entry, file.parent) for file in sorted(folder.rglob("exchanges.yaml")) for entry in _entries(file)
    )


def _entries(file: Path) -> list[dict[str, Any]]:
    found: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return list(found.get("exchanges", []))


def _exchange(entry: dict[str, Any], folder: Path) -> Exchange:
    request, answer = entry["request"], entry["answer"]
    return Exchange(
        method=request["method"],
        path=request["path"],
        query=request.get("query"),
        status=answer["status"],
        body=(folder / answer["body"]).read_bytes(),
        headers=answer.get("headers", {}),
        asks=request.get("asks"),
    )


def answering(known: tuple[Exchange, ...], seen: Seen) -> Reply:
    """The answer of the first exchange that fits; a question nobody foresaw is answered 418, which no table knows."""
    for exchange in known:
        if exchange.fits(seen):
            return Reply(exchange.status, exchange.body, exchange.headers)
    asked = json.dumps({"no fixture for": f"{seen.method} {seen.target} {seen.body.decode('utf-8', 'replace')}"})
    return Reply(418, asked.encode())
