"""Yesterday's backup is restored: nothing is written until a person adopts it, and nothing forgotten is ever sent again."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from canonical.actions import Action, SubjectKind
from canonical.ids import ActionId, ContentHash, PracticeId, Prefix, derived_id
from canonical.owed import Change, ChangeKind
from canonical.practice import Channel
from canonical.problems import LedgerDuplicate, LedgerError, LedgerReadOnly
from ledger import audit_log
from ledger.actions import apply_changes
from ledger.adopt import Adopted, Evidence, Proven, adopt
from ledger.audit.notes import KeyRing, NoteRefused, Signer
from ledger.checkpoint_folder import CheckpointFolder
from ledger.lost_time import Lost, lost_time, may_have_been_sent
from ledger.store import Store, embedded
from tests.journeys_fixture import TREATMENT
from tests.ledger.test_audit_log import RING, SIGNER, happen

YESTERDAY = datetime(2026, 11, 1, 6, 30, tzinfo=UTC)
NOW = YESTERDAY + timedelta(days=1)
STATES = {
    "a-due": "planned",
    "a-ready": "cleared",
    "a-blocked": "blocked",
    "a-approval": "awaiting_approval",
    "a-unsent": "not_sent",
    "a-inflight": "claimed",
    "a-doubt": "ambiguous",
}


def _open_action(action_id: str, state: str, due_at: datetime) -> dict[str, object]:
    return {
        "action_id": action_id,
        "state": state,
        "due_at": due_at,
        "step": "3.2",
        "subject_id": f"v-{action_id}",
        "facts": "{}",
    }


def attempt_of(action_id: str) -> str:
    """The id of an action's first attempt."""
    return derived_id(Prefix.ATTEMPT, action_id, "1")


@pytest.fixture
def folder(tmp_path: Path) -> CheckpointFolder:
    """Where the checkpoints went."""
    return CheckpointFolder(tmp_path / "off-the-box" / "lumen")


@pytest.fixture
def restored(ledger: Store, folder: CheckpointFolder, tmp_path: Path) -> Store:
    """A ledger whose last day was lost: two checkpoints were signed in it."""
    store = embedded(ledger.path, "lumen", ledger.place.keys()[0], folder)  # type: ignore[attr-defined] # a file has keys
    happen(store, 3, at=YESTERDAY)
    audit_log.sign(store, SIGNER, folder, YESTERDAY)
    with store.writing(business_now=YESTERDAY) as session:
        due = YESTERDAY + timedelta(hours=3)
        session.insert("open_actions", [_open_action(action, state, due) for action, state in STATES.items()])
        session.insert("open_actions", [_open_action("a-early", "planned", NOW + timedelta(days=3))])
        session.insert("open_actions", [_open_action("a-future", "planned", NOW + timedelta(days=3))])
    shutil.copy(store.path, tmp_path / "backup")
    for _ in range(2):
        happen(store, 4, at=NOW)
        audit_log.sign(store, SIGNER, folder, NOW)
    shutil.copy(tmp_path / "backup", store.path)
    return store


def _adopt(store: Store, folder: CheckpointFolder, *proven: str, ring: KeyRing = RING) -> Adopted:
    attempts = tuple(Proven(attempt, f"SM-{attempt}", NOW - timedelta(hours=2)) for attempt in proven)
    return adopt(store, Evidence(folder.notes(), ring, attempts), SIGNER, folder, user="u-officer", now=NOW)


def _states(store: Store) -> dict[str, str]:
    with store.reading() as session:
        return {row["action_id"]: row["state"] for row in session.rows("every_open_action")}


def test_before_it_is_adopted_nothing_can_be_claimed(restored: Store) -> None:
    with pytest.raises(LedgerReadOnly), restored.writing():
        pass


def test_after_it_is_adopted_what_may_have_been_sent_is_left_to_a_person(
    restored: Store, folder: CheckpointFolder
) -> None:
    done = _adopt(restored, folder)
    assert _states(restored) == {
        "a-doubt": "ambiguous",
        "a-inflight": "claimed",
        "a-early": "planned",
        "a-future": "planned",
    }
    assert (done.checkpoints, done.dropped, done.lost_from, done.lost_until) == (2, 5, YESTERDAY, NOW)
    with restored.reading() as session:
        assert lost_time(session) == (Lost(YESTERDAY, NOW),)
        (task,) = session.rows("open_tasks")
        assert task["urgent"]
        assert "2026-11-01T06:30:00.000Z and 2026-11-02T06:30:00.000Z" in task["title"]


def test_the_adopted_ledger_verifies_and_goes_on(restored: Store, folder: CheckpointFolder) -> None:
    _adopt(restored, folder)
    happen(restored, 40, at=NOW)
    audit_log.sign(restored, SIGNER, folder, NOW)
    found = audit_log.verify(restored, folder.notes(), RING)
    assert found.ok, found.summary
    assert len(found.adopted) == 2


def test_a_proven_attempt_is_never_claimed_again(restored: Store, folder: CheckpointFolder) -> None:
    """Of an action the ledger knows, and of one that was planned in the lost time only and comes back with the next pull."""
    done = _adopt(restored, folder, attempt_of("a-early"), attempt_of("a-planned-later"))
    assert done.proven == 2
    assert "a-early" not in _states(restored)
    with pytest.raises(LedgerDuplicate), restored.writing() as session:
        session.insert("attempts", [{"attempt_id": attempt_of("a-planned-later")}])


def test_an_attempt_the_backup_still_knows_is_not_counted_twice(restored: Store, folder: CheckpointFolder) -> None:
    with restored.place.opened(read_only=False) as cursor:
        cursor.execute("INSERT INTO attempts (attempt_id) VALUES ('at-known')")
    assert _adopt(restored, folder, "at-known").proven == 0


def test_a_checkpoint_that_no_trusted_key_signed_is_not_excused(restored: Store, folder: CheckpointFolder) -> None:
    stranger = KeyRing.of(Signer.from_seed("glowline/lumen", b"x" * 32).key)
    with pytest.raises(NoteRefused):
        _adopt(restored, folder, ring=stranger)
    assert len(_states(restored)) == len(STATES) + 2
    with pytest.raises(LedgerReadOnly), restored.writing():
        pass


def test_a_ledger_that_lost_nothing_is_not_adopted(ledger: Store, folder: CheckpointFolder) -> None:
    happen(ledger, 3, at=YESTERDAY)
    audit_log.sign(ledger, SIGNER, folder, YESTERDAY)
    with pytest.raises(LedgerError, match="nothing to adopt"):
        _adopt(ledger, folder)


def test_a_second_loss_is_adopted_like_the_first(restored: Store, folder: CheckpointFolder, tmp_path: Path) -> None:
    _adopt(restored, folder)
    shutil.copy(restored.path, tmp_path / "second")
    happen(restored, 5, at=NOW + timedelta(hours=1))
    audit_log.sign(restored, SIGNER, folder, NOW + timedelta(hours=1))
    shutil.copy(tmp_path / "second", restored.path)
    happens_nothing = pytest.raises(LedgerReadOnly)
    with happens_nothing:
        happen(restored, at=NOW + timedelta(hours=2))
    later = Evidence(folder.notes(), RING)
    adopt(restored, later, SIGNER, folder, user="u-officer", now=NOW + timedelta(hours=2))
    happen(restored, 60, at=NOW + timedelta(hours=3))
    audit_log.sign(restored, SIGNER, folder, NOW + timedelta(hours=3))
    assert audit_log.verify(restored, folder.notes(), RING).ok


def test_a_crash_while_adopting_leaves_it_to_be_adopted(
    restored: Store, folder: CheckpointFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("ledger.adopt._tell", fails)
    with pytest.raises(KeyboardInterrupt):
        _adopt(restored, folder)
    monkeypatch.undo()
    assert len(_states(restored)) == len(STATES) + 2
    assert _adopt(restored, folder).dropped == 5


def _owed(action_id: str, due_at: datetime) -> Change:
    action = Action(
        action_id=ActionId(action_id),
        practice_id=PracticeId("lumen"),
        step="3.2-reminder-24h",
        row="3.2",
        subject_kind=SubjectKind.VISIT,
        subject_id=f"v-{action_id}",
        occurrence=1,
        channel=Channel.SMS,
        command="send_sms",
        labels=TREATMENT,
        template="reminder-24h",
        due_at=due_at,
        expires_at=due_at + timedelta(hours=20),
        journeys=ContentHash("0" * 64),
    )
    return Change(ChangeKind.PLAN, action, None, "owed")


def test_what_the_next_pull_finds_owed_in_the_lost_time_is_left_to_a_person(
    restored: Store, folder: CheckpointFolder
) -> None:
    """A visit booked after the backup comes back with the next pull; whether its confirmation went out, nobody here knows."""
    _adopt(restored, folder)
    changes = [_owed("a-lost", NOW - timedelta(hours=5)), _owed("a-next", NOW + timedelta(hours=5))]
    with restored.writing(business_now=NOW) as session:
        apply_changes(session, changes, NOW, "run-1")
    states = _states(restored)
    assert "a-lost" not in states
    assert states["a-next"] == "planned"
    with restored.writing(business_now=NOW) as session:
        assert apply_changes(session, changes[:1], NOW, "run-2") == {"stale": 1}
    assert "a-lost" not in _states(restored)


def test_lost_time_begins_after_what_the_file_knew_and_ends_with_the_adoption() -> None:
    lost = [Lost(YESTERDAY, NOW), Lost(None, YESTERDAY - timedelta(days=9))]
    second = timedelta(seconds=1)
    asked = [
        YESTERDAY,
        YESTERDAY + second,
        NOW,
        NOW + second,
        YESTERDAY - timedelta(days=10),
        YESTERDAY - timedelta(days=8),
    ]
    assert [may_have_been_sent(lost, due_at) for due_at in asked] == [False, True, True, False, True, False]
