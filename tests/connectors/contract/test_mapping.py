"""What every mapping keeps to: each field a vendor sends is used, or ignored with a reason."""

from zoneinfo import ZoneInfo

from canonical.raw import RawRecord
from connectors.kit import registry
from connectors.kit.manifest import Via
from connectors.kit.webhooks import Meaning
from mappings.catalogue import Catalogue
from mappings.coverage import Notes, report
from mappings.engine import Surroundings
from mappings.wire import read
from tests.connectors.contract.subject import Case, Subject, Wire, clause, subjects
from tests.connectors.contract.test_pull import pulled, records

HERE = Surroundings(default_zone=ZoneInfo("America/New_York"))


def over_mapped_streams() -> list[Case]:
    found: list[Case] = []
    for subject in subjects():
        webhook = [name for name, stream in subject.manifest.streams.items() if stream.via is Via.WEBHOOK]
        found += [(subject, stream) for stream in (*subject.streams(), *webhook)]
    return found


def of_stream(subject: Subject, stream: str, wire: Wire) -> list[RawRecord]:
    if stream in subject.streams():
        first = pulled(wire, stream)
        return records(first + pulled(wire, stream, first[-1].cursor))
    assert subject.hooks is not None
    parse = registry.webhook(subject.vendor).parse
    events = [event for call in subject.hooks.calls for event in parse(call.incoming)]
    wanted = [event for event in events if event.stream == stream and event.meaning is Meaning.KNOWN]
    return [event.record(wire.connection.connection_id) for event in wanted]


@clause("mapping.every_field_is_mapped_or_ignored", "subject,stream", over_mapped_streams())
def test_every_field_is_mapped_or_ignored_with_a_reason(subject: Subject, stream: str, wire: Wire) -> None:
    mapping = Catalogue().mapping(subject.vendor, stream)
    notes = Notes()
    found = of_stream(subject, stream, wire)
    assert found
    for record in found:
        fields = read(record.format.text, record.body)
        fields.pop("glowline_never_heard_of_this", None)
        notes.saw(fields)
        mapping.apply(fields, HERE, notes)
    assert report(mapping.spec, notes) == ()


@clause("mapping.makes_what_the_manifest_says", "subject,stream", over_mapped_streams())
def test_a_mapping_makes_the_kind_the_manifest_says(subject: Subject, stream: str, wire: Wire) -> None:
    declared = subject.manifest.stream(stream)
    assert declared is not None
    mapping = Catalogue().mapping(subject.vendor, stream)
    assert declared.kind in {None, mapping.kind}
    assert set(declared.volatile) <= mapping.volatile
