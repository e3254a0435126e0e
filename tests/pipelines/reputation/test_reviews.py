"""Row 7.4: a review that appears is kept, asks once for an answer, and is never anybody's."""

from datetime import datetime
from typing import Any

import pytest

from canonical.practice import RowOwner
from canonical.reviews import Review
from ledger.store import Store
from pipelines.reputation import ReviewCounts, update_reviews
from tests.pipelines.paperwork.desk import Desk
from tests.pipelines.resolve.landed import DAY, HOUR, NOW, place, practice

Row = dict[str, Any]


class Street(Desk):
    """The practice as the street sees it, with row 7.4 on since NOW."""

    def __init__(self, store: Store, owner: str = "glowline", live_from: datetime | None = NOW) -> None:
        super().__init__(store)
        places = (place("downtown", "Lumen Downtown"), place("uptown", "Lumen Uptown"))
        rows = (RowOwner(row="7.4", owner=owner, live_from=live_from),)
        self.practice = practice(locations=places).model_copy(update={"rows": rows})

    def appear(self, *reviews: Review, said_at: datetime | None = None, deleted: bool = False) -> ReviewCounts:
        self.landing.put("crm", *reviews, at=self.now, said_at=said_at, deleted=deleted)
        return self.look()

    def look(self) -> ReviewCounts:
        return update_reviews(self.store, self.practice, self.now, "run")


def review(vendor_id: str = "g1", **more: object) -> Review:
    usual = {
        "platform": "google",
        "location": "Lumen Uptown",
        "rating": 5,
        "text": "My Botox is great",
        "posted_at": NOW,
    }
    return Review.model_validate({"vendor_id": vendor_id, "author": "Liz K."} | usual | more)


@pytest.fixture
def street(ledger: Store) -> Street:
    return Street(ledger)


def test_row_7_4_a_review_is_kept_and_asks_for_an_answer_once(street: Street) -> None:
    street.now += HOUR
    assert street.appear(review()) == ReviewCounts(read=1, reviews=1, tasks=1)
    (kept,) = street.current("reviews")
    assert (kept["platform"], kept["location_id"], kept["rating"], kept["posted_at"], kept["replied"]) == (
        "google",
        "uptown",
        5,
        NOW,
        False,
    )
    (task,) = street.tasks("review")
    assert (task["location_id"], task["title"]) == ("uptown", "A new review wants an answer: 5 of 5 stars on google")
    assert task["due_at"] > street.now
    assert street.look() == ReviewCounts()
    assert street.appear(review(rating=4)).tasks == 0


def test_row_7_4_nothing_says_who_wrote_it(street: Street) -> None:
    """M4: reviews are never matched to patients, whatever name stands on them."""
    street.arrive()
    street.appear(review(author="Liz Kim"))
    (task,) = street.tasks("review")
    assert task["person_id"] is None
    assert "person_id" not in street.current("reviews")[0]
    assert not any(word in str(task.values()) + str(street.current("reviews")) for word in ("Liz", "Botox"))


@pytest.mark.parametrize("posted_at", [NOW - DAY, None])
def test_r43_a_review_of_before_the_row_was_on_or_without_a_date_asks_nobody(
    street: Street, posted_at: datetime | None
) -> None:
    counts = street.appear(review(posted_at=posted_at))
    assert (counts.reviews, counts.tasks) == (1, 0)


@pytest.mark.parametrize("owner, live_from", [("birdeye", NOW), ("off", NOW), ("glowline", None)])
def test_r40_somebody_elses_row_asks_nobody(ledger: Store, owner: str, live_from: datetime | None) -> None:
    assert Street(ledger, owner, live_from).appear(review()).tasks == 0


def test_row_7_4_an_answer_closes_the_task_and_an_answered_one_opens_none(street: Street) -> None:
    street.appear(review())
    street.now += HOUR
    assert street.appear(review(reply="Thank you!")).answered == 1
    assert street.tasks("review") == []
    assert street.appear(review("g2", reply="Thank you!")).tasks == 0
    assert street.appear(review(reply="")).tasks == 0, "whoever took the answer back knows"


def test_row_7_4_a_review_that_is_gone_asks_nobody(street: Street) -> None:
    street.appear(review())
    assert street.appear(review(), deleted=True).answered == 1
    assert street.tasks("review") == []


def test_row_7_4_the_platforms_own_time_decides_whatever_the_order(street: Street) -> None:
    street.appear(review(reply="Thank you!"), said_at=NOW)
    counts = street.appear(review(), said_at=NOW - HOUR)
    assert (counts.late, counts.tasks) == (1, 0)
    assert street.current("reviews")[0]["replied"]


def test_row_7_4_without_stars_the_title_says_only_where(street: Street) -> None:
    street.appear(review(rating=None, location=""))
    (task,) = street.tasks("review")
    assert (task["title"], task["location_id"]) == ("A new review wants an answer: on google", None)
