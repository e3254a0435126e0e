"""REV-10 over a real ledger: invitations of last month, by the score somebody gave."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from canonical.actions import Outcome
from canonical.policy import ReviewInvites, ReviewMode
from canonical.practice import Practice
from ledger.pauses import release_pause
from ledger.store import Store
from pipelines.outbox.invitations import MONTH, STILL_COMING, invitations, watch_invitations
from settings.installation import SHIPPED
from settings.practice import load_practice
from tests.pipelines.policy.world import NOON

INVITES = ReviewInvites(mode=ReviewMode.SURVEY_THEN_EVERYONE)
LAST_MONTH = NOON - STILL_COMING - timedelta(days=2)


def answered(store: Store, score: int, many: int, invited: int, at: object = LAST_MONTH) -> None:
    """So many visits with that score, and so many of them with a link."""
    visits = [f"v-{score}-{number}" for number in range(many)]
    with store.writing(business_now=NOON) as session:
        session.insert("survey_answers", [{"visit_id": visit, "score": score, "answered_at": at} for visit in visits])
        session.insert(
            "closed_actions",
            [
                {
                    "action_id": f"a-{visit}",
                    "subject_id": visit,
                    "purpose": "review_request",
                    "state": "sent" if number < invited else "blocked",
                }
                for number, visit in enumerate(visits)
            ],
        )


def said(store: Store) -> tuple[Outcome, str] | None:
    with store.reading() as session:
        answer = invitations(session, INVITES, NOON)
    return (answer.outcome, answer.reason) if answer else None


def test_rev_10_sees_that_low_scores_were_not_invited(ledger: Store) -> None:
    answered(ledger, 10, 20, 20)
    answered(ledger, 3, 20, 4)
    assert said(ledger) == (Outcome.NEED_APPROVAL, "Invitation rates differ by score; something upstream is filtering.")


def test_rev_10_is_content_when_all_were_invited_alike(ledger: Store) -> None:
    answered(ledger, 9, 20, 15)
    answered(ledger, 6, 20, 14)
    answered(ledger, 7, 20, 0)
    assert said(ledger) == (Outcome.ALLOW, ""), "a seven is neither"


def test_rev_10_says_when_too_few_answered(ledger: Store) -> None:
    answered(ledger, 10, 2, 2)
    answered(ledger, 1, 1, 0)
    assert said(ledger) == (Outcome.ALLOW_WITH_RISK, "Too few surveyed people to compare invitation rates by score: 3.")


@pytest.mark.parametrize(
    "ago",
    [timedelta(days=1), STILL_COMING + MONTH + timedelta(days=1)],
    ids=["still to be invited", "older than a month"],
)
def test_rev_10_looks_at_the_month_that_is_over(ledger: Store, ago: timedelta) -> None:
    answered(ledger, 10, 20, 20, NOON - ago)
    answered(ledger, 3, 20, 0, NOON - ago)
    assert said(ledger) is None


def test_rev_10_a_corrected_score_counts_once(ledger: Store) -> None:
    answered(ledger, 3, 1, 1)
    with ledger.writing(business_now=NOON) as session:
        session.insert("survey_answers", [{"visit_id": "v-3-0", "score": 8, "answered_at": LAST_MONTH}])
    assert said(ledger) is None, "an eight is neither, and the three was a slip"


@pytest.fixture(scope="module")
def lumen() -> Practice:
    """The demo practice."""
    return load_practice(SHIPPED / "demo" / "lumen", SHIPPED).practice


def watched(store: Store, practice: Practice, invites: ReviewInvites = INVITES, now: datetime = NOON) -> int:
    return watch_invitations(store, practice, invites, ZoneInfo("America/New_York"), now)


def paused(store: Store) -> list[tuple[str, str, str]]:
    with store.reading() as session:
        return [(row["scope"], row["value"], row["who"]) for row in session.rows("pauses_in_force", now=NOON)]


def test_rev_10_pauses_the_invitations_once_a_month_and_asks_somebody_to_look(ledger: Store, lumen: Practice) -> None:
    answered(ledger, 10, 20, 20)
    answered(ledger, 3, 20, 4)
    assert watched(ledger, lumen) == 1
    assert paused(ledger) == [("row", "6.2", "glowline:REV-10")]
    with ledger.reading() as session:
        assert [task["kind"] for task in session.rows("open_tasks")] == ["other"]
        (pause,) = session.rows("pauses_in_force", now=NOON)
    with ledger.writing(business_now=NOON) as session:
        assert release_pause(session, pause["pause_id"], who="dana", now=NOON)
    assert watched(ledger, lumen, now=NOON + timedelta(days=3)) == 0
    assert paused(ledger) == [], "who released it has looked; the next month is another"


@pytest.mark.parametrize("mode", [mode for mode in ReviewMode if mode is not ReviewMode.SURVEY_THEN_EVERYONE])
def test_rev_10_pauses_nothing_where_no_score_is_asked_or_somebody_took_the_risk(
    ledger: Store, lumen: Practice, mode: ReviewMode
) -> None:
    answered(ledger, 10, 20, 20)
    answered(ledger, 3, 20, 0)
    assert watched(ledger, lumen, ReviewInvites(mode=mode)) == 0
    assert paused(ledger) == []


def test_rev_10_pauses_nothing_when_all_were_invited_alike(ledger: Store, lumen: Practice) -> None:
    answered(ledger, 10, 20, 20)
    answered(ledger, 3, 20, 20)
    assert watched(ledger, lumen) == 0
    assert paused(ledger) == []
