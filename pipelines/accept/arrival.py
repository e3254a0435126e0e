"""A page on its way into raw: what each record says is hashed, so that a repetition is seen as one."""

from datetime import datetime

from canonical.ids import RunId
from canonical.practice import Connection
from canonical.problems import SettingsError
from canonical.raw import Page
from connectors.kit import registry
from ledger.raw import Arrival
from ledger.streams import Stream
from mappings.catalogue import Catalogue
from mappings.wire import fingerprints


def arrival_of(stream: Stream, page: Page, volatile: frozenset[str], *, now: datetime, run_id: RunId) -> Arrival:
    """A page ready to land (`ledger.raw.land`): what each record says is hashed, fields in `volatile` left out."""
    bodies = [record.body for record in page.records]
    hashes = tuple(fingerprints([record.format for record in page.records], bodies, volatile))
    return Arrival(stream, run_id, now, page, hashes)


def volatile_fields(catalogue: Catalogue, connection: Connection, stream: str) -> frozenset[str]:
    """Fields that change without meaning anything. Without a usable mapping there are those of the manifest: raw lands anyway."""
    declared = registry.manifest(connection.vendor).stream(stream)
    own = frozenset(declared.volatile) if declared else frozenset()
    try:
        return own | catalogue.of(connection, stream).volatile
    except SettingsError:
        return own
