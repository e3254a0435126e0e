"""A ledger that somebody changed behind our back is called damaged, practice by practice, and never ends in a traceback."""

import pytest

from pipelines.tick.opening import open_hub
from tests.console.conftest import Lived
from tests.console.said import glowline

GONE = {
    "the range is no JSON": "UPDATE ledger_head SET audit_range = 'junk'",
    "the range is no list": "UPDATE ledger_head SET audit_range = '7'",
    "the range holds numbers": "UPDATE ledger_head SET audit_range = '[1, 2]'",
    "the range is empty": "UPDATE ledger_head SET audit_range = NULL",
    "the size is empty": "UPDATE ledger_head SET audit_size = NULL",
    "the size is negative": "UPDATE ledger_head SET audit_size = -3",
    "the log has no name": "UPDATE ledger_head SET origin = NULL",
    "the audit is gone": "DROP TABLE audit",
    "a column is gone": "ALTER TABLE audit RENAME COLUMN body TO was_body",
}
EMPTIED = {
    "prev_hash": "UPDATE audit SET prev_hash = NULL WHERE seq = 3",
    "hash": "UPDATE audit SET hash = NULL WHERE seq = 3",
    "body": "UPDATE audit SET body = NULL WHERE seq = 3",
}


def _done_to(lived: Lived, statement: str) -> None:
    with open_hub(lived.home).store("lumen").place.opened(read_only=False) as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize("statement", GONE.values(), ids=GONE)
def test_an_audit_that_cannot_be_walked_is_damaged(copied: Lived, statement: str) -> None:
    _done_to(copied, statement)
    said = glowline("audit", "verify", home=copied.home)
    assert (said.code, said.err) == (1, "")
    assert "✗ lumen  " in said.out
    assert "the head or the audit of this ledger is damaged. Keep this file" in said.out
    (found,) = glowline("audit", "verify", "--json", home=copied.home).data.values()
    assert (found["ok"], found["proved"], found["proved_through"]) == (False, False, 0)
    checked = glowline("check", "--offline", home=copied.home)
    assert checked.code == 1
    assert "✗ lumen  ledger: " in checked.out


@pytest.mark.parametrize("statement", EMPTIED.values(), ids=EMPTIED)
def test_an_entry_with_an_empty_part_is_named(copied: Lived, statement: str) -> None:
    _done_to(copied, statement)
    said = glowline("audit", "verify", home=copied.home)
    assert (said.code, "Entry 3 is damaged: a part of its row is empty." in said.out) == (1, True)
    (found,) = glowline("audit", "verify", "--json", home=copied.home).data.values()
    assert (found["entries"], found["first_bad"]) == (2, 3)
    exported = glowline("audit", "export", "lumen", str(copied.folder / "bundle"), home=copied.home)
    assert (exported.code, "glowline audit verify" in exported.err) == (1, True)


def test_a_file_cut_short_is_a_finding_of_its_practice(copied: Lived) -> None:
    ledger = copied.home / "data" / "lumen" / "ledger.duckdb"
    ledger.write_bytes(ledger.read_bytes()[:5000])
    said = glowline("audit", "verify", home=copied.home)
    assert (said.code, said.err) == (1, "")
    assert "✗ lumen  " in said.out
