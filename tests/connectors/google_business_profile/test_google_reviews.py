"""Reviews as a practice has them: what is new, what is gone, whose place it is, and that nobody answers without approval."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import SecretStr, ValidationError

from canonical.actions import Purpose
from canonical.problems import NeedsOperator, ProtocolBroken, RefusalReason, Refused, TryLater
from canonical.raw import Page
from canonical.said_inside import ReplyToReview
from connectors.google_business_profile.client import code_of
from connectors.kit import dispatch, registry
from connectors.kit.exchange import Answer
from mappings.catalogue import Catalogue
from mappings.coverage import Notes
from mappings.engine import Surroundings
from mappings.wire import read
from pipelines.policy.allow_lists import allowed_fields
from tests.connectors.contract.subject import NOW, claim, context
from tests.connectors.google_business_profile.wire import (
    ENVIRON,
    REVIEW,
    STORE,
    SUBJECT,
    connection,
    error_body,
    only_reads,
    opened,
)
from tests.connectors.wire.http_wire import HttpWire, _sealed
from tests.connectors.wire.server import FakeWire, Reply, Seen

HERE = Surroundings(default_zone=ZoneInfo("America/New_York"))


class Google:
    """A profile whose reviews the test writes, newest change first, two on a page."""

    def __init__(self) -> None:
        self.reviews: dict[str, dict[str, Any]] = {}
        self.counts: int | None = None
        self.odd: dict[str, object] = {}
        """What every page says besides, or instead."""
        self.asked: list[Seen] = []
        self.stale: set[str] = set()
        self.always: Reply | None = None
        """What it answers to everything, where it misbehaves."""

    def write(self, name: str, at: datetime, place: str = "222", **fields: object) -> None:
        full = f"accounts/111/locations/{place}/reviews/{name}"
        stamp = f"{at:%Y-%m-%dT%H:%M:%SZ}"
        self.reviews[full] = {"name": full, "reviewId": name, "createTime": stamp, "updateTime": stamp, **fields}

    def answer(self, seen: Seen) -> Reply:
        self.asked.append(seen)
        if self.always:
            return self.always
        place = seen.path.removeprefix("/v4/").removesuffix("/reviews")
        of_place = [each for name, each in self.reviews.items() if name.startswith(f"{place}/")]
        newest = sorted(of_place, key=lambda each: str(each["updateTime"]), reverse=True)
        token = seen.query.get("pageToken", "")
        if token in self.stale:
            self.stale.remove(token)
            return Reply(400, json.dumps({"error": {"status": "INVALID_ARGUMENT"}}).encode())
        start = int(token or 0)
        page: dict[str, Any] = {"totalReviewCount": len(newest) if self.counts is None else self.counts}
        page |= {"reviews": newest[start : start + 2]} if newest else {}
        page |= {"nextPageToken": str(start + 2)} if start + 2 < len(newest) else {}
        return Reply(200, json.dumps(page | self.odd).encode())


@contextmanager
def profile(google: Google) -> Iterator[HttpWire]:
    with FakeWire(google.answer, error_body, only_reads).running() as server, _sealed(STORE) as store:
        wire = HttpWire(server, connection, ENVIRON, {}, store)
        yield wire
        wire.close()


def pulled(wire: HttpWire, cursor: str | None = None, now: datetime = NOW) -> list[Page]:
    return list(registry.puller(wire.connection, wire.tools()).pull("reviews", cursor, now=now))


def names(pages: list[Page]) -> list[str]:
    return [record.vendor_id.rpartition("/")[2] for page in pages for record in page.records]


def five() -> Google:
    google = Google()
    for number in range(5):
        google.write(f"r{number}", NOW - timedelta(days=10 * number + 1))
    return google


def test_a_later_pass_reads_down_to_what_is_known_and_no_further() -> None:
    google = five()
    with profile(google) as wire:
        first = pulled(wire)
        assert names(first) == ["r0", "r1", "r2", "r3", "r4"]
        google.write("r9", NOW)
        google.write("r3", NOW - timedelta(minutes=1), comment="changed")
        before = len(google.asked)
        assert names(pulled(wire, first[-1].cursor))[:2] == ["r9", "r3"]
        # Two pages of the first place, because the first shows only news; one of the second, which has none.
        assert len(google.asked) - before == 3


def test_once_a_week_everything_is_read_and_what_is_missing_is_gone() -> None:
    google = five()
    with profile(google) as wire:
        first = pulled(wire)
        assert first[-1].whole
        del google.reviews["accounts/111/locations/222/reviews/r4"]
        daily = pulled(wire, first[-1].cursor, NOW + timedelta(days=1))
        assert not daily[-1].whole
        weekly = pulled(wire, daily[-1].cursor, NOW + timedelta(days=8))
        assert weekly[-1].whole
        assert names(weekly) == ["r0", "r1", "r2", "r3"]


def test_a_list_that_shows_fewer_than_google_counts_calls_nothing_gone() -> None:
    google = five()
    google.counts = 6
    with profile(google) as wire:
        assert not pulled(wire)[-1].whole


def test_a_page_somebody_left_long_ago_is_read_anew() -> None:
    google = five()
    with profile(google) as wire:
        first = pulled(wire)
        google.stale = {"2"}
        assert names(pulled(wire, first[0].cursor)) == ["r0", "r1", "r2", "r3", "r4"]
        assert names(pulled(wire, first[0].cursor)) == ["r2", "r3", "r4"]


def test_pages_that_never_end_are_noticed() -> None:
    google = Google()
    google.always = Reply(200, b'{"reviews": [], "nextPageToken": "again"}')
    with profile(google) as wire, pytest.raises(ProtocolBroken):
        pulled(wire)


@pytest.mark.parametrize("body", [b"{}", b'{"reviews": null}', b'{"reviews": []}', b'{"totalReviewCount": 0}'])
def test_a_place_without_reviews_is_no_trouble(body: bytes) -> None:
    google = Google()
    google.always = Reply(200, body)
    with profile(google) as wire:
        assert pulled(wire)[-1].complete


@pytest.mark.parametrize("body", [b"[]", b'{"error": {}}', b"<html>", b'{"reviews": 1}'])
def test_what_is_no_page_is_said_to_be_none(body: bytes) -> None:
    google = Google()
    google.always = Reply(200, body)
    with profile(google) as wire, pytest.raises(ProtocolBroken):
        pulled(wire)


def test_a_review_without_a_name_is_set_aside_alone() -> None:
    google = Google()
    rows = [{"comment": "x"}, {"reviewId": "r1"}, 7]
    google.always = Reply(200, json.dumps({"reviews": rows}).encode())
    with profile(google) as wire:
        pages = pulled(wire)
    assert names(pages[:1]) == ["r1"]
    assert len(pages[0].suspects) == 2


@pytest.mark.parametrize(
    "written,stars", [("ONE", 1), ("FIVE", 5), ("STAR_RATING_UNSPECIFIED", None), ("SIX", None), (None, None)]
)
def test_stars_are_read_and_none_are_made_up(written: str | None, stars: int | None) -> None:
    google = Google()
    google.write("r1", NOW, starRating=written, reviewer={"displayName": "A  person"}, comment="Kind.")
    with profile(google) as wire:
        [record] = [record for page in pulled(wire) for record in page.records]
    body = (
        Catalogue().mapping("google_business_profile", "reviews").apply(read("json", record.body), HERE, Notes()).body
    )
    assert (body["rating"], body["platform"], body["location"], body["author"]) == (
        stars,
        "google",
        "locations/222",
        "A person",
    )


def answered(wire: HttpWire, **changes: object) -> None:
    payload = SUBJECT.pushes["reply_to_review"].payload.model_copy(update=changes)
    claimed = claim(SUBJECT, wire, "reply_to_review")
    command = claimed.command.model_copy(update={"payload": payload})
    dispatch.send(claimed.model_copy(update={"command": command}), context(wire))


@pytest.mark.parametrize(
    "changes,reason",
    [
        ({"approved_by": " "}, RefusalReason.INVALID),
        ({"review_id": "accounts/111/locations/999/reviews/x"}, RefusalReason.NOT_FOUND),
        ({"review_id": "accounts/222/locations/222/reviews/x"}, RefusalReason.NOT_FOUND),
        ({"review_id": "accounts/111/locations/222"}, RefusalReason.NOT_FOUND),
        ({"body": SecretStr("é" * 2049)}, RefusalReason.CONTENT_REFUSED),
        ({"body": SecretStr("  ")}, RefusalReason.CONTENT_REFUSED),
    ],
    ids=["nobody", "another place", "another account", "no review", "too long", "empty"],
)
def test_nothing_leaves_unapproved_elsewhere_or_too_long(
    changes: dict[str, object],
    reason: RefusalReason,
    tmp_path: Any,  # noqa: ANN401 - a path
) -> None:
    with opened(tmp_path) as wire:
        assert isinstance(wire, HttpWire)
        with pytest.raises(Refused) as refused:
            answered(wire, **changes)
        assert refused.value.reason is reason
        assert wire.server.seen == []


def test_an_answer_cannot_even_be_made_without_who_approved_it() -> None:
    with pytest.raises(ValidationError):
        ReplyToReview(review_id=REVIEW, body=SecretStr("Thank you."), approved_by="")


def test_what_leaves_is_the_words_and_nothing_else(tmp_path: Any) -> None:  # noqa: ANN401 - a path
    with opened(tmp_path) as wire:
        assert isinstance(wire, HttpWire)
        answered(wire)
        [seen] = wire.server.writes
    assert set(json.loads(seen.body)) == {"comment"}
    assert b"officer" not in seen.body


@pytest.mark.parametrize(
    "status,error,problem",
    [
        (403, {"status": "PERMISSION_DENIED", "details": [{"reason": "SERVICE_DISABLED"}]}, NeedsOperator),
        (403, {"status": "PERMISSION_DENIED"}, NeedsOperator),
        (400, {"status": "FAILED_PRECONDITION"}, Refused),
        (429, {"status": "RESOURCE_EXHAUSTED"}, TryLater),
    ],
)
def test_googles_words_mean_what_the_table_says(
    status: int, error: dict[str, object], problem: type[Exception]
) -> None:
    google = Google()
    google.always = Reply(status, json.dumps({"error": error}).encode())
    with profile(google) as wire, pytest.raises(problem):
        pulled(wire)


@pytest.mark.parametrize("body", [b"", b"[]", b"<html>", b'{"error": "x"}', b'{"error": {"details": [1]}}', b"\xff"])
def test_an_error_nobody_documents_has_no_code(body: bytes) -> None:
    assert code_of(Answer(400, {}, body)) == ""


def test_a_place_that_is_not_the_accounts_is_found_out(tmp_path: Any) -> None:  # noqa: ANN401 - a path
    with opened(tmp_path) as wire:
        linked = wire.connection.model_copy(update={"select": {"locations": "222, 999"}})
        with pytest.raises(NeedsOperator, match="1 of"):
            registry.verifier(linked, wire.tools())()
        verified = registry.verifier(wire.connection, wire.tools())()
    assert verified.facts["review link of locations/222"].startswith("https://")
    assert any("locations/333" in warning for warning in verified.warnings)


def test_policys_list_lets_every_field_of_an_answer_pass_without_an_agreement_and_nothing_else() -> None:
    allowed = allowed_fields("google_business_profile", Purpose.OPERATIONS, covered=False)
    assert set(allowed or ()) == set(ReplyToReview.model_fields) - {"kind"}
    assert allowed_fields("google_business_profile", Purpose.MARKETING, covered=False) is None
