"""`glowline check` names the providers and services that a booking tool lists and the practice has not written down."""

import json
from pathlib import Path

import pytest

from canonical.clock import FixedClock
from canonical.problems import NeedsOperator, Where
from connectors.kit import registry
from connectors.kit.access import Tools
from connectors.kit.http import RequestsTransport
from connectors.kit.offered import Offered, if_shown, offered
from connectors.kit.registry import Verified
from connectors.kit.secrets import Secrets
from console.cli.findings import Finding
from console.cli.names_checked import MOST, unknown
from emulators.acuity import AcuityEmulator
from emulators.acuity.account import Account, Calendar, Kind
from emulators.kit.running import running
from emulators.square.merchant import Merchant
from mappings.catalogue import Catalogue
from mappings.coverage import Notes
from mappings.engine import Surroundings
from mappings.wire import read
from tests.connectors.acuity import wire as acuity
from tests.connectors.contract.subject import NOW
from tests.connectors.nexhealth import office
from tests.connectors.nexhealth import wire as nexhealth
from tests.connectors.square import wire as square
from tests.connectors.square.till import opened as square_opened
from tests.connectors.wire.http_wire import http_wire
from tests.pipelines.resolve.landed import practice

WHAT = "connection book (square)"


def said(providers: tuple[Offered, ...] | None = None, services: tuple[Offered, ...] | None = None) -> list[Finding]:
    verified = Verified(proved=("credentials",), providers=providers, services=services)
    return list(unknown("lumen", WHAT, practice(), verified))


def test_what_is_not_written_down_is_named_so_that_it_can_be_pasted() -> None:
    listed = offered([("TM1", "Ana Ruiz"), ("A. Ruiz", ""), ("bea  lund", "TM2")])
    [finding] = said(providers=listed)
    assert finding.says == "providers.yaml knows 2 of 3 providers it lists; not TM1 (Ana Ruiz)"
    assert finding.next_step.endswith('names: ["TM1"]')
    assert (finding.good, finding.only_warns) == (False, True)


def test_services_and_providers_are_told_apart() -> None:
    one, two = said(providers=offered([("TM9", "Dr. Nobody")]), services=offered([("SVISIT", "Visit"), ("facial", "")]))
    assert ("providers.yaml" in one.says, "services.yaml" in two.says) == (True, True)
    assert "SVISIT (Visit)" in two.says
    assert "facial" not in two.says.partition("not")[2]


@pytest.mark.parametrize("listed", [None, (), offered([("Ana Ruiz", "7001")])], ids=["not shown", "none", "all known"])
def test_nothing_is_said_where_nothing_is_lacking(listed: tuple[Offered, ...] | None) -> None:
    assert said(providers=listed) == []


def test_a_long_list_is_cut_and_counted() -> None:
    [finding] = said(services=offered([(f"S{number}", "") for number in range(MOST + 5)]))
    assert "and 5 more" in finding.says
    assert f'"S{MOST}"' not in finding.next_step


def test_a_list_that_may_not_be_read_stops_no_check() -> None:
    def refused() -> None:
        raise NeedsOperator(Where("square", "verify"), "the token lacks a scope.", next_step="Grant it.")

    assert if_shown(refused) is None


def told(found: tuple[Offered, ...] | None) -> list[str]:
    return [each.told for each in found or ()]


def test_square_names_its_team_and_what_can_be_booked_by_the_ids_its_appointments_carry() -> None:
    merchant = Merchant(team=("TMOKAFOR", "TMNEW"), services={f"S{number}": 30 for number in range(130)})
    with square_opened(merchant) as spa:
        verified = registry.verifier(spa.connection, spa.tools)()
        assert told(verified.providers) == ["TMOKAFOR (Invented Okafor)", "TMNEW"]
        assert len(verified.services or ()) == 130, "all pages"
        spa.square.do(
            "settings", scopes=[each for each in merchant.scopes if each not in {"EMPLOYEES_READ", "ITEMS_READ"}]
        )
        without = registry.verifier(spa.connection, spa.tools)()
        assert (without.providers, without.services) == (None, None)


def test_square_names_each_variation_of_a_service_and_nothing_that_is_only_sold() -> None:
    with http_wire(square.FIXTURES, square.connection, square.ENVIRON, lambda _: b"", {}, square.only_reads) as wire:
        verified = registry.verifier(wire.connection, wire.tools())()
    assert told(verified.services) == ["SVISIT (Visit)", "SLONG (Visit · Long)"]


def test_nexhealth_names_the_providers_of_our_places_and_its_types_by_the_names_its_appointments_carry(
    tmp_path: Path,
) -> None:
    with nexhealth.opened(tmp_path) as wire:
        verified = registry.verifier(wire.connection, wire.tools())()
    assert told(verified.providers) == ["Dr. Invented Okafor (104)"]
    assert told(verified.services)[0].endswith(")")


def test_nexhealths_providers_are_what_its_appointments_say(tmp_path: Path) -> None:
    with office.opened(tmp_path) as lumen:
        lumen.book(lumen.patient(), "2026-11-16T14:00:00Z")
        [record] = lumen.pull("appointments")
        verified = registry.verifier(lumen.connection(), lumen.tools())()
    made = Catalogue().mapping("nexhealth", "appointments")
    body = made.apply(read(record.format.text, record.body), Surroundings(), Notes()).body
    assert body["provider"] in {each.word for each in verified.providers or ()}
    assert body["service"] in {each.word for each in verified.services or ()}


def test_acuity_names_its_calendars_that_are_no_places_and_its_types() -> None:
    account = Account(user_id="1", api_key=acuity.KEY, kinds={501: Kind(501, "Visit"), 502: Kind(502, "Long")})
    account.calendars = {
        number: Calendar(number, name) for number, name in ((7001, "Ana"), (7002, "Main St"), (7003, "Bea"))
    }
    with running(AcuityEmulator(account)) as vendor:
        used = acuity.connection(vendor.url).model_copy(
            update={"locations": {"Main St": "downtown"}, "select": {"calendars": "7001, 7002"}}
        )
        secret = json.dumps({"user_id": "1", "api_key": acuity.KEY})
        transport = RequestsTransport()
        tools = Tools(FixedClock(NOW), Secrets({"ACUITY": secret}), transport, None, lambda _: None)
        verified = registry.verifier(used, tools)()
        transport.close()
    assert told(verified.providers) == ["Ana (7001)"]
    assert told(verified.services) == ["Visit (501)", "Long (502)"]
