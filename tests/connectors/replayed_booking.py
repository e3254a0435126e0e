"""Rows that somebody else's client was given, served once more as their vendor pages them, and what became of each of them here.

A recording is a list of pages, each a list of rows. It is played to the connector as a whole, over a socket: the pull lands what
it lands, the shape is asked for, and the mapping translates, as normalizing does.
"""

import contextlib
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import SecretStr

from canonical.clock import FixedClock
from canonical.practice import Connection
from canonical.problems import ProtocolBroken
from canonical.raw import RawRecord, Suspect
from connectors.kit import registry
from connectors.kit.access import Tools
from connectors.kit.http import RequestsTransport
from connectors.kit.secrets import Secrets, SecretStore
from mappings.catalogue import Catalogue
from mappings.coverage import Notes
from mappings.engine import Cannot, Surroundings
from mappings.wire import read
from tests.connectors.acuity import wire as acuity
from tests.connectors.contract.subject import NOW
from tests.connectors.luma_health import wire as luma_health
from tests.connectors.nexhealth import wire as nexhealth
from tests.connectors.paubox import wire as paubox
from tests.connectors.podium import wire as podium
from tests.connectors.square import wire as square
from tests.connectors.twilio import wire as twilio
from tests.connectors.wire.server import FakeWire, Reply, Seen

Rows = list[Any]
Pages = Sequence[Rows]
Answer = Callable[[Seen], Reply]

HERE = Surroundings(default_zone=ZoneInfo("America/New_York"))


@dataclass
class Played:
    """What became of a recording."""

    records: list[RawRecord] = field(default_factory=list)
    suspects: list[Suspect] = field(default_factory=list)
    versions: dict[str, dict[str, object]] = field(default_factory=dict)
    """Id → the record in our words."""
    set_aside: dict[str, str] = field(default_factory=dict)
    """Id → why normalizing would put it into quarantine."""
    notes: Notes = field(default_factory=Notes)

    @property
    def ids(self) -> list[str]:
        """The ids that landed, in the order in which they did."""
        return [record.vendor_id for record in self.records]


def played(vendor: str, stream: str, pages: Pages, now: datetime = NOW) -> Played:
    """The recording, pulled and translated."""
    with playing(vendor, stream, pages, now) as (connection, tools):
        found = list(registry.puller(connection, tools).pull(stream, None, now=now))
    assert [page.complete for page in found] == [False] * (len(found) - 1) + [True]
    done = Played([one for page in found for one in page.records], [one for page in found for one in page.suspects])
    mapping = Catalogue().mapping(vendor, stream)
    for record in done.records:
        fields = read(record.format.text, record.body)
        done.notes.saw(fields)
        try:
            registry.require_known_shape(vendor, stream, fields)
            done.versions[record.vendor_id] = mapping.apply(fields, HERE, done.notes).body
        except (Cannot, ProtocolBroken) as why:
            done.set_aside[record.vendor_id] = str(why)
    return done


def playing(
    vendor: str, stream: str, pages: Pages, now: datetime = NOW
) -> contextlib.AbstractContextManager[tuple[Connection, Tools]]:
    """The vendor, running, and a connection that leads there and takes everything it shows."""
    asked = [str(row["sourceTrackingId"]) for rows in pages for row in rows] if vendor == "paubox" else []
    return answering(vendor, SPEAKERS[vendor].says(stream, pages), now, asked)


@contextlib.contextmanager
def answering(
    vendor: str, answer: Answer, now: datetime = NOW, awaited: Sequence[str] = ()
) -> Iterator[tuple[Connection, Tools]]:
    """A vendor that answers like that. `awaited`: the messages whose end somebody waits for."""
    transport, speaker = RequestsTransport(), SPEAKERS[vendor]
    with FakeWire(answer).running() as server, tempfile.TemporaryDirectory() as folder:
        store = SecretStore(Path(folder), b"an installation key of 32 bytes.")
        for name, kept in speaker.kept.items():
            store.write(name, SecretStr(json.dumps(kept)))
        secrets = Secrets(speaker.environ, store)
        tools = Tools(FixedClock(now), secrets, transport, None, lambda _: None, awaited=lambda _: awaited)
        yield _taking_all(speaker.connection(server.url)), tools
    transport.close()


def _taking_all(connection: Connection) -> Connection:
    """Of every place and number, however long ago it was."""
    years = {name: "6000" for name in ("history_days", "window_days") if name in connection.settings}
    return connection.model_copy(update={"select": {}, "settings": {**connection.settings, **years}})


def said(body: object, status: int = 200) -> Reply:
    """An answer in JSON."""
    return Reply(status, json.dumps(body).encode())


NOTHING = said({}, 404)


def _at(token: str | None, pages: Pages) -> tuple[Rows, str]:
    """The page of a token such as `p2`, and the token of the next one, or ""."""
    number = int(token.removeprefix("p")) if token else 0
    return list(pages[number]) if pages else [], f"p{number + 1}" if number + 1 < len(pages) else ""


def _twilio(_: str, pages: Pages) -> Answer:
    def answer(seen: Seen) -> Reply:
        rows, token = _at(seen.query.get("PageToken"), pages)
        following = f"{seen.path}?PageSize=50&Page=1&PageToken={token}" if token else None
        return said({"page": 0, "messages": rows, "next_page_uri": following, "previous_page_uri": None})

    return answer


def _square(stream: str, pages: Pages) -> Answer:
    def answer(seen: Seen) -> Reply:
        asked = json.loads(seen.body) if seen.body else seen.query
        rows, token = _at(asked.get("cursor"), pages)
        if stream == "bookings" and asked["start_at_min"] > f"{NOW:%Y-%m-%d}":
            return said({})
        return said({**({stream: rows} if rows else {}), **({"cursor": token} if token else {})})

    return answer


def _nexhealth(stream: str, pages: Pages) -> Answer:
    def answer(seen: Seen) -> Reply:
        rows, token = _at(seen.query.get("end_cursor"), pages)
        info = {
            "has_previous_page": False,
            "has_next_page": bool(token),
            "start_cursor": "",
            "end_cursor": token or None,
        }
        token_of_key = {"code": True, "data": {"token": "an.invented.token"}}
        lists = {"/authenticates": token_of_key, f"/{stream}": {"code": True, "data": rows, "page_info": info}}
        return said(lists.get(seen.path, {"code": True, "data": []}))

    return answer


def _podium(stream: str, pages: Pages) -> Answer:
    paths = {"contacts": "/v4/contacts", "reviews": "/v4/reviews", "invites": "/v4/reviews/invites"}

    def answer(seen: Seen) -> Reply:
        if seen.path == "/v4/conversations":
            return said({"data": [{"uid": "thread-1"}], "metadata": {}})
        rows, token = _at(seen.query.get("cursor"), pages)
        listed = seen.path in {paths.get(stream, ""), "/v4/conversations/thread-1/messages"}
        return said({"data": rows, "metadata": {"nextCursor": token or None}}) if listed else NOTHING

    return answer


def _luma_health(_: str, pages: Pages) -> Answer:
    def answer(seen: Seen) -> Reply:
        if seen.path == "/auth/token":
            return said({"access_token": "invented", "expires_in": 3600})
        number = int(seen.query["page"])
        rows = pages[number - 1] if number <= len(pages) and "deleted" not in seen.query else []
        everything = sum(map(len, pages)) if "deleted" not in seen.query else 0
        return said({"response": rows, "page": number, "size": everything})

    return answer


def _paubox(_: str, pages: Pages) -> Answer:
    def answer(seen: Seen) -> Reply:
        asked = seen.query.get("sourceTrackingId")
        found = [row for rows in pages for row in rows if row["sourceTrackingId"] == asked]
        return said(found[0]) if found else said({"errors": [{"code": 404, "title": "Message was not found"}]}, 404)

    return answer


def _acuity(stream: str, pages: Pages) -> Answer:
    """Its client asked for all of it at once; here each row stands in the window in which its day lies, else in every one."""
    everything = [row for rows in pages for row in rows]

    def answer(seen: Seen) -> Reply:
        if seen.path != "/appointments":
            return said(everything if seen.path == f"/{stream}" else [])
        first, last = seen.query["minDate"], seen.query["maxDate"]
        days = [(row, row.get("datetime") if isinstance(row, dict) else None) for row in everything]
        return said([row for row, at in days if not isinstance(at, str) or first <= at[:10] <= last])

    return answer


@dataclass(frozen=True)
class Speaker:
    """How one vendor is reached, and how it pages."""

    says: Callable[[str, Pages], Answer]
    connection: Callable[[str], Connection]
    environ: Mapping[str, str]
    kept: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


SPEAKERS: Mapping[str, Speaker] = {
    "acuity": Speaker(_acuity, acuity.connection, acuity.ENVIRON),
    "luma_health": Speaker(_luma_health, luma_health.connection, luma_health.ENVIRON),
    "nexhealth": Speaker(_nexhealth, nexhealth.connection, nexhealth.ENVIRON),
    "paubox": Speaker(_paubox, paubox.connection, paubox.ENVIRON),
    "podium": Speaker(_podium, podium.connection, podium.ENVIRON, podium.STORE),
    "square": Speaker(_square, square.connection, square.ENVIRON),
    "twilio": Speaker(_twilio, twilio.connection, twilio.ENVIRON),
}
