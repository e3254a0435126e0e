"""What the pretend HighLevel shows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from emulators.gohighlevel import problems
from emulators.gohighlevel.place import Doc
from emulators.gohighlevel.problems import Refusal
from emulators.gohighlevel.rules import Ask, Rule
from emulators.kit.exchange import Answer

if TYPE_CHECKING:
    from emulators.gohighlevel.emulator import GoHighLevelEmulator


LEAST, MOST = 10, 500
"""How many records a page of the export may have, and at most of the search."""
COUNTED = 10_000
"""As many contacts as page numbers reach."""
LATEST = 20


class Listing:
    """Handlers that change nothing."""

    def __init__(self, highlevel: GoHighLevelEmulator) -> None:
        self._highlevel = highlevel

    def routes(self) -> Iterator[tuple[str, str, Rule]]:
        """Method, path and rule; the first that fits counts."""
        table = (
            ("GET", "/locations/{location}", "locations.readonly", self.location),
            ("GET", "/calendars/", "calendars.readonly", self.calendars),
            ("GET", "/calendars/events", "calendars/events.readonly", self.events),
            ("GET", "/calendars/events/appointments/{id}", "calendars/events.readonly", self.appointment),
            ("GET", "/calendars/{id}/free-slots", "calendars.readonly", self.free_slots),
            ("POST", "/contacts/search", "contacts.readonly", self.search),
            ("GET", "/contacts/search/duplicate", "contacts.readonly", self.duplicate),
            ("GET", "/contacts/{id}", "contacts.readonly", self.contact),
            ("GET", "/contacts/{id}/tasks", "contacts.readonly", self.tasks),
            ("POST", "/locations/{location}/tasks/search", "locations/tasks.readonly", self.search_tasks),
            ("GET", "/contacts/{id}/notes", "contacts.readonly", self.notes),
            ("GET", "/conversations/messages/export", "conversations/message.readonly", self.export),
            ("GET", "/conversations/messages/{id}", "conversations/message.readonly", self.message),
            ("GET", "/conversations/{id}/messages", "conversations/message.readonly", self.conversation),
            ("GET", "/forms/submissions", "forms.readonly", self.submissions),
            ("GET", "/opportunities/search", "opportunities.readonly", self.opportunities),
            ("GET", "/opportunities/{id}", "opportunities.readonly", self.opportunity),
        )
        for method, path, scope, handle in table:
            yield method, path, Rule(scope, handle)

    def location(self, ask: Ask) -> Answer:
        """The sub-account."""
        return Answer(200, {"location": ask.place.resource()})

    def calendars(self, ask: Ask) -> Answer:
        """All of them."""
        return Answer(200, {"calendars": [one.resource(ask.place.id) for one in ask.place.calendars]})

    def events(self, ask: Ask) -> Answer:
        """Appointments of one calendar whose start lies in the window; no pages."""
        given = ask.call.arguments
        if not (given.get("calendarId") or given.get("userId") or given.get("groupId")):
            raise Refusal(422, ["Either of calendarId, userId or groupId is required"])
        start, end = int(given["startTime"]), int(given["endTime"])
        rows = [
            one
            for one in ask.place.appointments.values()
            if one["calendarId"] == given.get("calendarId") and start <= _ms(one["startTime"]) <= end
        ]
        return Answer(200, {"events": rows, "traceId": "emulated"})

    def appointment(self, ask: Ask) -> Answer:
        """One of them."""
        return Answer(200, {"event": _found(ask.place.appointments, ask.call.fields["id"]), "traceId": "emulated"})

    def free_slots(self, ask: Ask) -> Answer:
        """Whole hours of the desk's day that nobody has booked, by day."""
        given = ask.call.arguments
        start, end = int(given["startDate"]), int(given["endDate"])
        if end - start > 31 * 86_400_000:
            raise Refusal(400, "Date range cannot be more than 31 days")
        taken = {_ms(one["startTime"]) for one in ask.place.appointments.values()}
        days: dict[str, Doc] = {}
        at = datetime.fromisoformat(ask.place.local(datetime.fromtimestamp(start / 1000).astimezone()))
        at = at.replace(hour=9, minute=0, second=0, microsecond=0)
        while at.timestamp() * 1000 <= end:
            hours = [at + timedelta(hours=each) for each in range(8)] if at.weekday() < len("mtwtf") else []
            free = [one.isoformat() for one in hours if start <= one.timestamp() * 1000 and _epoch(one) not in taken]
            if free:
                days[f"{at:%Y-%m-%d}"] = {"slots": free}
            at += timedelta(days=1)
        return Answer(200, days | {"traceId": "emulated"})

    def search(self, ask: Ask) -> Answer:
        """Contacts by filters, sorted, in pages; a change is seen `search_lag` later."""
        asked = ask.call.json()
        limit = int(asked["pageLimit"])
        if limit > MOST:
            raise Refusal(400, "pageLimit must not be greater than 500")
        horizon = self._highlevel.clock.now() - timedelta(seconds=self._highlevel.search_lag)
        rows = [one for one in ask.place.contacts.values() if datetime.fromisoformat(one["dateUpdated"]) <= horizon]
        rows = [one for one in rows if all(_fits(one, each) for each in asked.get("filters") or [])]
        rows.sort(key=_key)
        total = len(rows)
        if asked.get("searchAfter"):
            after = (int(asked["searchAfter"][0]), str(asked["searchAfter"][1]))
            rows = [one for one in rows if _key(one) > after]
        else:
            page = int(asked.get("page") or 1)
            if page * limit > COUNTED:
                raise Refusal(400, "page and pageLimit reach 10000 records only: use searchAfter")
            rows = rows[(page - 1) * limit :]
        shown = [one | {"searchAfter": list(_key(one))} for one in rows[:limit]]
        return Answer(200, {"contacts": shown, "total": total, "traceId": "emulated"})

    def duplicate(self, ask: Ask) -> Answer:
        """By phone or address, straight from the record."""
        given = ask.call.arguments
        return Answer(200, {"contact": ask.place.contact_by(given.get("number", ""), given.get("email", ""))})

    def contact(self, ask: Ask) -> Answer:
        """One of them; an id nobody has is answered with 400, as reported."""
        known = ask.place.contacts.get(ask.call.fields["id"])
        if known is None:
            raise Refusal(400, f"Contact with id {ask.call.fields['id']} not found")
        return Answer(200, {"contact": known})

    def tasks(self, ask: Ask) -> Answer:
        """Those beside a contact."""
        return Answer(200, {"tasks": _beside(ask.place.tasks, ask.call.fields["id"])})

    def search_tasks(self, ask: Ask) -> Answer:
        """Those of everybody, finished or not, in the order in which they were made."""
        given = ask.call.json()
        rows = [one for one in ask.place.tasks.values() if given.get("completed") in {None, one["completed"]}]
        skip = int(given.get("skip", 0))
        return Answer(200, {"tasks": rows[skip : skip + int(given.get("limit", 25))], "traceId": "emulated"})

    def notes(self, ask: Ask) -> Answer:
        """Those beside a contact."""
        return Answer(200, {"notes": _beside(ask.place.notes, ask.call.fields["id"])})

    def export(self, ask: Ask) -> Answer:
        """Messages in pages; mail only where it is asked for."""
        given = ask.call.arguments
        limit = int(given.get("limit", 100))
        if not LEAST <= limit <= MOST:
            raise Refusal(400, "limit must be between 10 and 500")
        by = "dateUpdated" if given.get("sortBy") == "updatedAt" else "dateAdded"
        rows = [one for one in ask.place.messages.values() if _of_channel(one, given.get("channel", ""))]
        rows = [one for one in rows if given.get("contactId") in {None, one["contactId"]}]
        rows = [one for one in rows if _moment(given.get("startDate")) <= _ms(one[by])]
        rows.sort(key=lambda one: (one[by], one["id"]), reverse=given.get("sortOrder", "desc") == "desc")
        begin = int(given.get("cursor") or 0)
        page, more = rows[begin : begin + limit], begin + limit < len(rows)
        return Answer(200, {"messages": page, "nextCursor": str(begin + limit) if more else None, "total": len(rows)})

    def message(self, ask: Ask) -> Answer:
        """One of them."""
        return Answer(200, {"message": _found(ask.place.messages, ask.call.fields["id"])})

    def conversation(self, ask: Ask) -> Answer:
        """The latest twenty of a conversation, one more object inside than documented, as recorded."""
        rows = [one for one in ask.place.messages.values() if one["conversationId"] == ask.call.fields["id"]]
        rows.sort(key=lambda one: one["dateAdded"], reverse=True)
        inner = {
            "lastMessageId": rows[-1]["id"] if rows else "",
            "nextPage": len(rows) > LATEST,
            "messages": rows[:LATEST],
        }
        return Answer(200, {"messages": inner, "traceId": "emulated"})

    def submissions(self, ask: Ask) -> Answer:
        """Forms that were filled in, by day."""
        given = ask.call.arguments
        first, last = given.get("startAt", ""), given.get("endAt", "9999")
        rows = [one for one in ask.place.submissions if first <= one["createdAt"][:10] <= last]
        page, limit = int(given.get("page", 1)), int(given.get("limit", 20))
        more = page * limit < len(rows)
        meta = {"total": len(rows), "currentPage": page, "nextPage": page + 1 if more else None, "prevPage": None}
        return Answer(200, {"submissions": rows[(page - 1) * limit : page * limit], "meta": meta})

    def opportunities(self, ask: Ask) -> Answer:
        """All of them at once: the pretend sub-account has few."""
        rows = list(ask.place.opportunities.values())
        return Answer(200, {"opportunities": rows, "meta": {"total": len(rows), "nextPage": None, "nextPageUrl": None}})

    def opportunity(self, ask: Ask) -> Answer:
        """One of them."""
        return Answer(200, {"opportunity": _found(ask.place.opportunities, ask.call.fields["id"])})


def _found(held: dict[str, Doc], named: str) -> Doc:
    if named not in held:
        raise Refusal(404, problems.NOT_FOUND)
    return held[named]


def _beside(held: dict[str, Doc], contact: str) -> list[Doc]:
    return [one for one in held.values() if one["contactId"] == contact]


def _ms(written: str) -> int:
    return _epoch(datetime.fromisoformat(written))


def _epoch(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _moment(written: str | None) -> int:
    return _ms(written) if written else 0


def _key(contact: Doc) -> tuple[int, str]:
    return _ms(contact["dateUpdated"]), contact["id"]


def _of_channel(message: Doc, channel: str) -> bool:
    """Without a channel: everything but mail, the log of what happened too."""
    kind = message["messageType"].removeprefix("TYPE_")
    return "EMAIL" not in kind if not channel else channel.upper() in kind


def _fits(contact: Doc, asked: Doc) -> bool:
    """One filter: equality, or a range of instants."""
    value = contact.get(asked["field"])
    if asked["operator"] == "eq":
        return bool(value == asked["value"])
    if asked["operator"] != "range":
        raise Refusal(400, f"Operator {asked['operator']} is not emulated")
    at, wanted = _moment(value), asked["value"]
    low = _moment(wanted.get("gte")) <= at and ("gt" not in wanted or _moment(wanted["gt"]) < at)
    high = ("lte" not in wanted or at <= _moment(wanted["lte"])) and ("lt" not in wanted or at < _moment(wanted["lt"]))
    return low and high
