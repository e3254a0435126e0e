"""A practice of two hundred patients through a whole winter: nothing that anybody can see from outside is ever wrong.

    PYTHONHASHSEED=0 .venv/bin/python -m pytest -m soak tests/winter -k "[17]"

plays the seventeenth winter of `make soak` again; what a breach prints says when and whom it concerns, and what had happened.
"""

import tempfile
from pathlib import Path
from random import Random

import pytest

from canonical.policy import ReviewMode
from tests.seeds import drawn
from tests.winter.practice import opened
from tests.winter.schedule import draw
from tests.winter.season import Season

FEW, MANY = 4, 30
"""Winters that every run plays, drawn by the commit; `make soak` plays them all."""
SHOWN = 40
"""Happenings that a failure shows: the last before its first breach."""
MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of the system's, in which a fresh one is made


def _winter(random: Random) -> None:
    mode = random.choice((ReviewMode.EVERYONE, ReviewMode.SURVEY_THEN_EVERYONE))
    with (
        tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder,
        opened(Path(folder), mode.value) as practice,
    ):
        season = Season(practice, random)
        draw(season)
        season.play()
    assert not season.breaches, _told(season)
    _was_a_winter(season)


def _told(season: Season) -> str:
    """What was broken, and what had happened before the first of it."""
    first = min(breach.at for breach in season.breaches)
    before = [what for what in season.log if what <= f"{first:%Y-%m-%d %H:%M}Z~"][-SHOWN:]
    return "\n".join([*map(str, season.breaches), "", *before])


def _was_a_winter(season: Season) -> None:
    """A winter in which nothing is said proves nothing: most people were written to, and every kind of stop has stopped something."""
    record = season.record
    kinds = {text.kind for text in record.texts}
    assert {"confirmation", "change", "cancel", "reminder-48h", "reminder-24h", "morning", "check-in"} <= kinds
    assert len(record.by_phone) > len(record.patients) / 3
    assert all((record.down, record.unsigned, record.paused, record.stopped, record.calls))
    assert any(story.held for story in record.stories)
    assert any(len(story.numbers) > 1 for story in record.stories)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("part", sorted(drawn("winters").sample(range(MANY), FEW)))
def test_a_winter_in_which_nobody_reads_anything_untrue(part: int) -> None:
    _winter(Random(part))


@pytest.mark.soak
@pytest.mark.timeout(900)
@pytest.mark.parametrize("part", range(MANY))
def test_thirty_winters_in_which_nobody_reads_anything_untrue(part: int) -> None:
    _winter(Random(part))
