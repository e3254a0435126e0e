"""A process that is killed in the middle of an import leaves whole pages, and the next one goes on behind them."""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from canonical.ids import ConnectionId
from ledger.keys import LedgerKey
from ledger.raw import Landed
from ledger.store import create, embedded
from ledger.streams import Stream, reached
from tests.connectors.files.dropped import STREAM, Drop
from tests.pipelines.arriving import HEADER, Desk, row
from tests.waiting import until

ROWS = 40_000
ROOT = Path(__file__).parents[2]
CHILD = """
import os, sys
from pathlib import Path
from ledger.keys import LedgerKey
from ledger.store import embedded
from tests.connectors.files.dropped import Drop
from tests.pipelines.arriving import Desk
here = Path(sys.argv[1])
key = LedgerKey(bytes.fromhex(os.environ["KEY"]))
Desk(embedded(here / "ledger.duckdb", "lumen", key), Drop(here / "drop"), here / "mappings").poll()
"""


@pytest.fixture(autouse=True)
def ledgers() -> None:
    """Another process opens it."""


def test_a_killed_import_goes_on_behind_its_last_page_and_loses_nothing(tmp_path: Path) -> None:
    key = LedgerKey.fresh()
    create(tmp_path / "ledger.duckdb", practice_id="lumen", key=key)
    desk = Desk(embedded(tmp_path / "ledger.duckdb", "lumen", key), Drop(tmp_path / "drop"), tmp_path / "mappings")
    desk.drop.put("appointments.csv", HEADER + "".join(map(row, range(1, ROWS + 1))))
    command = [sys.executable, "-c", CHILD, str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, env={**os.environ, "KEY": key.text()}) as child:
        until(lambda: _cursor(desk) is not None or child.poll() is not None)
        child.kill()
    before = len(desk.rows("raw"))
    assert 0 < before < ROWS, "the child was killed between its first page and its last"
    assert before % 5_000 == 0
    assert desk.landed() == Landed(read=ROWS - before, new=ROWS - before)
    times = Counter(one["vendor_id"] for one in desk.rows("raw"))
    assert (len(times), set(times.values())) == (ROWS, {1})
    assert desk.landed() == Landed()


def _cursor(desk: Desk) -> str | None:
    with desk.store.reading() as session:
        return reached(session, Stream(ConnectionId("schedule"), STREAM)).cursor
