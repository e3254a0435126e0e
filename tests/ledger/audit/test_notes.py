import json
import re
from base64 import b64decode, b64encode
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from canonical.problems import LedgerReadOnly
from ledger.audit.append import AuditHead, append_encoded
from ledger.audit.checkpoints import (
    Checkpoint,
    note_name,
    open_checkpoint,
    prove_growth,
    read_checkpoint,
    sign_checkpoint,
)
from ledger.audit.merkle import leaf_hash, root_of
from ledger.audit.notes import KeyRing, NoteRefused, Signer, VerifierKey, parse_note
from tests.ledger.audit.sample_log import INTRUDER, NEW, OLD, ORIGIN, sample_log
from tests.shared_data import shared

GOLDEN = json.loads((Path(__file__).parents[1] / "data" / "checkpoint-vector.computed.json").read_text())
NOTE = OLD.sign("one\n\ntwo\n").encode()


def golden_head() -> AuditHead:
    return append_encoded(AuditHead(), [body.encode() for body in GOLDEN["bodies"]])[0]


def test_the_golden_checkpoint_is_signed_byte_for_byte() -> None:
    signer = Signer.from_seed(GOLDEN["origin"], bytes(range(32)))
    assert b64encode(signer.key.public_key).decode() == GOLDEN["public_key_b64"]
    assert signer.key.id.hex() == GOLDEN["key_id_hex"]
    assert [leaf_hash(body.encode()).hex() for body in GOLDEN["bodies"]] == GOLDEN["leaf_hex"]
    assert b64encode(root_of(bytes.fromhex(leaf) for leaf in GOLDEN["leaf_hex"])).decode() == GOLDEN["root_b64"]
    assert sign_checkpoint(golden_head(), signer) == GOLDEN["checkpoint_note"]


def test_the_golden_checkpoint_opens_with_its_published_key() -> None:
    key = VerifierKey(GOLDEN["origin"], b64decode(GOLDEN["public_key_b64"]))
    opened = open_checkpoint(GOLDEN["checkpoint_note"].encode(), KeyRing.of(key), origin=GOLDEN["origin"])
    assert opened == Checkpoint(GOLDEN["origin"], 7, b64decode(GOLDEN["root_b64"]))


def test_the_example_of_the_specification_verifies() -> None:
    words = shared("vendors", "payloads", "audit", "c2sp", "signed-note.md").read_text()
    example = words[words.index("### Example") :]
    vkey = re.search(r"^ +(example\.com/foo\+\S+)$", example, re.MULTILINE)
    note = re.search(r"```\n(This is an example message\.\n.+?)```", example, re.DOTALL)
    assert vkey is not None
    assert note is not None
    key = VerifierKey.from_vkey(vkey[1])
    assert key.vkey() == vkey[1]
    assert KeyRing.of(key).open(note[1].encode()).text == "This is an example message.\n"


def test_a_note_keeps_empty_lines_in_its_text() -> None:
    assert KeyRing.of(OLD.key).open(NOTE).text == "one\n\ntwo\n"


@given(st.data())
def test_any_changed_byte_of_a_note_is_noticed(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(NOTE) - 1))
    other = data.draw(st.integers(0, 255).filter(lambda value: value != NOTE[at]))
    with pytest.raises(NoteRefused):
        KeyRing.of(OLD.key).open(NOTE[:at] + bytes([other]) + NOTE[at + 1 :])


@pytest.mark.parametrize("length", range(len(NOTE)))
def test_a_truncated_note_is_refused(length: int) -> None:
    with pytest.raises(NoteRefused):
        KeyRing.of(OLD.key).open(NOTE[:length])


@pytest.mark.parametrize(
    "data,told",
    [
        (b"\xff\n\n\xe2\x80\x94 a b\n", "UTF-8"),
        (b"text\n", "no signatures"),
        ("a\tb\n\n— name AAAAAAA=\n".encode(), "control characters"),
        (b"text\n\n- name AAAAAAA=\n", "signature line"),
        ("text\n\n— na+me AAAAAAA=\n".encode(), "signature line"),
        ("text\n\n— name AAAAAA==\n".encode(), "too short"),
        ("text\n\n— name AAAAAB==\n".encode(), "base64"),
        (b"x" * 70_000, "longer than"),
        (b"text\n\n" + "— name AAAAAAA=\n".encode() * 17, "more than 16"),
    ],
)
def test_what_is_not_a_note_is_refused_with_the_reason(data: bytes, told: str) -> None:
    with pytest.raises(NoteRefused, match=told):
        parse_note(data)


def test_sixteen_signatures_are_read() -> None:
    assert len(parse_note(b"text\n\n" + "— name AAAAAAA=\n".encode() * 16).signatures) == 16


def test_signatures_of_unknown_keys_are_ignored_beside_a_known_one() -> None:
    stranger = NEW.sign("one\n\ntwo\n").rpartition("\n\n")[2]
    assert KeyRing.of(OLD.key).open(NOTE + stranger.encode()).text == "one\n\ntwo\n"
    with pytest.raises(NoteRefused, match="no known key"):
        KeyRing.of(INTRUDER.key).open(NOTE + stranger.encode())


def test_a_known_key_that_did_not_sign_spoils_the_note_even_beside_a_good_signature() -> None:
    ring = KeyRing.of(OLD.key).with_keys(NEW.key)
    forged = NEW.sign("other text\n").rpartition("\n\n")[2]
    with pytest.raises(NoteRefused, match="forged or damaged"):
        ring.open(NOTE + forged.encode())


def test_a_key_of_the_same_name_is_told_apart_by_its_id() -> None:
    assert OLD.key.name == NEW.key.name
    assert OLD.key.id != NEW.key.id
    with pytest.raises(NoteRefused, match="no known key"):
        KeyRing.of(NEW.key).open(NOTE)


@pytest.mark.parametrize(
    "vkey", ["", "name", "name+00000000+AAAA", "na me+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"]
)
def test_a_damaged_verifier_key_is_refused(vkey: str) -> None:
    with pytest.raises(NoteRefused):
        VerifierKey.from_vkey(vkey)


def test_the_id_in_a_verifier_key_has_to_fit() -> None:
    with pytest.raises(NoteRefused, match="does not belong"):
        VerifierKey.from_vkey(OLD.key.vkey().replace(OLD.key.id.hex(), "00000000"))


def test_a_signer_never_shows_its_secret() -> None:
    assert bytes(range(32)).hex() not in repr(OLD)
    assert "private_bytes" not in repr(OLD)


@pytest.mark.parametrize("text", ["no newline", "tab\t\n", ""])
def test_text_a_note_cannot_carry_is_not_signed(text: str) -> None:
    with pytest.raises(NoteRefused):
        OLD.sign(text)


ROOT = b64encode(bytes(32)).decode()


@pytest.mark.parametrize(
    "text",
    [
        f"{ORIGIN}\n07\n{ROOT}\n",
        f"{ORIGIN}\n-1\n{ROOT}\n",
        f"{ORIGIN}\n7\n{ROOT}\nextension\n",
        f"{ORIGIN}\n7\n{b64encode(bytes(31)).decode()}\n",
        f"{ORIGIN}\n7\n{ROOT[:-2]}B=\n",
        f"\n7\n{ROOT}\n",
        f"{ORIGIN}\n7\n",
    ],
)
def test_a_checkpoint_is_three_exact_lines(text: str) -> None:
    with pytest.raises(NoteRefused):
        read_checkpoint(OLD.sign(text).encode())


def test_an_empty_log_can_be_signed() -> None:
    assert read_checkpoint(sign_checkpoint(AuditHead(), OLD).encode()) == Checkpoint.of(AuditHead(), ORIGIN)


def test_a_checkpoint_of_another_log_is_refused() -> None:
    with pytest.raises(NoteRefused, match="another log"):
        open_checkpoint(sign_checkpoint(AuditHead(), OLD).encode(), KeyRing.of(OLD.key), origin="other.example/audit")


def test_exported_names_sort_by_size_and_differ_by_root() -> None:
    small, large = Checkpoint(ORIGIN, 9, bytes(32)), Checkpoint(ORIGIN, 10, bytes(32))
    assert note_name(small) < note_name(large)
    assert note_name(small) != note_name(Checkpoint(ORIGIN, 9, b"\x01" * 32))


def heads() -> tuple[AuditHead, list[bytes], AuditHead]:
    bodies = sample_log().bodies()
    then = append_encoded(AuditHead(), bodies[:8])[0]
    return then, bodies[8:], append_encoded(then, bodies[8:])[0]


def test_growth_is_proved_before_signing() -> None:
    then, since, now = heads()
    prove_growth(signed=Checkpoint.of(then, ORIGIN), then=then, since=iter(since), now=now)
    prove_growth(signed=Checkpoint.of(AuditHead(), ORIGIN), then=AuditHead(), since=sample_log().bodies(), now=now)


def test_growth_over_many_entries_is_read_in_batches() -> None:
    bodies = [b"%d" % number for number in range(2501)]
    now = append_encoded(AuditHead(), bodies)[0]
    prove_growth(signed=Checkpoint.of(AuditHead(), ORIGIN), then=AuditHead(), since=iter(bodies), now=now)


def test_nothing_is_signed_that_contradicts_what_was_signed() -> None:
    then, since, now = heads()
    signed = Checkpoint.of(then, ORIGIN)
    other = append_encoded(AuditHead(), [b"other"] * 8)[0]
    cases: list[tuple[str, AuditHead, list[bytes], AuditHead]] = [
        ("is not the one that was signed", other, since, now),
        ("before its newest checkpoint", then, [], append_encoded(AuditHead(), [b"a"])[0]),
        ("do not lead to", then, since[1:], now),
        ("entries after 8 do not", then, [b"edited", *since[1:]], now),
    ]
    for told, start, bodies, end in cases:
        with pytest.raises(LedgerReadOnly, match=told):
            prove_growth(signed=signed, then=start, since=bodies, now=end)
