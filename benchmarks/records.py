"""What one record costs from a vendor's bytes to our words: read, held against its shape, mapped. Every connector in one run.

    python -m benchmarks.records              all connectors that have fixtures
    python -m benchmarks.records twilio       these

The records are those of the contract's fixtures, pulled once over loopback beforehand; asking for a page is no part of it.
Rounds go through all streams in turn and the least of them counts, so that a busy machine slows everybody alike. A
connector costs what its streams cost on average, and none may cost more than three times the median connector.
"""

import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median
from time import process_time
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table

from canonical.problems import ProtocolBroken, SettingsError
from canonical.raw import RawRecord
from connectors.kit import registry
from connectors.kit.manifest import Via
from connectors.kit.webhooks import Meaning
from mappings.catalogue import Catalogue
from mappings.coverage import Notes
from mappings.engine import Cannot, Mapping, Surroundings
from mappings.wire import read
from tests.connectors.contract.subject import NOW, Subject, subjects

ROUNDS, SECONDS = 7, 0.02
ALLOWED = 3.0
"""How many times the median a connector may cost."""
HERE = Surroundings(default_zone=ZoneInfo("America/New_York"))


@dataclass(frozen=True)
class Stream:
    """The records of one stream, and what translates them."""

    vendor: str
    name: str
    records: tuple[RawRecord, ...]
    mapping: Mapping

    @property
    def size(self) -> float:
        """Bytes of a record, on average."""
        return mean(len(record.body) for record in self.records)


def streams_of(subject: Subject) -> Iterator[Stream]:
    """The streams of a connector whose fixtures hold records, and that a shipped mapping translates."""
    catalogue = Catalogue()
    found = {**dict(_pulled(subject)), **dict(_heard(subject))}
    for name, records in found.items():
        try:
            mapping = catalogue.mapping(subject.vendor, name)
        except SettingsError:
            continue  # the owner of a drop folder writes it
        if records:
            yield Stream(subject.vendor, name, tuple(records), mapping)


def _pulled(subject: Subject) -> Iterator[tuple[str, list[RawRecord]]]:
    if not subject.manifest.pulled():
        return
    with tempfile.TemporaryDirectory() as folder, subject.opened(Path(folder)) as wire:
        puller = registry.puller(wire.connection, wire.tools())
        for name in subject.streams():
            yield name, [record for page in puller.pull(name, None, now=NOW) for record in page.records]


def _heard(subject: Subject) -> Iterator[tuple[str, list[RawRecord]]]:
    if subject.hooks is None:
        return
    with tempfile.TemporaryDirectory() as folder, subject.opened(Path(folder)) as wire:
        connection = wire.connection.connection_id
    parse = registry.webhook(subject.vendor).parse
    events = [event for call in subject.hooks.calls for event in parse(call.incoming)]
    told: dict[str, list[RawRecord]] = defaultdict(list)
    for event in events:
        declared = subject.manifest.stream(event.stream)
        if event.meaning is Meaning.KNOWN and not event.deleted and declared and declared.via is Via.WEBHOOK:
            told[event.stream].append(event.record(connection))
    yield from told.items()


def _translate(stream: Stream) -> int:
    """Every record once; how many were set aside, as the pipeline would."""
    aside, notes = 0, Notes()
    for record in stream.records:
        fields = read(record.format.text, record.body)
        try:
            registry.require_known_shape(stream.vendor, stream.name, fields)
            stream.mapping.apply(fields, HERE, notes)
        except (Cannot, ProtocolBroken):
            aside += 1
    return aside


def _cost(stream: Stream) -> float:
    """CPU microseconds per record, in one round."""
    began, turns = process_time(), 0
    while (spent := process_time() - began) < SECONDS:
        _translate(stream)
        turns += 1
    return spent / (turns * len(stream.records)) * 1e6


def costs(streams: Sequence[Stream]) -> list[float]:
    """The least of all rounds, stream by stream."""
    for stream in streams:
        _translate(stream)
    rounds = [[_cost(stream) for stream in streams] for _ in range(ROUNDS)]
    return [min(each) for each in zip(*rounds, strict=True)]


def by_connector(streams: Sequence[Stream], found: Sequence[float]) -> dict[str, float]:
    """What a record of each connector costs, all its streams counting alike."""
    grouped: dict[str, list[float]] = defaultdict(list)
    for stream, cost in zip(streams, found, strict=True):
        grouped[stream.vendor].append(cost)
    return {vendor: mean(each) for vendor, each in grouped.items()}


def main(wanted: Sequence[str] = ()) -> int:
    """Print both tables; 1 where a connector costs more than it may."""
    console = Console()
    chosen = [subject for subject in subjects() if not wanted or subject.vendor in wanted]
    streams = [stream for subject in chosen for stream in streams_of(subject)]
    if not streams:
        console.print("No connector of that name has fixtures.")
        return 2
    found = costs(streams)
    whole = by_connector(streams, found)
    middle = median(whole.values())
    details = Table("vendor", "stream", "records", "set aside", "bytes", "µs", title="One record, stream by stream")
    for stream, cost in sorted(zip(streams, found, strict=True), key=lambda pair: -pair[1]):
        numbers = (str(len(stream.records)), str(_translate(stream)), f"{stream.size:,.0f}", f"{cost:.0f}")
        details.add_row(stream.vendor, stream.name, *numbers)
    table = Table("vendor", "µs", "to the median", title="One record, by connector")
    for vendor, cost in sorted(whole.items(), key=lambda pair: -pair[1]):
        table.add_row(vendor, f"{cost:.0f}", f"{cost / middle:.2f}")
    console.print(details)
    console.print(table)
    dear = [vendor for vendor, cost in whole.items() if cost > ALLOWED * middle]
    console.print(f"Dearer than {ALLOWED:.0f} times the median of {middle:.0f} µs: {', '.join(dear) or 'none'}")
    return int(bool(dear))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
