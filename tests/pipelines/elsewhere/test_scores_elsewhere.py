"""A score that was given to another tool: people learn of a low one, and no review link ever does (rows 6.1, 6.4; R40, R53)."""

from collections import Counter
from typing import Any

import pytest

from canonical.practice import Practice, RowOwner
from canonical.surveys import Band, band_of
from canonical.tasks import TaskRecord
from ledger.lists import listed
from ledger.store import Store
from ledger.tasks import close_task
from pipelines.elsewhere import note_scores
from tests.pipelines.elsewhere.town import Town
from tests.pipelines.paperwork.desk import Row
from tests.pipelines.resolve.landed import DAY, HOUR, NOW, record_id

KIND = "score_elsewhere"


@pytest.fixture
def town(ledger: Store) -> Town:
    """Liz was here, and row 6.1 is the booking tool's."""
    town = Town(ledger)
    town.practice = owned(town, "book")
    town.arrive()
    return town


def owned(town: Town, owner: str) -> Practice:
    return town.practice.model_copy(update={"rows": (RowOwner(row="6.1", owner=owner),)})


def given(town: Town, score: str, number: int = 1, scale: str = "nps", **more: object) -> Counter[str]:
    """Liz answers the tool's own question."""
    usual = {"vendor_id": f"f{number}", "person_vendor_id": "p1", "appointment_vendor_id": "a1", "kind": "feedback"}
    record = TaskRecord.model_validate(usual | {"at": town.now, "scale": scale, "score": score} | more)
    town.landing.put("book", record, at=town.now)
    return note_scores(town.store, town.practice, town.now)


def task(town: Town) -> Row:
    [row] = town.tasks(KIND)
    return row


@pytest.mark.parametrize(
    "scale, score, band",
    [
        ("nps", "0", Band.LOW),
        ("nps", "6.0", Band.LOW),
        ("nps", "7", Band.MIDDLING),
        ("nps", "8", Band.MIDDLING),
        ("nps", "9", Band.HIGH),
        ("nps", "10", Band.HIGH),
        ("nps", "11", Band.UNKNOWN),
        ("nps", "-1", Band.UNKNOWN),
        ("nps", "nan", Band.UNKNOWN),
        ("nps", "", Band.UNKNOWN),
        ("stars", "5", Band.UNKNOWN),
        ("", "3", Band.UNKNOWN),
        ("disliked", "", Band.LOW),
        ("liked", "", Band.HIGH),
    ],
)
def test_a_scale_says_what_a_number_asks_for_and_nothing_is_guessed(scale: str, score: str, band: Band) -> None:
    assert band_of(scale, score) is band


def test_row_6_4_a_low_score_calls_the_provider_at_once_and_names_visit_and_person(town: Town) -> None:
    assert given(town, "3")["opened"] == 1
    found = task(town)
    assert "given 3 of 10 (book): the provider calls them" in found["title"]
    assert (found["urgent"], found["subject_id"]) == (True, town.visit()["visit_id"])
    assert found["person_id"] == town.person_of("book", "p1")


def test_row_6_4_a_seven_is_followed_up_and_a_nine_asks_nobody(town: Town) -> None:
    given(town, "7")
    assert ("somebody follows up" in task(town)["title"], task(town)["urgent"]) == (True, False)
    given(town, "9", number=2)
    assert town.tasks(KIND) == []


def test_r24_a_correction_takes_the_place_of_the_task_before_it(town: Town) -> None:
    given(town, "7")
    given(town, "2")
    assert "given 2 of 10" in task(town)["title"]


def test_what_was_closed_stays_closed_however_often_the_same_answer_is_seen(town: Town) -> None:
    given(town, "3")
    standing = task(town)["task_id"]
    with town.store.writing(business_now=town.now) as session:
        close_task(session, standing, by="desk", now=town.now)
    assert given(town, "3", status="seen again")["opened"] == 0


@pytest.mark.parametrize("more", [{"scale": "stars"}, {"scale": ""}, {"scale": "nps", "guessed": True}])
def test_no_number_is_repeated_that_nobody_gave_or_no_scale_explains(town: Town, more: dict[str, Any]) -> None:
    given(town, "3", **more)
    assert not any(one.isdigit() for one in task(town)["title"])


def test_a_click_says_unhappy_and_never_takes_the_place_of_a_number(town: Town) -> None:
    given(town, "", scale="disliked", number=3)
    assert "unhappy" in task(town)["title"]
    given(town, "3", number=4)
    given(town, "", scale="liked", number=5)
    given(town, "", scale="disliked", number=6)
    assert sorted(row["title"][:10] for row in town.tasks(KIND)) == ["A visit wa", "Somebody s"]


@pytest.mark.parametrize("owner", ["glowline", "off", "another"])
def test_r40_only_a_tool_that_owns_the_row_is_listened_to(town: Town, owner: str) -> None:
    town.practice = owned(town, owner)
    given(town, "1")
    assert town.tasks(KIND) == []


def test_an_import_of_history_is_nobodys_errand(town: Town) -> None:
    given(town, "1", at=NOW - 4 * DAY)
    assert town.tasks(KIND) == []


def test_somebody_who_is_not_known_yet_is_told_of_too(town: Town) -> None:
    given(town, "1", person_vendor_id="p9", appointment_vendor_id="a9")
    assert (task(town)["person_id"], task(town)["subject_id"]) == (None, record_id("book", "task", "f1"))


def test_r53_no_review_link_knows_of_it_and_none_waits_for_it(town: Town) -> None:
    """It is no score of ours, for whatever reads those; and its task is none of those that hold a request back (R54)."""
    given(town, "1")
    town.now += HOUR
    person, visit = town.person_of("book", "p1"), town.visit()["visit_id"]
    with town.store.reading() as session:
        assert session.rows("scores_of_visits", ids=listed([visit])) == []
        assert session.rows("attended_persons", persons=listed([person])) == []
