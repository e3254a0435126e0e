import json
from decimal import Decimal
from itertools import pairwise

import pytest
from pydantic import ValidationError

from canonical.actions import ActionState
from ledger.audit.append import AuditHead, append_bodies
from ledger.audit.chain import GENESIS, entry_hash
from ledger.audit.events import REQUIRED, AuditBody, AuditTag
from ledger.audit.merkle import leaf_hash, root_of
from tests.ledger.audit.sample_log import AT, body

GOOD: dict[str, object] = {"tag": "practice:pause:set", "at": AT, "practice": "demo", "subject_id": "demo"}


@pytest.mark.parametrize("tag", AuditTag)
def test_a_tag_parses_itself_and_says_what_it_means(tag: AuditTag) -> None:
    again = AuditTag(str(tag))
    assert again is tag
    assert f"{again.subject}:{again.thing}:{again.verb}" == tag.value
    assert tag.value.replace(":", "").replace("_", "").isalpha()
    assert tag.meaning.endswith(".")


def test_no_two_tags_mean_the_same() -> None:
    assert len({tag.meaning for tag in AuditTag}) == len(AuditTag)


@pytest.mark.parametrize(
    "state",
    set(ActionState) - {ActionState.CLEARED, ActionState.DELAYED, ActionState.AWAITING_APPROVAL, ActionState.BLOCKED},
)
def test_every_state_an_action_can_reach_has_its_event(state: ActionState) -> None:
    """The four left out are answers of the policy: `action:verdict:decided` names the verdict that holds them."""
    assert state.value in {tag.verb for tag in AuditTag if tag.subject == "action"}


@pytest.mark.parametrize("tag", REQUIRED)
def test_an_event_without_what_its_readers_need_is_refused(tag: AuditTag) -> None:
    refs, counts = REQUIRED[tag]
    whole = GOOD | {"tag": tag, "refs": dict.fromkeys(refs, "x"), "counts": dict.fromkeys(counts, 1)}
    AuditBody.model_validate(whole)
    with pytest.raises(ValidationError, match="needs"):
        AuditBody.model_validate(whole | {"refs": {}, "counts": {}})


@pytest.mark.parametrize(
    "value",
    [
        "+15555550100",
        "+1-555-555-0100",
        "(555)555-0100",
        "555-555-0100",
        "5555550100",
        "15555550100",
        "tel:5555550100",
        "mail@demo.example",
        "mailto:mail@demo.example",
        "Jennifer Doe",
        "Jennifer\n",
        "",
        "é",
        "x" * 257,
    ],
)
@pytest.mark.parametrize("place", ["refs", "subject_id", "practice"])
def test_what_looks_like_a_person_is_refused_and_not_quoted(place: str, value: str) -> None:
    given = {**GOOD, place: {"user": value} if place == "refs" else value}
    with pytest.raises(ValidationError) as refused:
        AuditBody.model_validate(given)
    assert len(value) < 2 or value not in str(refused.value)


@pytest.mark.parametrize(
    "value",
    [
        "p-abcdefgh234567ab",
        "0123456789012345678901234567890123456789012345678901234567890123",
        "12345678-1234-5678-9012-123456789012",
        "TCPA-06",
        "2026-11-01T08:00:00.000Z",
        "2026-11-01",
        "SM00000000000000000000000000000000",
        "journeys/2.5.yaml",
    ],
)
def test_ids_hashes_codes_and_instants_are_accepted(value: str) -> None:
    assert AuditBody.model_validate(GOOD | {"refs": {"seen": value}}).refs == {"seen": value}


@pytest.mark.parametrize("count", [1.0, 1.5, True, "1", Decimal(1), 2**53, -(2**53)])
def test_a_count_is_a_whole_number_that_every_language_can_hold(count: object) -> None:
    with pytest.raises(ValidationError):
        AuditBody.model_validate(GOOD | {"counts": {"read": count}})


@pytest.mark.parametrize(
    "at",
    [
        "2026-11-01T08:00:00Z",
        "2026-11-01T08:00:00.000+00:00",
        "2026-13-01T08:00:00.000Z",
        "2026-02-30T08:00:00.000Z",
        "2026-11-01 08:00:00.000Z",
    ],
)
def test_an_instant_is_written_in_one_way(at: str) -> None:
    with pytest.raises(ValidationError):
        AuditBody.model_validate(GOOD | {"at": at})


@pytest.mark.parametrize(
    "extra", [{"note": "free text"}, {"v": 2}, {"tag": "practice:pause:forgotten"}, {"refs": {"User": "x"}}]
)
def test_nothing_else_fits_into_a_body(extra: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        AuditBody.model_validate(GOOD | extra)


def test_a_body_survives_being_stored() -> None:
    written = body(3).encoded()
    assert AuditBody.decoded(written) == body(3)
    assert list(json.loads(written)) == ["at", "counts", "practice", "refs", "subject_id", "tag", "v"]


def test_a_thousand_bodies_are_appended_in_one_go_and_the_old_head_stays_as_it_was() -> None:
    before = append_bodies(AuditHead(), [body(1)])[0]
    after, entries = append_bodies(before, [body(number) for number in range(2, 1002)])
    assert (before.seq, after.seq, [entry.seq for entry in entries]) == (1, 1001, list(range(2, 1002)))
    assert entries[0].prev_hash == before.last_hash
    assert all(later.prev_hash == earlier.hash for earlier, later in pairwise(entries))
    assert after.last_hash == entries[-1].hash == entry_hash(entries[-1].prev_hash, entries[-1].body)
    assert after.tree.root() == root_of(leaf_hash(body(number).encoded()) for number in range(1, 1002))


def test_appending_nothing_changes_nothing() -> None:
    head = append_bodies(AuditHead(), [body(1)])[0]
    assert append_bodies(head, []) == (head, [])
    assert AuditHead().last_hash == GENESIS


def test_a_head_whose_parts_do_not_belong_together_is_refused() -> None:
    head = append_bodies(AuditHead(), [body(1)])[0]
    for seq, last_hash, tree in [
        (2, head.last_hash, head.tree),
        (1, GENESIS, head.tree),
        (0, head.last_hash, AuditHead().tree),
        (1, b"short", head.tree),
    ]:
        with pytest.raises(ValueError, match="audit head"):
            AuditHead(seq, last_hash, tree)
