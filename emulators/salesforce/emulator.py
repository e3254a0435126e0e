"""The pretend Salesforce."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from typing_extensions import Unpack, override

from emulators.kit.emulator import HttpEmulator, Settings
from emulators.kit.exchange import Answer, Call, Given, Json, Mark, Routes
from emulators.kit.faults import Fault
from emulators.salesforce import oauth, querying, sobjects
from emulators.salesforce.bulk import Jobs
from emulators.salesforce.org import Org
from emulators.salesforce.problems import Refusal, from_fault, not_found, over_limit
from emulators.salesforce.world import World

DATA: Final = "/services/data/{version}"
ANSWERED: Final = frozenset({"POST", "PATCH", "DELETE"})
READ_BY_POST: Final = ("/jobs/query", "/oauth2/token")


@dataclass(frozen=True, slots=True)
class Rule:
    """A handler, and whether it changes anything."""

    handler: Callable[[Call], Answer]
    writes: bool = False
    open: bool = False
    """Whether it needs no token."""


class SalesforceEmulator(HttpEmulator):
    """One Salesforce with one org, opened by tokens of its token endpoint or by those the org was given."""

    vendor = "salesforce"

    def __init__(self, org: Org | None = None, **settings: Unpack[Settings]) -> None:
        super().__init__(**settings)
        self.org = org or Org()
        self.org.clock = self.clock
        self.org.found()
        self.locators, self.jobs = querying.Locators(), Jobs()
        self._routes = self._table()
        World(self).install()

    @override
    def describe_ports(self) -> dict[str, Json]:
        client = {"client_id": self.org.client[0], "client_secret": self.org.client[1]}
        return super().describe_ports() | client | {"refresh_token": self.org.refresh_token}

    @override
    def forget(self) -> None:
        self.org.records.clear()
        self.org.gone.clear()
        self.org.refusing.clear()
        self.org.used = 0
        self.locators.held.clear()
        self.jobs.held.clear()
        self.org.found()

    @override
    def answer(self, call: Call) -> Answer:
        self.org.instance_url = self.org.instance_url or self.url
        return self._asked(call, inside=False)

    def _asked(self, call: Call, *, inside: bool) -> Answer:
        """A request, or a part of a composite one, which needs no token of its own and does not count."""
        found = self._routes.find(replace(call, path=call.path.rstrip("/")))
        rule, call = found or (None, call)
        try:
            answer = self._handled(call, rule, inside=inside)
        except Refusal as refusal:
            answer = refusal.answer()
            answer.marks = [replace(each, accepted=False) for each in self.describe(call)]
        answer.marks = answer.marks or [Mark("write" if rule and rule.writes else "read")]
        if not (rule and rule.open):
            answer.headers["Sforce-Limit-Info"] = f"api-usage={self.org.used}/{self.org.daily_limit}"
        return answer

    def _handled(self, call: Call, rule: Rule | None, *, inside: bool) -> Answer:
        if rule is None:
            raise not_found()
        if not (rule.open or inside):
            scheme, _, token = call.headers.get("authorization", "").partition(" ")
            if scheme not in {"Bearer", "OAuth"} or token not in self.org.tokens:
                raise Refusal(401, "INVALID_SESSION_ID", "Session expired or invalid")
            self.org.used += 1
            if self.org.used > self.org.daily_limit:
                raise over_limit()
        return rule.handler(call)

    def _table(self) -> Routes[Rule]:
        org, one = self.org, f"{DATA}/sobjects/{{object}}"
        jobs = f"{DATA}/jobs/query"

        def to(handler: Callable[[Org, Call], Answer], *, writes: bool = False) -> Rule:
            return Rule(lambda call: handler(org, call), writes=writes)

        many = f"{DATA}/composite/sobjects"
        return Routes(
            [
                (
                    "POST",
                    "/services/oauth2/token",
                    Rule(lambda call: oauth.granted(org, call, self.token()), open=True),
                ),
                ("GET", f"{DATA}/query", Rule(lambda call: self._query(call, deleted=False))),
                ("GET", f"{DATA}/queryAll", Rule(lambda call: self._query(call, deleted=True))),
                ("GET", f"{DATA}/query/{{locator}}", Rule(lambda call: querying.followed(org, self.locators, call))),
                ("GET", f"{DATA}/limits", Rule(self._limits)),
                ("POST", jobs, Rule(lambda call: self.jobs.start(org, call))),
                ("GET", f"{jobs}/{{job}}", Rule(self.jobs.look)),
                ("GET", f"{jobs}/{{job}}/results", Rule(self.jobs.results)),
                ("DELETE", f"{jobs}/{{job}}", Rule(self.jobs.drop)),
                ("POST", f"{DATA}/composite", Rule(self._composite, writes=True)),
                ("POST", many, to(sobjects.collection, writes=True)),
                ("PATCH", many, to(sobjects.collection, writes=True)),
                ("DELETE", many, to(sobjects.delete_many, writes=True)),
                ("PATCH", f"{many}/{{object}}/{{key}}", to(sobjects.collection, writes=True)),
                ("GET", f"{DATA}/sobjects", to(sobjects.listed)),
                ("GET", f"{one}/describe", to(sobjects.described)),
                ("GET", f"{one}/deleted", to(sobjects.deleted)),
                ("POST", one, to(sobjects.create, writes=True)),
                ("GET", f"{one}/{{key}}/{{value}}", to(sobjects.read_by_key)),
                ("PATCH", f"{one}/{{key}}/{{value}}", to(sobjects.upsert, writes=True)),
                ("GET", f"{one}/{{id}}", to(sobjects.read)),
                ("PATCH", f"{one}/{{id}}", to(sobjects.update, writes=True)),
                ("DELETE", f"{one}/{{id}}", to(sobjects.delete, writes=True)),
            ]
        )

    def _query(self, call: Call, *, deleted: bool) -> Answer:
        return querying.queried(self.org, self.locators, call, deleted=deleted)

    def _composite(self, call: Call) -> Answer:
        return sobjects.composite(call, lambda part: self._asked(part, inside=True))

    def _limits(self, call: Call) -> Answer:
        del call
        left = max(self.org.daily_limit - self.org.used, 0)
        return Answer(200, {"DailyApiRequests": {"Max": self.org.daily_limit, "Remaining": left}})

    @override
    def describe(self, call: Call) -> list[Mark]:
        if call.method not in ANSWERED or call.path.endswith(READ_BY_POST):
            return [Mark()]
        try:
            given = call.json()
        except ValueError:
            return [Mark("write")]
        rows = given.get("records", [given]) if isinstance(given, dict) else []
        return [self._mark(call, each) for each in rows if isinstance(each, dict)] or [Mark("write")]

    def _mark(self, call: Call, given: Given) -> Mark:
        found = self._routes.find(replace(call, path=call.path.rstrip("/")))
        named = (given.get("attributes") or {}).get("type") or (found[1].fields.get("object") if found else None)
        kind = self.org.objects.get(str(named))
        return Mark("write", reference=sobjects.reference(self.org, kind, given) if kind else None)

    @override
    def error(self, fault: Fault) -> Answer:
        return from_fault(fault)
