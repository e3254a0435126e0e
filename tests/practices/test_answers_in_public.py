"""A review is answered in public by nobody but a person: the draft waits, and stands there once somebody has said yes (row 7.4, REV-06)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.approvals import Approval, undecided
from pipelines.oversight.approvals import approve, drop
from tests.practices.studio import Studio, opened_studio

SEEN = "2026-11-16 11:05"


@pytest.fixture
def studio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Studio]:
    """The example practice on the morning of go-live, 2026-11-01 08:00 in New York."""
    with opened_studio(tmp_path, monkeypatch) as made:
        yield made


def reviewed(studio: Studio) -> Approval:
    """Somebody writes a review, and what waits because of it."""
    studio.profile.write("2026-11-16 11:00", "Lovely. I come every month.", author="Ana Ruiz")
    studio.run_at(SEEN, "2026-11-16 11:30", "2026-11-17 11:00")
    with studio.opened().store.reading() as session:
        [item] = undecided(session)
    return item


def written(studio: Studio) -> list[str]:
    """What was sent to Google, and how."""
    return [f"{seen.method} {seen.text}" for seen in studio.google.seen if seen.method != "GET"]


def test_nothing_is_said_in_public_before_somebody_has_said_yes(studio: Studio) -> None:
    item = reviewed(studio)
    assert item.rule == "REV-06"
    assert written(studio) == []
    with studio.opened().store.writing(business_now=studio.clock.business) as session:
        approve(session, item.approval_id, who="dana", now=studio.clock.business)
    studio.run_at("2026-11-17 11:05", "2026-11-17 12:10")
    [sent] = written(studio)
    assert sent.startswith("PUT")
    assert "Thank you for taking the time to write." in sent
    assert not {word for word in ("Ana", "Ruiz", "Lovely", "month", "visit", "patient") if word in sent}
    [review] = studio.table("current_reviews")
    assert review["replied"] is True
    [task] = [one for one in studio.table("current_tasks") if one["kind"] == "review"]
    assert task["closed_by"] == "answered"


def test_a_draft_that_was_dropped_is_never_said(studio: Studio) -> None:
    item = reviewed(studio)
    with studio.opened().store.writing(business_now=studio.clock.business) as session:
        drop(session, item.approval_id, who="dana", now=studio.clock.business)
    studio.run_at("2026-11-17 11:05", "2026-11-18 11:00")
    assert written(studio) == []
    [action] = [one for one in studio.table("closed_actions") if one["step"] == "7.4-review-answer"]
    assert action["state"] == "dropped"


def test_a_draft_nobody_decides_about_is_dropped_in_silence(studio: Studio) -> None:
    reviewed(studio)
    studio.run_at("2026-11-23 11:10", "2026-11-24 11:00")
    assert written(studio) == []
