"""From the portal into the ledger: what is read twice is counted as such, and what only looks changed makes no version."""

import pytest

from canonical.ids import RunId
from ledger.raw import Landed
from ledger.store import Store
from mappings.catalogue import Catalogue
from pipelines.normalize import normalize
from pipelines.poll import Poll, open_puller, poll
from tests.connectors.hubspot.portal import Crm
from tests.pipelines.arriving import Settings
from tests.pipelines.resolve.landed import practice

STREAMS = ("contacts", "new_leads", "calls")


def people(crm: Crm, count: int = 1) -> list[str]:
    return crm.make("contacts", count, firstname="Ana", phone="(212) 555-0142", lifecyclestage="lead")


class Landing:
    """Polls the portal into one ledger, and maps what came."""

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


@pytest.fixture
def landing(crm: Crm, ledger: Store) -> Landing:
    return Landing(crm, ledger)


def test_what_the_overlap_reads_again_is_unchanged_and_makes_nothing(crm: Crm, landing: Landing) -> None:
    [ana] = people(crm)
    crm.make("calls", contact=ana, hs_timestamp="2026-11-12T13:00:00Z", hs_call_status="COMPLETED")
    assert landing.poll() == dict.fromkeys(STREAMS, Landed(read=1, new=1))
    assert landing.mapped == 3
    crm.later(minutes=2)
    assert landing.poll() == dict.fromkeys(STREAMS, Landed(read=1, unchanged=1))
    assert landing.mapped == 0


def test_a_change_of_a_property_we_do_not_read_is_no_change(crm: Crm, landing: Landing) -> None:
    [ana] = people(crm)
    landing.poll()
    crm.later(minutes=10)
    crm.hubspot.do("change", type="contacts", id=ana, properties={"company": "Elsewhere"})
    crm.later(minutes=1)
    assert landing.poll()["contacts"] == Landed(read=1, unchanged=1)


def test_a_change_we_read_is_a_version_and_a_deletion_is_one(crm: Crm, landing: Landing) -> None:
    [ana] = people(crm)
    landing.poll()
    crm.later(minutes=10)
    crm.hubspot.do("change", type="contacts", id=ana, properties={"phone": "(212) 555-0143"})
    crm.later(minutes=1)
    landed = landing.poll()
    assert (landed["contacts"], landed["new_leads"]) == (Landed(read=1, changed=1), Landed(read=1, changed=1))
    crm.later(hours=2)
    crm.hubspot.do("archive", type="contacts", id=ana)
    crm.later(minutes=10)
    landed = landing.poll()
    assert landed["contacts"] == Landed(read=1, changed=1, deleted=1)
    assert landing.mapped == 2
    crm.later(hours=2)
    assert landing.poll()["contacts"] == Landed()


def test_the_second_reading_of_an_hour_ago_changes_nothing(crm: Crm, landing: Landing) -> None:
    landing.poll()
    crm.later(minutes=5)
    people(crm, 3)
    crm.later(minutes=10)
    assert landing.poll()["contacts"] == Landed(read=3, new=3)
    crm.later(minutes=90)
    assert landing.poll()["contacts"] == Landed(read=3, unchanged=3)
    crm.later(minutes=90)
    assert landing.poll()["contacts"] == Landed()
