"""The pretend HubSpot."""

import asyncio
import uuid
from dataclasses import replace
from typing import Any

from typing_extensions import Unpack, override

from emulators.hubspot import events
from emulators.hubspot.asking import Ask, mark, named_kind
from emulators.hubspot.kinds import MAILS_SCOPE, kind_called
from emulators.hubspot.limits import Windows
from emulators.hubspot.portal import Portal, Source, Token
from emulators.hubspot.problems import Refusal, from_fault, missing_scopes, not_found, over_limit, secondly
from emulators.hubspot.records import Record
from emulators.hubspot.routes import Rule, routes
from emulators.hubspot.world import World
from emulators.kit.emulator import HttpEmulator, Settings
from emulators.kit.exchange import Answer, Call, Json, Mark
from emulators.kit.faults import Fault

READS = frozenset({"read", "search", "owners", "schema_read", "mails_read", "open", "token"})
BURST_SECONDS = 10
NOBODY = Portal(0)


class HubSpotEmulator(HttpEmulator):
    """One HubSpot with any number of portals, told apart by token.

    Webhooks go to a portal's `webhook_url`: what happened in one turn of the loop is one batch.
    """

    vendor = "hubspot"

    def __init__(self, *portals: Portal, **settings: Unpack[Settings]) -> None:
        super().__init__(**settings)
        self.portals = {portal.portal_id: portal for portal in portals or (Portal(143553).open_to("an-invented-key"),)}
        self.events: list[dict[str, Json]] = []
        self._unsent: dict[int, list[dict[str, Json]]] = {}
        self._windows = Windows()
        self._routes = routes()
        for portal in self.portals.values():
            self.adopt(portal)
        World(self).install()

    def adopt(self, portal: Portal) -> None:
        """Take a portal in: it follows the emulator's clock and its changes become events."""
        portal.clock, portal.notice = self.clock, self._noticed
        self.portals[portal.portal_id] = portal

    @override
    def describe_ports(self) -> dict[str, Json]:
        portals = [
            {"portal": each.portal_id, "tokens": sorted(each.tokens), "client_secret": each.client_secret}
            for each in self.portals.values()
        ]
        return super().describe_ports() | {"portals": portals}

    @override
    def forget(self) -> None:
        self.events.clear()
        self._windows = Windows()
        for portal in self.portals.values():
            portal.forget()

    # HTTP

    @override
    def answer(self, call: Call) -> Answer:
        correlation = str(uuid.UUID(self.token()))
        rule, call = self._routed(call) or (None, call)
        headers: dict[str, str] = {}
        try:
            answer = self._handled(call, rule, headers)
        except Refusal as refusal:
            answer = refusal.answer(correlation)
            answer.marks = [replace(each, accepted=False) for each in self.describe(call)]
        answer.marks = answer.marks or [Mark("read" if rule is None or rule.access in READS else "write")]
        answer.headers |= headers | {"x-hubspot-correlation-id": correlation}
        return answer

    def _routed(self, call: Call) -> tuple[Rule, Call] | None:
        """HubSpot's own client asks for `/crm/v3/owners/`, with a slash at the end."""
        return self._routes.find(replace(call, path=call.path.rstrip("/")))

    def _handled(self, call: Call, rule: Rule | None, headers: dict[str, str]) -> Answer:
        if rule is None:
            raise not_found()
        if rule.access == "token":
            return rule.handler(self._about_a_token(call))
        ask = Ask(call, *self._opened(call))
        self._limited(ask, rule, headers)
        scope = self._scope(ask, rule)
        if scope is not None and scope not in ask.token.scopes:
            raise missing_scopes(scope)
        return rule.handler(ask)

    def _opened(self, call: Call) -> tuple[Portal, Token]:
        scheme, _, value = call.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            for portal in self.portals.values():
                if value in portal.tokens and not portal.tokens[value].revoked:
                    return portal, _fresh(portal.tokens[value])
        message = "Authentication credentials not found. This API supports OAuth 2.0 authentication."
        raise Refusal(401, "INVALID_AUTHENTICATION", message)

    def _about_a_token(self, call: Call) -> Ask:
        """Token information needs no authorization; the token in question says which portal is meant."""
        named = call.fields.get("token") or call.form.get("token") or ""
        if call.headers.get("content-type", "").startswith("application/json"):
            named = str(call.json().get("tokenKey", ""))
        portal = next((each for each in self.portals.values() if named in each.tokens), NOBODY)
        return Ask(call, portal, Token(named))

    def _scope(self, ask: Ask, rule: Rule) -> str | None:
        if rule.access == "owners":
            return "crm.objects.owners.read"
        if rule.access.startswith("mails"):
            return MAILS_SCOPE
        if rule.access == "open":
            return None
        what = "schemas" if rule.access.startswith("schema") else "objects"
        kind = named_kind(ask.portal, ask.call.fields.get("kind") or ask.call.fields["one"])
        return f"crm.{what}.{kind.scope}.{'read' if rule.access in READS else 'write'}"

    def _limited(self, ask: Ask, rule: Rule, headers: dict[str, str]) -> None:
        """Count the request. Search has its own limit per account and answers without the burst headers."""
        portal, token = ask.portal, ask.token
        portal.daily_used += 1
        if token.kind != "oauth":
            headers["x-hubspot-ratelimit-daily"] = str(portal.daily_limit)
            headers["x-hubspot-ratelimit-daily-remaining"] = str(max(portal.daily_limit - portal.daily_used, 0))
        if portal.daily_used > portal.daily_limit:
            raise over_limit("DAILY")
        if rule.access == "search":
            self._count("search", portal.portal_id, portal.search_limit, 1, secondly())
            return
        left = self._count("burst", token.value, portal.burst_limit, BURST_SECONDS, over_limit("TEN_SECONDLY_ROLLING"))
        if left is not None:
            headers["x-hubspot-ratelimit-max"] = str(portal.burst_limit)
            headers["x-hubspot-ratelimit-remaining"] = str(left)
            headers["x-hubspot-ratelimit-interval-milliseconds"] = str(BURST_SECONDS * 1000)

    def _count(self, what: str, whose: str | int, limit: int | None, seconds: float, full: Refusal) -> int | None:
        if limit is None:
            return None
        left = self._windows.take((what, whose), limit, seconds)
        if left is None:
            raise full
        return left

    @override
    def describe(self, call: Call) -> list[Mark]:
        found = self._routed(call)
        if found is None or found[0].access in READS:
            return [Mark()]
        try:
            body = call.json()
        except ValueError:
            return [Mark("write")]
        items = body.get("inputs", [body]) if isinstance(body, dict) else []
        kind, portal = kind_called(found[1].fields.get("kind", "")), self._portal_of(call)
        return [mark(portal, kind, each) for each in items if isinstance(each, dict)] or [Mark("write")]

    def _portal_of(self, call: Call) -> Portal:
        try:
            return self._opened(call)[0]
        except Refusal:
            return NOBODY

    @override
    def error(self, fault: Fault) -> Answer:
        return from_fault(fault, str(uuid.UUID(self.token())))

    # Webhooks

    def _noticed(self, portal: Portal, record: Record, what: str, source: Source, **more: Any) -> None:  # noqa: ANN401 - the fields of an event
        happened = events.event(portal, record, what, source, len(self.events) + 1, **more)
        self.events.append(happened)
        if not portal.webhook_url:
            return
        unsent = self._unsent.setdefault(portal.portal_id, [])
        if not unsent:
            asyncio.get_running_loop().call_soon(self._flush, portal)
        unsent.append(happened)

    def _flush(self, portal: Portal) -> None:
        for hook in events.batches(portal, self._unsent.pop(portal.portal_id, []), self.clock):
            self.webhooks.send(hook)


def _fresh(token: Token) -> Token:
    if token.expired_for is not None:
        message = f"The OAuth token used to make this call expired {token.expired_for} second(s) ago."
        raise Refusal(401, "EXPIRED_AUTHENTICATION", message)
    return token
