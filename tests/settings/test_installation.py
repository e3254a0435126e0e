"""When an installation's settings count as changed."""

import os
from pathlib import Path

import pytest

from settings.installation import Installation


@pytest.fixture
def home(tmp_path: Path) -> Installation:
    """An installation with one practice, and what ships with the application beside it."""
    for file in ("shipped/base/journeys/visits.yaml", "shipped/base/texts/en.liquid", "home/lumen/practice.yaml"):
        path = tmp_path / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("a: 1\n")
    folder = tmp_path / "home"
    return Installation(
        folder=folder, data=tmp_path / "data", keys=tmp_path / "keys", checkpoints=tmp_path, root=tmp_path / "shipped"
    )


@pytest.mark.parametrize("file", ["base/journeys/visits.yaml", "base/texts/en.liquid", "base/journeys/new.yaml"])
def test_a_change_of_what_ships_is_noticed_however_deep_it_lies(home: Installation, file: str) -> None:
    before = home.written_at("lumen")
    assert home.written_at("lumen") == before
    (home.root / file).write_text("a: 12\n")
    assert home.written_at("lumen") != before


def test_a_change_of_the_practices_own_files_is_noticed_and_nobody_elses(home: Installation) -> None:
    before = home.written_at("lumen")
    (home.folder / "aurora").mkdir()
    (home.folder / "aurora" / "practice.yaml").write_text("a: 1\n")
    (home.folder / "lumen" / "notes.txt").write_text("not a setting")
    assert home.written_at("lumen") == before
    (home.folder / "lumen" / "mappings").mkdir()
    (home.folder / "lumen" / "mappings" / "files.yaml").write_text("a: 1\n")
    assert home.written_at("lumen") != before


def test_a_file_of_the_same_size_that_was_written_later_is_another_state(home: Installation) -> None:
    file, before = home.folder / "lumen" / "practice.yaml", home.written_at("lumen")
    stat = file.stat()
    os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns + 1_000_000))
    assert home.written_at("lumen") != before


def test_a_link_that_leads_round_in_a_circle_ends_nobodys_tick(home: Installation) -> None:
    (home.root / "base" / "again").symlink_to(home.root, target_is_directory=True)
    assert len(home.written_at("lumen")) == 3


def test_a_practice_without_a_folder_has_what_ships_and_nothing_more(home: Installation) -> None:
    assert len(home.written_at("nobody")) == 2
