"""References that lead somewhere, and a store that keeps what it is given and shows it to nobody."""

import threading
from pathlib import Path

import pytest
from pydantic import SecretStr

from connectors.kit.secrets import SecretMissing, Secrets, SecretStore, StoreUnreadable, fields_of

KEY = b"an installation key of 32 bytes."
SECRET = SecretStr("the refresh token of lumen")


@pytest.fixture
def store(tmp_path: Path) -> SecretStore:
    return SecretStore(tmp_path / "secrets", KEY)


def test_what_is_written_is_read_again_and_lies_sealed(store: SecretStore, tmp_path: Path) -> None:
    store.write("podium/lumen", SECRET)
    again = SecretStore(tmp_path / "secrets", KEY).read("podium/lumen")
    assert again is not None
    assert again.get_secret_value() == SECRET.get_secret_value()
    [file] = (tmp_path / "secrets").iterdir()
    assert b"refresh" not in file.read_bytes()
    assert "podium" not in file.name
    assert file.stat().st_mode & 0o077 == 0
    assert (tmp_path / "secrets").stat().st_mode & 0o077 == 0


def test_the_same_secret_is_never_sealed_the_same_twice(store: SecretStore, tmp_path: Path) -> None:
    store.write("a", SECRET)
    first = next((tmp_path / "secrets").iterdir()).read_bytes()
    store.write("a", SECRET)
    assert next((tmp_path / "secrets").iterdir()).read_bytes() != first


def test_another_key_opens_nothing_and_names_what_it_could_not_open(store: SecretStore, tmp_path: Path) -> None:
    store.write("podium/lumen", SECRET)
    with pytest.raises(StoreUnreadable, match="podium/lumen") as problem:
        SecretStore(tmp_path / "secrets", b"another key of thirty-two bytes!").read("podium/lumen")
    assert problem.value.next_step


def test_an_entry_that_was_changed_or_swapped_does_not_open(store: SecretStore, tmp_path: Path) -> None:
    store.write("a", SECRET)
    [file] = (tmp_path / "secrets").iterdir()
    whole = file.read_bytes()
    store.write("b", SECRET)
    for spoiled in (whole[:-1], whole[:10], b"", whole[:4] + b"\0" + whole[5:], b"XXXX" + whole[4:]):
        file.write_bytes(spoiled)
        with pytest.raises(StoreUnreadable):
            store.read("a")
    other = next(each for each in (tmp_path / "secrets").iterdir() if each != file)
    file.write_bytes(other.read_bytes())
    with pytest.raises(StoreUnreadable):
        store.read("a")


def test_a_key_too_short_to_be_one_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreUnreadable):
        SecretStore(tmp_path / "secrets", b"short")


def test_whoever_replaces_a_secret_has_it_alone(store: SecretStore) -> None:
    inside: list[str] = []
    entered, leave = threading.Event(), threading.Event()

    def first() -> None:
        with store.exclusive("a"):
            inside.append("first in")
            entered.set()
            leave.wait(timeout=10)
            inside.append("first out")

    def second() -> None:
        entered.wait(timeout=10)
        with store.exclusive("a"):
            inside.append("second in")

    threads = [threading.Thread(target=work) for work in (first, second)]
    for thread in threads:
        thread.start()
    entered.wait(timeout=10)
    leave.set()
    for thread in threads:
        thread.join(timeout=10)
    assert inside == ["first in", "first out", "second in"]


def test_references_lead_to_the_environment_a_file_and_the_store(store: SecretStore, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("from a file\n")
    store.write("name", SecretStr("from the store"))
    secrets = Secrets({"TOKEN": "from the environment"}, store)
    found = [secrets.read(each) for each in ("env:TOKEN", f"file:{tmp_path / 'token'}", "store:name")]
    assert [each.get_secret_value() for each in found] == ["from the environment", "from a file", "from the store"]
    assert "from" not in repr(found)


@pytest.mark.parametrize("reference", ["env:NOT_SET", "env:EMPTY", "file:/nowhere/token", "store:nobody"])
def test_a_reference_that_leads_nowhere_is_named_with_what_to_do(store: SecretStore, reference: str) -> None:
    with pytest.raises(SecretMissing, match=reference.partition(":")[2]) as missing:
        Secrets({"EMPTY": ""}, store).read(reference)
    assert missing.value.next_step
    assert missing.value.__context__ is None or not str(missing.value.__context__).count("secret")


def test_a_secret_pasted_where_a_reference_belongs_is_not_repeated() -> None:
    for pasted in ("sk_live_very_secret", "password:very_secret", ""):
        with pytest.raises(SecretMissing) as missing:
            Secrets({}).read(pasted)
        assert "very_secret" not in f"{missing.value!r}{missing.value.next_step}"


def test_a_secret_is_one_value_or_a_json_object_of_several() -> None:
    assert fields_of(SecretStr("plain"), "token").keys() == {"token"}
    assert fields_of(SecretStr('{"a": "1", "b": 2}'), "token").keys() == {"a"}
    assert fields_of(SecretStr('["a"]'), "token").keys() == {"token"}
