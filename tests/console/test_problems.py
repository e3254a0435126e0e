"""What goes wrong ends in two lines: what is wrong, and what to do. No traceback, no value of anybody's."""

from pathlib import Path

import pytest

from tests.console.conftest import ANA, Lived
from tests.console.said import Said, glowline

NO_SUCH = "there is no practice 'nobody' here."
WRONG: tuple[tuple[str, str, str], ...] = (
    ("check nobody", NO_SUCH, "Known practices: lumen."),
    ("sync nobody", NO_SUCH, "Known practices: lumen."),
    ("deliver nobody", NO_SUCH, "Known practices: lumen."),
    ("plan nobody", NO_SUCH, "Known practices: lumen."),
    ("run tick nobody", NO_SUCH, "Known practices: lumen."),
    ("run reconcile nobody", NO_SUCH, "Known practices: lumen."),
    ("run checkpoint nobody", NO_SUCH, "Known practices: lumen."),
    ("audit verify nobody", NO_SUCH, "Known practices: lumen."),
    ("audit adopt nobody --yes", NO_SUCH, "Known practices: lumen."),
    ("quarantine list nobody", NO_SUCH, "Known practices: lumen."),
    ("practices show nobody", NO_SUCH, "Known practices: lumen."),
    ("practices totals nobody", NO_SUCH, "Known practices: lumen."),
    ("practices migrate nobody", NO_SUCH, "Known practices: lumen."),
    ("pause set nobody --why lunch", NO_SUCH, "Known practices: lumen."),
    ("pause list nobody", NO_SUCH, "Known practices: lumen."),
    ("keys rotate nobody", NO_SUCH, "Known practices: lumen."),
    ("explain a-nothing", "no ledger here knows a-nothing", "Use an id from `glowline plan`"),
    ("explain 0142", "four digits may be anybody's phone", "--practice NAME"),
    ("explain 9999 --practice lumen", "no ledger here knows 9999", "Use an id"),
    ("why-not --visit v-nothing", "no ledger here knows v-nothing", "Use a visit id"),
    ("sync lumen --connection fax", "connections.yaml  there is no connection 'fax'.", "schedule, twilio"),
    ("quarantine show lumen fax pages", "there is no connection 'fax'.", "schedule, twilio"),
    ("quarantine show lumen schedule pages", "reads no stream 'pages'.", "appointments, contacts"),
    ("quarantine replay lumen schedule pages", "reads no stream 'pages'.", "appointments, contacts"),
    ("why-not --visit {visit} --row 9.9", "no journey of lumen has a row 9.9", "Rows are numbered like 3.1"),
    ("mapping coverage lumen schedule pages", "reads no stream 'pages'.", "appointments, contacts"),
    ("mapping again lumen fax pages", "there is no connection 'fax'.", "schedule, twilio"),
    ("mapping show fax pages", "mappings/fax/pages.yaml  there is no mapping", ""),
    ("pause set lumen --why x --scope channel", "a pause of one channel must say which", "email, "),
    ("pause set lumen --why x --scope channel --value SMS", "lumen has no channel 'SMS'", "sms"),
    ("pause set lumen --why x --scope location --value nowhere", "lumen has no location 'nowhere'", "downtown"),
    ("pause set lumen --why x --scope row --value 99.9", "lumen has no row '99.9'", "3.1"),
    ("pause set lumen --why x --scope vendor --value twillio", "lumen has no vendor 'twillio'", "twilio"),
    ("pause set lumen --why x --scope person --value p-nobody", "lumen knows no person 'p-nobody'", "glowline explain"),
    ("pause set lumen --why x --value foo", "a pause of the whole practice takes no value", "Leave --value out"),
    ("pause set lumen --why x --until 2020-01-01", "2020-01-01 00:00 UTC is over", "leave --until out"),
    ("pause release lumen e-nothing", "that pause is not in force", "glowline pause list lumen"),
    ("keys rotate lumen", "names no previous key", "name it as current and the old one as previous"),
    ("clock turn 9999-12-31T23:59:59Z", "the year 9999 is further than this clock goes", "up to 2100"),
    ("clock turn tomorrow", "an instant has a date, a time and a zone", "2026-11-01T05:00:00Z"),
    ("clock turn 2026-11-12T05:00:00", "an instant has a date, a time and a zone", "2026-11-01T05:00:00Z"),
    ("clock turn 2026-11-01T05:00:00Z", "it does not go back", "Turn it forward"),
    ("audit adopt lumen", "entries since the backup would be lost; nothing was changed", "Say --yes"),
    ("audit adopt lumen --yes", "there is nothing to adopt", ""),
    ("init Bad/Name", "that cannot be a practice's name", "lumen-soho"),
    ("init ../elsewhere", "that cannot be a practice's name", "lumen-soho"),
    ("init keys", "that cannot be a practice's name", "lumen-soho"),
    ("init solis --zone Mars/Base", "there is no such time zone", "America/New_York"),
    ("init solis --vertical zoo", "there is no such vertical", "medspa"),
)


_NO_TEXT = "is no file of plain text that can be read"


def _two_lines(said: Said, says: str, step: str) -> None:
    assert said.code == 1, said
    assert said.out == ""
    what, what_next = said.err.splitlines()
    assert what.startswith("✗ ")
    assert says in what
    assert what_next.startswith("  Next: ")
    assert step in what_next
    assert len(what_next) > len("  Next: ")
    assert not any(value in said.err for value in ("Ana", "Reyes", ANA, ANA[2:]))


@pytest.mark.parametrize("command, says, step", WRONG, ids=[one[0] for one in WRONG])
def test_a_mistake_ends_in_two_lines(lived: Lived, command: str, says: str, step: str) -> None:
    before = sorted(path for path in lived.home.rglob("*") if "data" not in path.parts)
    _two_lines(glowline(*command.format(**lived.names).split(), home=lived.home), says, step)
    assert sorted(path for path in lived.home.rglob("*") if "data" not in path.parts) == before


def test_a_folder_without_installation_says_how_to_begin(tmp_path: Path) -> None:
    for command in ("plan", "check", "keys list", "clock show", "serve"):
        _two_lines(glowline(*command.split(), home=tmp_path), "there is no installation here.", "glowline init")


@pytest.mark.parametrize("name", ["installation", "lumen"])
def test_a_key_reference_that_leads_nowhere_is_named(copied: Lived, name: str) -> None:
    _refer(copied, name, "env:GLOWLINE_KEY_OF_NOBODY")
    _two_lines(glowline("plan", home=copied.home), "GLOWLINE_KEY_OF_NOBODY", "")


def test_a_practice_that_does_not_fit_in_leaves_no_half_of_itself(copied: Lived) -> None:
    said = glowline("init", "solis", home=copied.home)
    _two_lines(said, "the clock of this installation was turned, so only demo practices fit in", "")
    assert not (copied.home / "solis").exists()
    assert glowline("practices", "list", home=copied.home).code == 0


@pytest.mark.parametrize(
    "written,says", [(b"", "is empty"), (b" \n", "is empty"), (b"\x80\xff", _NO_TEXT), (None, _NO_TEXT)]
)
def test_a_key_file_that_is_there_is_not_said_to_be_missing(copied: Lived, written: bytes | None, says: str) -> None:
    key = copied.home / "keys" / "lumen.key"
    key.unlink()
    key.mkdir() if written is None else key.write_bytes(written)
    said = glowline("plan", home=copied.home)
    _two_lines(said, f"{key} {says}", "32 ")


def test_a_key_pasted_where_its_reference_belongs_is_not_repeated(copied: Lived) -> None:
    _refer(copied, "lumen", "ab" * 32)
    said = glowline("plan", home=copied.home)
    _two_lines(said, "starts with neither env: nor file:", "never the key itself")
    assert "abab" not in said.err


def test_another_key_opens_nothing(copied: Lived, tmp_path: Path) -> None:
    key = tmp_path / "other.key"
    key.write_text("ab" * 32)
    _refer(copied, "lumen", f"file:{key}")
    said = glowline("plan", home=copied.home)
    _two_lines(said, "lumen/ledger.duckdb", "")
    assert "abab" not in said.err


def test_a_mistake_in_the_settings_names_file_and_line(copied: Lived) -> None:
    file = copied.home / "lumen" / "locations.yaml"
    file.write_text(file.read_text().replace("America/New_York", "America/Nowhere"))
    said = glowline("plan", home=copied.home)
    _two_lines(said, "locations.yaml:", "")
    assert ":4  " in said.err or ":3  " in said.err
    checked = glowline("check", "--offline", home=copied.home)
    assert checked.code == 1
    assert "✗ lumen  settings: " in checked.out
    assert "locations.yaml:" in checked.out


def test_a_ledger_that_is_gone_is_not_begun_anew(copied: Lived) -> None:
    for file in (copied.home / "data" / "lumen").iterdir():
        file.unlink()
    _two_lines(glowline("plan", home=copied.home), "its ledger is gone", "glowline audit adopt")


def test_a_place_that_cannot_be_written_is_named(copied: Lived) -> None:
    taken = copied.folder / "taken"
    taken.write_text("")
    _two_lines(glowline("init", home=taken), str(taken), "Look at the path")


def test_a_bundle_is_not_written_over(copied: Lived) -> None:
    place = copied.folder / "bundle"
    place.mkdir()
    _two_lines(glowline("audit", "export", "lumen", str(place), home=copied.home), "exists already", "Name a place")


def test_brackets_in_a_problem_are_shown_as_they_are(lived: Lived) -> None:
    _two_lines(glowline("explain", "[/red]x[bold]", home=lived.home), "knows [/red]x[bold]", "")


def _refer(lived: Lived, name: str, reference: str) -> None:
    file = lived.home / "installation.yaml"
    file.write_text(f"{file.read_text()}\nkey_references: {{{name}: '{reference}'}}\n")


@pytest.mark.parametrize(
    "command",
    [
        "plan --days 99999999",
        "plan --days -5",
        "quarantine show lumen schedule appointments --most -1",
        "quarantine show lumen schedule appointments --most 100000000000000000000",
        "serve --port 99999",
        "serve --port 0",
    ],
)
def test_a_number_out_of_range_is_a_typing_mistake(lived: Lived, command: str) -> None:
    said = glowline(*command.split(), home=lived.home)
    assert said.code == 2
    assert "or equal to" in said.err


def test_settings_that_are_not_utf8_are_named_with_their_line(copied: Lived) -> None:
    file = copied.home / "lumen" / "practice.yaml"
    file.write_bytes(file.read_bytes() + "# caf\u00e9\n".encode("latin-1"))
    _two_lines(glowline("plan", home=copied.home), "not UTF-8 text", "Save the file as UTF-8")


def test_an_installation_without_practices_says_so(tmp_path: Path) -> None:
    glowline("init", home=tmp_path)
    for command in (
        "sync",
        "run tick",
        "audit verify",
        "check",
        "practices migrate",
        "pause set all --why x --scope agency",
    ):
        for form in ((), ("--json",)):
            said = glowline(*command.split(), *form, home=tmp_path)
            assert (said.code, said.err) == (0, "There is no practice here yet.\n  Next: glowline init NAME\n")


def test_looking_needs_no_writing(copied: Lived) -> None:
    """A full disk must not blind the officer: what only looks asks the installation's ledger nothing but questions."""
    glowline("plan", home=copied.home)
    own = copied.home / "data" / "installation.duckdb"
    before = own.stat().st_mtime_ns
    for command in ("practices list", "quarantine list", "audit verify", "plan"):
        assert glowline(*command.split(), home=copied.home).code in {0, 2}
    assert own.stat().st_mtime_ns == before
