"""Who treats and what can be booked at Square. Appointments name both by their ids."""

import json
from collections.abc import Callable, Iterator
from typing import Any, Final

from connectors.kit.access import Access
from connectors.kit.exchange import Request, get, post_json
from connectors.kit.offered import Offered, offered
from connectors.kit.paging import walk
from connectors.square import client
from connectors.square.rows import Fields, Row, Rows, rows_of

BOOKED: Final = "APPOINTMENTS_SERVICE"
ONLY_ONE: Final = frozenset({"", "Regular"})
"""What Square calls the variation of a service that has one."""


def team(access: Access) -> tuple[Offered, ...]:
    """Everybody who works there now. Raises as a read."""
    places = client.locations(access)
    wanted: dict[str, Any] = {"status": "ACTIVE"} | ({"location_ids": list(places)} if places else {})

    def ask(token: str) -> Request:
        body = {"limit": 200, "query": {"filter": wanted}} | ({"cursor": token} if token else {})
        return post_json(client.resource(access, "/v2/team-members/search"), json.dumps(body).encode())

    return offered((row.id, _name(row.fields)) for row in _all(access, ask, "team_members"))


def services(access: Access) -> tuple[Offered, ...]:
    """Each variation of each service that can be booked. Raises as a read."""

    def ask(token: str) -> Request:
        more = (("cursor", token),) if token else ()
        return get(client.resource(access, "/v2/catalog/list"), (("types", "ITEM"), *more))

    return offered(pair for row in _all(access, ask, "objects") for pair in _variations(row.fields))


def _all(access: Access, ask: Callable[[str], Request], under: str) -> list[Row]:
    where, calling = access.where("verify"), client.line(access)

    def page(token: str) -> Rows:
        answer = calling.read(client.versioned(ask(token)), "verify")
        return rows_of(answer.body, under, where, "page")

    return [row for found, _ in walk(page, "", lambda page: page.next, where) for row in found.rows]


def _name(fields: Fields) -> str:
    return " ".join(str(fields[part]) for part in ("given_name", "family_name") if fields.get(part))


def _variations(item: Fields) -> Iterator[tuple[str, str]]:
    """(id, name) of each variation; the item's name says what it is, the variation's own which of several."""
    data = item.get("item_data")
    if not isinstance(data, dict) or data.get("product_type") != BOOKED:
        return
    for each in data.get("variations") or ():
        if isinstance(each, dict) and isinstance(each.get("id"), str):
            told = each.get("item_variation_data")
            own = str(told.get("name") or "") if isinstance(told, dict) else ""
            yield each["id"], " · ".join(part for part in (str(data.get("name") or ""), own) if part not in ONLY_ONE)
