"""Podium's own OpenAPI, a file per part of its interface, with the known defects patched: a witness we did not write."""

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import yaml
from openapi_core import OpenAPI
from openapi_core.testing import MockRequest
from openapi_schema_validator import OAS30Validator
from werkzeug.datastructures import MultiDict

from tests.connectors.wire.server import Seen
from tests.shared_data import shared

API = "https://api.podium.com"
PATCH = Path(__file__).with_name("openapi-patch.yaml")
PARTS = ("accounts", "appointments", "contacts", "conversations", "messenger", "reviews", "webhooks")


@dataclass(frozen=True)
class Specification:
    """One of Podium's documents."""

    document: dict[str, Any]

    def knows(self, path: str) -> bool:
        return any(re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", known), path) for known in self.document["paths"])

    def check_request(self, seen: Seen) -> None:
        """Raises `OpenAPIError` unless path, method, parameters and body are documented."""
        args = MultiDict(parse_qsl(urlsplit(seen.target).query))
        kind, headers = seen.headers.get("content-type", ""), dict(seen.headers)
        request = MockRequest(API, seen.method.lower(), seen.path, args=args, headers=headers, data=seen.body)
        request.content_type = kind
        _compiled(json.dumps(self.document)).validate_request(request)

    def check_answer(self, method: str, path: str, body: object) -> None:
        """Raises unless a successful answer is of the documented shape."""
        operation = self._operation(method, path)
        [success] = [answer for status, answer in operation["responses"].items() if status.startswith("2")]
        self._validate(success["content"]["application/json"]["schema"], body)

    def check_schema(self, name: str, body: object) -> None:
        """Raises unless it is of that shape."""
        self._validate({"$ref": f"#/components/schemas/{name}"}, body)

    def query(self, method: str, path: str) -> set[str]:
        """The names of the parameters that are documented for a path."""
        return {each["name"] for each in self._operation(method, path).get("parameters", []) if each["in"] == "query"}

    def _operation(self, method: str, path: str) -> dict[str, Any]:
        found: dict[str, Any] = next(
            item[method.lower()]
            for known, item in sorted(self.document["paths"].items(), key=lambda each: "{" in each[0])
            if re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", known), path) and method.lower() in item
        )
        return found

    def _validate(self, schema: dict[str, Any], body: object) -> None:
        OAS30Validator({"components": self.document["components"], "allOf": [schema]}).validate(body)


@cache
def _compiled(document: str) -> OpenAPI:
    return OpenAPI.from_dict(json.loads(document))


@cache
def part(name: str, *, patched: bool = True) -> Specification:
    """One document, `contacts` for example."""
    file = shared("vendors", "specs", "podium", f"podium-{name}-openapi-original.json")
    document: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    for entry in yaml.safe_load(PATCH.read_text(encoding="utf-8")) if patched else []:
        if entry["file"] in {"*", file.name}:
            *above, last = entry["at"]
            place = document
            for step in above:
                place = place[step]
            place[last] = entry["becomes"]
    return Specification(document)


def of_path(path: str) -> Specification:
    """The document that knows a path."""
    return next(found for found in map(part, PARTS) if found.knows(path))
