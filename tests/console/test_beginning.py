"""An installation begins once: what is there stays as it was."""

from pathlib import Path

from tests.console.said import glowline, told


def _contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.suffix != ".duckdb"}


def test_init_begins_an_installation_and_a_practice(tmp_path: Path) -> None:
    first = told("init", home=tmp_path)
    assert first["written"] == ["installation.yaml"]
    second = told("init", "solis-north", "--zone", "America/Chicago", "--state", "IL", home=tmp_path)
    assert "solis-north/practice.yaml" in second["written"]
    assert second["ledgers"] == ["solis-north"]
    assert "America/Chicago" in (tmp_path / "solis-north" / "locations.yaml").read_text()
    keys = {path.name for path in (tmp_path / "keys").iterdir()}
    assert keys == {"installation.key", "signing.key", "solis-north.key"}
    assert {path.stat().st_mode & 0o077 for path in (tmp_path / "keys").iterdir()} == {0}
    (practice,) = told("practices", "list", home=tmp_path)
    assert practice["practice"] == "solis-north"


def test_init_again_overwrites_nothing(tmp_path: Path) -> None:
    told("init", "solis", home=tmp_path)
    locations = tmp_path / "solis" / "locations.yaml"
    locations.write_text(locations.read_text().replace("212555", "312555"))
    before = _contents(tmp_path)
    again = told("init", "solis", "--zone", "America/Chicago", home=tmp_path)
    assert (again["written"], again["ledgers"]) == ([], [])
    assert _contents(tmp_path) == before


def test_the_clock_of_a_real_practice_stays(tmp_path: Path) -> None:
    told("init", "solis", home=tmp_path)
    said = glowline("clock", "turn", "2099-01-01T00:00:00Z", home=tmp_path)
    assert said.code == 1
    assert said.out == ""
    assert len(said.err.splitlines()) == 2
    assert "demo" in said.err
    assert not told("clock", "show", home=tmp_path)["business_now"].startswith("2099")
