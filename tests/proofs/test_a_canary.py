"""Words that nobody else uses are driven through every stage, fault and log: they are found in opened ledgers and nowhere else."""

import base64
import logging
import tempfile
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from urllib.parse import quote

import dagster as dg
import pytest

from orchestration.installed import Installed
from orchestration.running import execute
from pipelines.tick.doorway import spool_of
from tests.proofs.town import SENDER, Town, local
from tests.receiver.world import call, inbound

PHONE = "+12125550177"
NAME, TREATMENT, REPLY, SPOOLED, BROKEN = "Quillonfeather", "Zarbomycin", "marzipanowl", "Thistlegong", "Vexalumbra"
CANARIES = (NAME, TREATMENT, REPLY, SPOOLED, BROKEN, PHONE.removeprefix("+1"))
EVERYWHERE = ("home", "off-the-box", "dagster", "temp", "log.txt", "printed.txt")
"""What may be read by somebody who has no key. The booking tool's own files and the vendor's are not ours."""


@pytest.fixture(autouse=True)
def ledgers() -> None:
    """Its bytes are looked at."""


@pytest.fixture
def temp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where Python, and DuckDB through it, put what is temporary."""
    folder = tmp_path / "temp"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    """Everything that anything says at any level."""
    handler, root = logging.FileHandler(tmp_path / "log.txt"), logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield tmp_path / "log.txt"
    root.setLevel(before)
    root.removeHandler(handler)
    handler.close()


@pytest.mark.usefixtures("temp")
def test_a_canary_is_found_in_opened_ledgers_and_nowhere_else(
    town: Town, log: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    _through_every_stage(town)
    _through_faults(town)
    _through_the_spool(town, tmp_path)
    _through_dagster(town, tmp_path / "dagster")
    printed = capfd.readouterr()
    (tmp_path / "printed.txt").write_text(printed.out + printed.err)
    assert log.stat().st_size > 0
    _nowhere(tmp_path)
    for canary, table in ((NAME, "persons"), (REPLY, "versions"), (SPOOLED, "raw"), (BROKEN, "raw")):
        assert any(canary in str(row) for row in town.table(table)), f"{canary} never came into {table}"
    assert _found(tmp_path / "drops", NAME), "the search finds nothing where there is something"
    assert _found(tmp_path / "vendor", PHONE.removeprefix("+1"))


def _through_every_stage(town: Town) -> None:
    person = town.person(f"{NAME} Reyes", PHONE)
    visit = town.book(person, "2026-11-13 10:00")
    town.calendar[visit]["service"] = TREATMENT
    town.run_at("2026-11-11 10:01")
    assert len(town.texts(PHONE)) == 1
    town.twilio.do("inbound", from_=PHONE, to=SENDER, body=f"is {REPLY} safe before {TREATMENT}?")
    town.move(visit, "2026-11-13 15:00")
    town.run_at("2026-11-11 11:00")


def _through_faults(town: Town) -> None:
    """What our files get wrong, and every way in which a vendor's answer may quote us."""
    said = f"{NAME} {PHONE} {TREATMENT}"
    town.calendar["A0900"] = town.calendar["A0001"] | {"appointment_id": "A0900", "start": f"{BROKEN} o'clock"}
    town.calendar["A0901"] = town.calendar["A0001"] | {"appointment_id": "9.37E+12", "service": BROKEN}
    town.people["P900"] = town.people["P001"] | {"patient_id": "P900", "birth_date": BROKEN, "phone": f"{PHONE}0000000"}
    for number, kind in enumerate(("status", "html", "truncated", "no_id", "reset")):
        visit = town.book(town.person(f"{NAME}{number} Moss", f"{PHONE[:-1]}{number}"), f"2026-11-14 1{number}:00")
        assert visit
        town.twilio.fail(
            kind, method="POST", **({"status": 400, "code": 21211, "text": said} if kind == "status" else {})
        )
    town.run_at("2026-11-12 10:01", "2026-11-12 14:30", "2026-11-12 15:05")


def _through_the_spool(town: Town, tmp_path: Path) -> None:
    spool = spool_of(town.hub.installation)
    spool.write(call(inbound(f"please {SPOOLED} stop", sender=PHONE), at=town.clock.business))
    spool.write(call(inbound(SPOOLED, number=2, sender=PHONE, practice="nobody"), practice="nobody"))
    _nowhere(tmp_path)
    town.run_at("2026-11-12 15:10")


def _through_dagster(town: Town, store: Path) -> None:
    store.mkdir()
    with dg.DagsterInstance.local_temp(str(store)) as instance:
        town.turn(local("2026-11-12 15:15"))
        assert execute("day", instance, Installed(lambda: town.hub)).counts
        town.calendar["A0902"] = town.calendar["A0900"] | {"appointment_id": f"{BROKEN}-9"}
        town.turn(local("2026-11-12 15:25"))

        execute("day", instance, Installed(lambda: town.hub))


def _nowhere(tmp_path: Path) -> None:
    for place, canary in product(EVERYWHERE, CANARIES):
        assert _found(tmp_path / place, canary) == [], canary


def _found(place: Path, canary: str) -> list[str]:
    """Files below `place`, or itself, that hold the word in any disguise."""
    disguises = set(_disguises(canary))
    files = [place] if place.is_file() else [file for file in place.rglob("*") if file.is_file()]
    return [str(file.name) for file in files if any(disguise in file.read_bytes() for disguise in disguises)]


def _disguises(canary: str) -> Iterator[bytes]:
    """As it stands, in other cases, in other encodings, and as base64 and hex of these."""
    words = {canary, canary.lower(), canary.upper(), quote(canary)}
    for word, encoding in product(words, ("utf-8", "utf-16-le", "utf-16-be")):
        plain = word.encode(encoding)
        yield plain
        yield plain.hex().encode()
        for lead in range(3):
            whole = base64.b64encode(bytes(lead) + plain)
            yield whole[4 if lead else 0 : -4]
