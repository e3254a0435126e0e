import json
from base64 import b64decode
from functools import partial
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.audit.merkle import (
    EMPTY_ROOT,
    CompactRange,
    ProofRefused,
    check_consistency,
    check_inclusion,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root_of,
)

VECTORS = Path(__file__).parents[1] / "data" / "merkle-vectors" / "testdata"
PROBES = sorted(VECTORS.rglob("*.json"))
LEAVES = [leaf_hash(bytes([number])) for number in range(80)]


def definition(leaves: list[bytes]) -> bytes:
    """RFC 6962 2.1 word for word, on leaf hashes."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    middle = 1
    while middle * 2 < len(leaves):
        middle *= 2
    return sha256(b"\x01" + definition(leaves[:middle]) + definition(leaves[middle:])).digest()


def test_all_196_published_probes_are_here() -> None:
    assert len(PROBES) == 196


@pytest.mark.parametrize("probe", PROBES, ids=lambda path: path.relative_to(VECTORS).as_posix())
def test_a_published_probe_is_judged_as_published(probe: Path) -> None:
    given = json.loads(probe.read_text())
    proof = [b64decode(each) for each in given["proof"] or ()]
    if "leafIdx" in given:
        leaf, root = b64decode(given["leafHash"]), b64decode(given["root"])
        check = partial(
            check_inclusion, leaf=leaf, index=given["leafIdx"], size=given["treeSize"], proof=proof, root=root
        )
    else:
        old, new = b64decode(given["root1"]), b64decode(given["root2"])
        sizes = {"old_size": given["size1"], "new_size": given["size2"]}
        check = partial(check_consistency, **sizes, old_root=old, new_root=new, proof=proof)
    if given["wantErr"]:
        with pytest.raises(ProofRefused):
            check()
    else:
        check()


@pytest.mark.parametrize("size", range(70))
def test_the_compact_range_has_the_root_of_the_definition_at_every_size(size: int) -> None:
    assert root_of(LEAVES[:size]) == definition(LEAVES[:size])


def test_the_empty_tree_has_the_root_of_no_data() -> None:
    assert CompactRange().root() == EMPTY_ROOT == sha256(b"").digest()


@given(st.lists(st.integers(0, 30), max_size=6))
def test_appending_in_batches_equals_appending_at_once(batches: list[int]) -> None:
    grown, start = CompactRange(), 0
    for batch in batches:
        leaves = [leaf_hash(number.to_bytes(4, "big")) for number in range(start, start + batch)]
        grown, start = grown.extended(leaves), start + batch
    assert grown == CompactRange().extended(leaf_hash(number.to_bytes(4, "big")) for number in range(start))


@given(st.integers(0, 3000))
def test_a_range_survives_being_stored_as_text(size: int) -> None:
    grown = CompactRange().extended(leaf_hash(number.to_bytes(4, "big")) for number in range(size))
    assert CompactRange.from_hex(grown.size, grown.to_hex()) == grown
    assert len(grown.to_hex()) == size.bit_count() <= 64


@pytest.mark.parametrize(
    "size,hashes",
    [(1, ()), (0, (LEAVES[0],)), (2, (LEAVES[0], LEAVES[1])), (1, (b"short",)), (-1, ()), (2**63, (LEAVES[0],))],
    ids=["too few", "too many", "not merged", "short hash", "negative", "beyond 2^63"],
)
def test_a_range_that_cannot_belong_to_its_size_is_refused(size: int, hashes: tuple[bytes, ...]) -> None:
    with pytest.raises(ValueError, match="compact range"):
        CompactRange(size, hashes)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 33, 64, 65])
def test_every_leaf_can_be_proved_and_no_other_leaf_passes_for_it(size: int) -> None:
    leaves, root = LEAVES[:size], root_of(LEAVES[:size])
    for index in range(size):
        proof = inclusion_proof(leaves, index)
        check_inclusion(leaf=leaves[index], index=index, size=size, proof=proof, root=root)
        with pytest.raises(ProofRefused):
            check_inclusion(leaf=LEAVES[-1], index=index, size=size, proof=proof, root=root)


@pytest.mark.parametrize("new_size", [1, 2, 3, 7, 8, 33, 64, 65])
def test_every_prefix_can_be_proved_and_a_rewritten_one_cannot(new_size: int) -> None:
    leaves, new_root = LEAVES[:new_size], root_of(LEAVES[:new_size])
    for old_size in range(1, new_size + 1):
        proof = consistency_proof(leaves, old_size)
        judged = partial(check_consistency, old_size=old_size, new_size=new_size, new_root=new_root, proof=proof)
        judged(old_root=root_of(leaves[:old_size]))
        with pytest.raises(ProofRefused):
            judged(old_root=root_of([*leaves[: old_size - 1], LEAVES[-1]]))


def test_nothing_is_proved_from_the_empty_tree() -> None:
    with pytest.raises(IndexError):
        consistency_proof(LEAVES[:4], 0)
    with pytest.raises(ProofRefused):
        check_consistency(old_size=0, new_size=4, old_root=EMPTY_ROOT, new_root=root_of(LEAVES[:4]), proof=[])


@pytest.mark.parametrize("index", [-1, 4])
def test_no_proof_exists_outside_of_the_tree(index: int) -> None:
    with pytest.raises(IndexError):
        inclusion_proof(LEAVES[:4], index)
