"""R42: a practice called Botox Bar writes under another name, and no link or line of its own gives it away."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from canonical.problems import SettingsError
from pipelines.outbox.workbench import workbench
from settings.installation import SHIPPED
from settings.practice import load_practice

Check = Callable[[], None]
_NO_OFFERS: Any = None
"""Nothing is sent here."""


@pytest.fixture
def check(tmp_path: Path) -> Check:
    """Sets up a copy of the demo practice, as it is written when asked."""
    folder = tmp_path / "lumen"
    shutil.copytree(SHIPPED / "demo" / "lumen", folder, ignore=shutil.ignore_patterns("data"))

    def look() -> None:
        workbench(load_practice(folder, SHIPPED), _NO_OFFERS, lambda *_: None)

    return look


def rewrite(folder: Path, file: str, before: str, after: str) -> int:
    """Change a line; its number."""
    path = folder / "lumen" / file
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after))
    return text[: text.index(before)].count("\n") + 1


@pytest.mark.parametrize(
    "file, before, after, says",
    [
        ("practice.yaml", "sms_name: Lumen", "sms_name: Botox Bar", "sms_name: 'botox' says"),
        ("practice.yaml", "sms_name: Lumen", "sms_name: The Ｌａｓｅｒ Room", "sms_name: 'laser' says"),
        ("locations.yaml", "name: Lumen Downtown", "name: Skin Studio", "downtown.name: 'skin' says"),
        ("locations.yaml", "parking: Garage next door", "parking: Behind the laser room", "downtown.parking: 'laser' says"),
        ("locations.yaml", "https://go.example/b/7f3k", "https://go.example/botox/7f3k", "downtown.links.booking: 'botox' says"),
        ("services.yaml", "neutral_label: appointment", "neutral_label: filler", "visit.neutral_label: 'filler' says"),
    ],
)  # fmt: skip
def test_r42_a_name_that_says_what_is_done_does_not_load(
    check: Check, tmp_path: Path, file: str, before: str, after: str, says: str
) -> None:
    line = rewrite(tmp_path, file, before, after)
    with pytest.raises(SettingsError) as caught:
        check()
    assert str(caught.value).startswith(f"{tmp_path / 'lumen' / file}:{line}  {says}")
    assert caught.value.next_step


def test_r42_the_practices_own_name_may_say_it_where_texts_do_not_carry_it(check: Check, tmp_path: Path) -> None:
    rewrite(tmp_path, "practice.yaml", "name: Lumen Aesthetics", "name: Botox Bar")
    check()


def test_a_street_called_peel_is_said_before_every_text_is_held_for_it(check: Check, tmp_path: Path) -> None:
    rewrite(tmp_path, "locations.yaml", "12 Mercer St, New York", "12 Peel St, New York")
    with pytest.raises(SettingsError, match=r"downtown\.address: 'peel' says") as caught:
        check()
    assert "take the word out of the practice's lexicon.yaml" in caught.value.next_step


@pytest.mark.parametrize(
    "folder", [SHIPPED / "demo" / "lumen", SHIPPED.parent / "docs" / "tour" / "lumen"], ids=["demo", "tour"]
)
def test_the_shipped_texts_fit_the_shipped_steps(folder: Path) -> None:
    """Nothing to refuse and nothing to warn of."""
    bench = workbench(load_practice(folder, SHIPPED), _NO_OFFERS, lambda *_: None)
    assert bench.templates.by_key
    assert bench.templates.warnings == ()
