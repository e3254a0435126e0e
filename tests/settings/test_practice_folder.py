"""A practice's folder: what a technician gets wrong is named with its file, its line and what to write instead."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from canonical.plan import OnMoved
from canonical.problems import SettingsError
from settings.installation import SHIPPED, load_installation
from settings.practice import PracticeConfig, load_practice


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A copy of the shipped practices that a test may spoil."""
    copy = tmp_path / "practices"
    shutil.copytree(SHIPPED, copy)
    return copy


def lumen(home: Path) -> PracticeConfig:
    """The demo practice as its spoiled copy says it."""
    return load_practice(home / "demo" / "lumen", home)


def spoil(home: Path, name: str, old: str, new: str) -> Path:
    """Replace the first `old` in a file of the demo practice."""
    file = home / "demo" / "lumen" / name
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))
    return file


def test_the_shipped_practice_loads_with_its_layers_merged(home: Path) -> None:
    config = lumen(home)
    assert config.practice.locations[0].zone == "America/New_York"
    assert config.journeys.step("3.2-reminder-24h").offset == timedelta(hours=-24)
    assert config.journeys.step("3.2-reminder-24h").on_moved is OnMoved.RESEND
    assert config.policy.caps.logistics_per_day == 4
    assert {"botox", "surgery"} <= config.lexicon


def test_a_client_writes_only_what_differs(home: Path) -> None:
    folder = home / "demo" / "lumen" / "journeys"
    folder.mkdir()
    (folder / "ours.yaml").write_text("3.2-reminder-24h: {when: {offset: -20h}}\n")
    changed, before = lumen(home).journeys.step("3.2-reminder-24h"), load_practice(SHIPPED / "demo" / "lumen", SHIPPED)
    assert changed.offset == timedelta(hours=-20)
    assert changed.model_copy(update={"offset": timedelta(hours=-24)}) == before.journeys.step("3.2-reminder-24h")
    assert lumen(home).journeys.hash != before.journeys.hash


def test_a_row_nobody_owns_is_off(home: Path) -> None:
    spoil(home, "rows.yaml", '"4.1": {owner: glowline, live_from: "2026-11-01T13:00:00Z"}', "")
    assert lumen(home).journeys.step("4.1-morning-of").owner == "off"


def test_live_from_is_an_instant(home: Path) -> None:
    assert lumen(home).journeys.step("2.5-confirmation").live_from == datetime(2026, 11, 1, 13, tzinfo=UTC)
    spoil(home, "rows.yaml", '"2026-11-01T13:00:00Z"', '"2026-11-01T13:00:00"')
    with pytest.raises(SettingsError, match=r"rows\.yaml:3  .*time zone"):
        lumen(home)


@pytest.mark.parametrize(
    "file, old, new, line, says",
    [
        ("locations.yaml", "America/New_York", "America/New_Jersey", 3, "zone"),
        ("locations.yaml", "parking:", "praking:", 6, "'praking' is not a setting here"),
        ("locations.yaml", "09:00-18:00", "18:00-09:00", 17, "closes before it opens"),
        ("locations.yaml", "mon-fri", "mo-fr", 17, "not a weekday"),
        ("connections.yaml", "cadence: 10min", "cadence: ten", 11, "not a duration"),
        ("senders.yaml", "connection: twilio", "connection: twillio", 3, "no connection 'twillio'"),
        ("practice.yaml", "default_location: downtown", "default_location: midtown", 8, "no location 'midtown'"),
        ("practice.yaml", "state: NY", "state: New York", 7, "state"),
        ("practice.yaml", "brand: lumen", "brand: lumen\nbrand: other", 6, "stands here twice"),
        ("vendors.yaml", "2d711642", "nope", 8, "document_sha256"),
        ("policy.yaml", "everyone", "happy_only", 1, "review_invites"),
        ("services.yaml", "kind: treatment", "kind: treat", 4, "kind"),
    ],
)
def test_a_mistake_names_its_file_and_line(home: Path, file: str, old: str, new: str, line: int, says: str) -> None:
    spoil(home, file, old, new)
    with pytest.raises(SettingsError) as caught:
        lumen(home)
    assert f"demo/lumen/{file}:{line}  " in str(caught.value)
    assert says in str(caught.value)


def test_a_location_map_that_leads_nowhere_says_what_to_write(home: Path) -> None:
    spoil(home, "connections.yaml", "cadence: 10min", 'cadence: 10min\n  locations: {"Main St": main}')
    with pytest.raises(SettingsError, match=r"connections\.yaml:12") as caught:
        lumen(home)
    assert '"Main St": downtown   or   "Main St": ignore' in caught.value.next_step


def test_a_broken_indentation_names_the_line(home: Path) -> None:
    spoil(home, "services.yaml", "  name: Visit", " name: [Visit")
    with pytest.raises(SettingsError, match=r"services\.yaml:\d+  not valid YAML"):
        lumen(home)


def test_an_error_never_quotes_what_was_written(home: Path) -> None:
    spoil(home, "practice.yaml", '["+12125550100"]', "{secret-number: 2125550188}")
    with pytest.raises(SettingsError) as caught:
        lumen(home)
    assert "2125550188" not in str(caught.value)


def test_the_review_mode_has_no_default(home: Path) -> None:
    (home / "demo" / "lumen" / "policy.yaml").write_text("{}\n")
    with pytest.raises(SettingsError, match="'review_invites' is missing"):
        lumen(home)


def test_an_unknown_practice_names_the_known_ones(home: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        load_installation(home / "demo").practice("lumne")
    assert "lumen" in caught.value.next_step


def test_a_folder_without_installation_says_how_to_begin(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        load_installation(tmp_path)
    assert "glowline init" in caught.value.next_step


def test_keys_beside_the_data_they_lock_are_refused(home: Path) -> None:
    file = home / "demo" / "installation.yaml"
    file.write_text(file.read_text().replace("keys: keys", "keys: data/keys"))
    with pytest.raises(SettingsError, match=r"installation\.yaml:3  the keys would lie inside the data"):
        load_installation(home / "demo")


@pytest.mark.parametrize("name", ["practice.yaml", "messages/reminder-24h.sms.liquid"])
def test_a_file_that_is_not_utf8_is_named_with_its_line(home: Path, name: str) -> None:
    file = home / "demo" / "lumen" / name
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(b"# one\n# caf\xe9\n")
    with pytest.raises(SettingsError, match=rf"{name}:2  not UTF-8 text") as told:
        lumen(home)
    assert told.value.next_step


def test_an_installation_that_is_not_utf8_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "installation.yaml").write_bytes(b"data: data\nalerts: \xe9\n")
    with pytest.raises(SettingsError, match=r"installation\.yaml:2  not UTF-8 text"):
        load_installation(tmp_path)


@pytest.mark.parametrize("hidden", ["\0", "\x07", "\x1b"])
def test_a_character_that_yaml_does_not_know_is_named_with_its_line(home: Path, hidden: str) -> None:
    spoil(home, "practice.yaml", "state: NY", f"state: N{hidden}Y")
    with pytest.raises(SettingsError, match=r"practice\.yaml:7  not valid YAML") as told:
        lumen(home)
    assert told.value.next_step
