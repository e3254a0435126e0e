"""Reviews with odd fields, in shapes that public fixtures have: each costs at most itself. Everybody is invented."""

from pathlib import Path
from typing import Any

from tests.connectors.google_business_profile.wire import SUBJECT
from tests.connectors.wire.replayed import Answer, landed, reply
from tests.connectors.wire.server import Reply, Seen

REVIEWS: list[Any] = [
    {"reviewId": "r1", "starRating": 5, "createTime": "2026-03-01T10:00:00.123456789Z", "reviewReply": None},
    {"reviewId": 2, "starRating": "TWELVE", "reviewer": None, "comment": None},
    {"reviewId": "r3", "starRating": None, "reviewer": "somebody", "createTime": "long ago", "updateTime": 1793538000},
    {"reviewId": "r4", "starRating": "STAR_RATING_UNSPECIFIED", "reviewReplyUrl": [], "unheard": {"of": [1]}},
]


def answering(pages: dict[str, Any]) -> Answer:
    """One place with these reviews; the others have none yet."""
    reviewed: list[str] = []

    def answer(seen: Seen) -> Reply:
        if not seen.path.endswith("/reviews"):
            return reply(
                {"locations": [{"name": "locations/2", "title": None, "metadata": []}, None, {"title": "nameless"}]}
            )
        reviewed.append(seen.path)
        return reply(pages[seen.query.get("pageToken", "")] if seen.path == reviewed[0] else {})

    return answer


def test_odd_reviews_are_reviews_and_every_page_is_followed(tmp_path: Path) -> None:
    pages = {
        "": {"reviews": REVIEWS[:2], "nextPageToken": 7},
        "7": {"reviews": [*REVIEWS[2:], None, {"comment": "no id"}]},
    }
    found = landed(SUBJECT, "reviews", answering(pages), tmp_path)
    assert [each.rpartition("/")[2] for each in found.ids] == ["r1", "2", "r3", "r4"]
    assert found.suspects == 2
    reviews = list(found.mapped(SUBJECT))
    assert [each.body["rating"] for each in reviews] == [5, None, None, None]
    assert reviews[0].body["posted_at"] == "2026-03-01T10:00:00.123456Z"
