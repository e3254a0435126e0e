"""From the calendar into the ledger: everything that is read is mapped, and what only looks changed makes no version."""

import pytest

from canonical.ids import RunId
from ledger.raw import Landed
from ledger.store import Store
from mappings.catalogue import Catalogue
from pipelines.normalize import normalize
from pipelines.poll import Poll, open_puller, poll
from tests.connectors.nexhealth.office import Office
from tests.pipelines.arriving import Settings
from tests.pipelines.resolve.landed import practice

STREAMS = ("patients", "appointments")


class Landing:
    """Polls the calendar into one ledger, and maps what came."""

    def __init__(self, office: Office, store: Store) -> None:
        self.office = office
        self.store = store
        self.catalogue = Catalogue()
        self.runs = 0
        self.quarantined = 0

    def poll(self) -> dict[str, Landed]:
        self.runs += 1
        connection, now = self.office.connection(), self.office.now
        run_id = RunId(f"run-{self.runs}")
        puller = open_puller(connection, self.office.tools(), self.catalogue)
        found = poll(Poll(self.store, connection, puller, self.catalogue, now, run_id))
        assert [one.problem for one in found.values()] == [None] * len(STREAMS)
        assert all(one.complete and one.closes for one in found.values())
        total = normalize(self.store, Settings(practice(connections=[connection]), ()), now=now, run_id=run_id).total
        self.quarantined = total.quarantined
        return {name: one.landed for name, one in found.items()}


@pytest.fixture
def landing(office: Office, ledger: Store) -> Landing:
    return Landing(office, ledger)


def test_what_the_overlap_reads_again_is_unchanged_and_a_move_is_a_version(office: Office, landing: Landing) -> None:
    number = office.book(office.patient(), "2026-11-16T14:00:00Z")
    assert landing.poll() == dict.fromkeys(STREAMS, Landed(read=1, new=1))
    office.later(minutes=5)
    assert landing.poll() == dict.fromkeys(STREAMS, Landed(read=1, unchanged=1))
    office.does("move", number, start="2026-11-17T14:00:00Z")
    assert landing.poll()["appointments"] == Landed(read=1, changed=1)
    assert landing.quarantined == 0


def test_a_sync_that_changes_nothing_is_no_version(office: Office, landing: Landing) -> None:
    number = office.book(office.patient(), "2026-11-16T14:00:00Z")
    landing.poll()
    office.later(minutes=5)
    record = office.nexhealth.institutions["lumen"].appointments[int(number)]
    record |= {"last_sync_time": "2026-11-12T14:04:00.000Z", "updated_at": "2026-11-12T14:04:00.000Z"}
    assert landing.poll()["appointments"] == Landed(read=1, unchanged=1)


def test_a_record_that_cannot_be_read_is_set_aside_alone(office: Office, landing: Landing) -> None:
    office.patient()
    office.patient("Ben", "Okafor", "2125550143", birth_date="some day in May")
    assert landing.poll()["patients"] == Landed(read=2, new=2)
    assert landing.quarantined == 1


def test_patients_are_read_by_the_thousand(office: Office, landing: Landing) -> None:
    for number in range(1203):
        office.nexhealth.institutions["lumen"].new_patient({"first_name": "Ana", "last_name": f"N{number}"}, office.now)
    landed = landing.poll()
    assert landed["patients"] == Landed(read=1203, new=1203)
    assert landing.quarantined == 0
    assert len(office.wire.to("/patients")) == 2
