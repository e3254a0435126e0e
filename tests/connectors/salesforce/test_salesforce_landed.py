"""From the org into the ledger: what is read twice is counted as such, and what only looks changed makes no version."""

import pytest

from canonical.ids import RunId
from ledger.raw import Landed
from ledger.store import Store
from mappings.catalogue import Catalogue
from pipelines.normalize import normalize
from pipelines.poll import Poll, open_puller, poll
from tests.connectors.salesforce.org import Crm
from tests.pipelines.arriving import Settings
from tests.pipelines.resolve.landed import practice

STREAMS = ("contacts", "leads", "service_appointments")


class Landing:
    """Polls the org into one ledger, and maps what came."""

    def __init__(self, crm: Crm, store: Store) -> None:
        self.crm = crm
        self.store = store
        self.catalogue = Catalogue()
        self.runs = 0
        self.mapped = 0
        """How many raw rows the last poll gave the mappings."""

    def poll(self) -> dict[str, Landed]:
        self.runs += 1
        connection = self.crm.connection().model_copy(update={"streams": STREAMS})
        run_id = RunId(f"run-{self.runs}")
        puller = open_puller(connection, self.crm.tools(), self.catalogue)
        found = poll(Poll(self.store, connection, puller, self.catalogue, self.crm.now, run_id))
        assert [one.problem for one in found.values()] == [None] * len(STREAMS)
        assert all(one.complete and one.closes for one in found.values())
        config = Settings(practice(connections=[connection]), ())
        total = normalize(self.store, config, now=self.crm.now, run_id=run_id).total
        assert total.quarantined == 0
        self.mapped = total.mapped
        return {name: one.landed for name, one in found.items()}

    def alive(self) -> list[str]:
        """The contacts that the newest version does not call deleted."""
        with self.store.reading() as session:
            found = session._cursor.execute(
                "SELECT raw.vendor_id FROM latest_versions JOIN raw USING (raw_id)"
                " WHERE NOT latest_versions.deleted AND raw.stream = 'contacts'"
            ).fetchall()
        return sorted(row[0] for row in found)


@pytest.fixture
def landing(crm: Crm, ledger: Store) -> Landing:
    return Landing(crm, ledger)


def test_what_the_overlap_reads_again_is_unchanged_and_makes_nothing(crm: Crm, landing: Landing) -> None:
    [ana] = crm.make("Contact", LastName="Ruiz", MobilePhone="(212) 555-0142")
    crm.make("Lead", LastName="Vega", Company="C")
    crm.make("ServiceAppointment", ContactId=ana, SchedStartTime="2026-11-20T15:00:00.000+0000")
    assert landing.poll() == dict.fromkeys(STREAMS, Landed(read=1, new=1))
    assert landing.mapped == 3
    crm.later(minutes=2)
    assert landing.poll() == dict.fromkeys(STREAMS, Landed(read=1, unchanged=1))
    assert landing.mapped == 0


def test_a_change_of_a_field_we_do_not_read_is_no_change(crm: Crm, landing: Landing) -> None:
    [ana] = crm.make("Contact", LastName="Ruiz")
    landing.poll()
    crm.later(minutes=10)
    crm.change(ana, Title="Dr.")
    assert landing.poll()["contacts"] == Landed(read=1, unchanged=1)


def test_a_change_we_read_is_a_version_and_so_is_a_deletion_which_the_sweep_repeats(crm: Crm, landing: Landing) -> None:
    [ana] = crm.make("Contact", LastName="Ruiz")
    landing.poll()
    crm.later(minutes=10)
    crm.change(ana, Phone="(212) 555-0143")
    assert landing.poll()["contacts"] == Landed(read=1, changed=1)
    crm.later(minutes=10)
    crm.salesforce.do("delete", id=ana)
    assert landing.poll()["contacts"].deleted == 1
    assert landing.alive() == []
    crm.later(hours=2)
    landing.poll()
    assert landing.alive() == []
    crm.later(hours=2)
    assert landing.poll()["contacts"] == Landed()


def test_a_record_that_was_restored_is_not_taken_away_by_a_sweep_that_comes_later(crm: Crm, landing: Landing) -> None:
    [ana] = crm.make("Contact", LastName="Ruiz")
    landing.poll()
    crm.later(minutes=10)
    crm.salesforce.do("delete", id=ana)
    landing.poll()
    crm.later(minutes=10)
    crm.salesforce.do("restore", id=ana)
    landing.poll()
    assert landing.alive() == [ana]
    crm.later(hours=2)
    assert landing.poll()["contacts"].deleted == 1
    assert landing.alive() == [ana]


def test_a_bulk_jobs_rows_and_a_querys_rows_of_one_record_are_one_version(
    crm: Crm, landing: Landing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.salesforce.bulk.BULK_ABOVE", 5)
    crm.salesforce.do("org", page_size=4)
    crm.make("Contact", count=20, LastName="Ruiz {n}", MobilePhone="(212) 555-0142", DoNotCall=True)
    assert landing.poll()["contacts"].new == 20
    crm.later(minutes=2)
    again = landing.poll()["contacts"]
    assert (again.read, again.new) == (20, 0)
    with landing.store.reading() as session:
        found = session._cursor.execute("SELECT count(*), count(DISTINCT record_id) FROM versions").fetchone()
    assert found is not None
    assert found[0] == found[1] == 20
