"""Versions as normalize leaves them, for tests that start behind it; and a small practice of invented people."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta

from canonical.conversations import MessageRecord
from canonical.ids import ConnectionId, LocationId, PracticeId, Prefix, ProviderId, ServiceId, content_hash, derived_id
from canonical.inquiries import InquiryRecord
from canonical.intakes import Intake
from canonical.model import Noun
from canonical.payments import Payment
from canonical.people import PersonRecord
from canonical.practice import Connection, Location, Practice, Provider, Service, ServiceKind, WeeklyHours
from canonical.raw import Kind
from canonical.reviews import Review
from canonical.tasks import TaskRecord
from canonical.visits import Appointment
from ledger.session import Session
from ledger.store import Store

NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
KINDS: dict[type[Noun], Kind] = {
    PersonRecord: Kind.PERSON,
    InquiryRecord: Kind.INQUIRY,
    Appointment: Kind.APPOINTMENT,
    Intake: Kind.INTAKE,
    Payment: Kind.PAYMENT,
    Review: Kind.REVIEW,
    TaskRecord: Kind.TASK,
    MessageRecord: Kind.MESSAGE,
}
_DAYS: dict[int, tuple[tuple[time, time], ...]] = {day: ((time(9), time(18)),) for day in range(5)}


def place(location_id: str, name: str, phone: str = "+12125550101") -> Location:
    """A location in New York."""
    return Location(
        location_id=LocationId(location_id),
        name=name,
        zone="America/New_York",
        state="NY",
        address="12 Mercer St",
        phone=phone,
        hours=WeeklyHours(days=_DAYS),
        sms_sender="+12125550110",
        reply_inbox="desk@lumen.example",
    )


def practice(*, connections: Iterable[Connection] = (), locations: Sequence[Location] = ()) -> Practice:
    """The practice `lumen` with two services and two providers."""
    return Practice(
        practice_id=PracticeId("lumen"),
        name="Lumen Aesthetics",
        sms_name="Lumen",
        brand="lumen",
        state="NY",
        locations=tuple(locations) or (place("downtown", "Lumen Downtown"),),
        providers=(
            Provider(provider_id=ProviderId("ana"), display_name="Ana Ruiz", names=("A. Ruiz",)),
            Provider(provider_id=ProviderId("bea"), display_name="Bea Lund"),
        ),
        services=(
            Service(
                service_id=ServiceId("tox"),
                name="Botox",
                neutral_label="appointment",
                kind=ServiceKind.TREATMENT,
                family="injectables",
                names=("Tox 20 units",),
                lexicon=("botox", "tox"),
            ),
            Service(
                service_id=ServiceId("facial"),
                name="Facial",
                neutral_label="appointment",
                kind=ServiceKind.TREATMENT,
                family="skin",
                lexicon=("facial",),
            ),
        ),
        connections=tuple(connections) or (connection("book"), connection("crm"), connection("form")),
        staff_phones=("+12125550100",),
        alerts="desk@lumen.example",
    )


def connection(name: str, *, system_of_record: tuple[str, ...] = (), **locations: str) -> Connection:
    """A connection to a vendor of the same name."""
    return Connection(
        connection_id=ConnectionId(name),
        vendor=name,
        account=name,
        system_of_record=system_of_record,
        locations=locations,
    )


def record_id(connection_id: str, stream: str, vendor_id: str) -> str:
    """The id normalize gives a record."""
    return derived_id(Prefix.RECORD, "lumen", connection_id, stream, vendor_id)


class Landing:
    """Writes versions into a ledger one after the other, as if normalize had just made them."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._made = 0
        self._ordinals: Counter[str] = Counter()

    def put(
        self,
        connection_id: str,
        *nouns: Noun,
        at: datetime = NOW,
        said_at: datetime | None = None,
        deleted: bool = False,
    ) -> None:
        """Versions of these nouns, each under its vendor id, in streams named after their kinds. `said_at`: the vendor's time."""
        with self.store.writing() as session:
            rows = [self._row(connection_id, noun, at, deleted=deleted) | {"effective_at": said_at} for noun in nouns]
            session.insert("versions", rows)

    def write(
        self, session: Session, connection_id: str, nouns: Iterable[Noun], at: datetime, *, deleted: bool = False
    ) -> None:
        """The same inside a session that is open already."""
        session.insert("versions", [self._row(connection_id, noun, at, deleted=deleted) for noun in nouns])

    def _row(self, connection_id: str, noun: Noun, at: datetime, *, deleted: bool) -> dict[str, object]:
        self._made += 1
        kind, body = KINDS[type(noun)], noun.model_dump_json()
        vendor_id = str(getattr(noun, "vendor_id"))  # noqa: B009 - every one of these nouns has it, the base does not
        record = record_id(connection_id, kind, vendor_id)
        self._ordinals[record] += 1
        return {
            "version_id": derived_id(Prefix.VERSION, str(self._made)),
            "record_id": record,
            "ordinal": self._ordinals[record],
            "kind": str(kind),
            "connection_id": connection_id,
            "stream": str(kind),
            "vendor_id": vendor_id,
            "raw_id": derived_id(Prefix.RAW, str(self._made)),
            "body": body,
            "body_hash": content_hash(body.encode()),
            "deleted": deleted,
            "recorded_at": at,
        }


def someone(vendor_id: str, name: str, *phones: str, born: date | None = None, **more: object) -> PersonRecord:
    """A person record by whole name."""
    fields = {"vendor_id": vendor_id, "full_name": name, "phones": phones, "birth_date": born, **more}
    return PersonRecord.model_validate(fields)


def patient(vendor_id: str, name: str, *phones: str, born: date | None = None, **more: object) -> PersonRecord:
    """A patient record of a booking tool."""
    return someone(vendor_id, name, *phones, born=born, is_patient=True, **more)


MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
