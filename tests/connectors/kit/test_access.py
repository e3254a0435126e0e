"""What a connector is given: one connection, its secrets by reference, and tools that can be swapped."""

import threading
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from canonical.ids import ConnectionId
from canonical.practice import Connection
from canonical.problems import NeedsOperator
from connectors.kit.access import Access, Tools, standard_tools
from connectors.kit.limits import SharedBudget, Unlimited
from connectors.kit.registry import manifest
from connectors.kit.secrets import Secrets, SecretStore
from tests.connectors.contract.subject import CLOCK

KEY = b"an installation key of 32 bytes."


def access(environ: dict[str, str], secret: str = "env:S", **settings: str) -> Access:
    connection = Connection(
        connection_id=ConnectionId("c"), vendor="twilio", account="a", secret=secret, settings=settings
    )

    class Silent:
        def exchange(self, *_: object, **__: object) -> None:
            raise AssertionError

    tools = Tools(CLOCK, Secrets(environ), Silent(), None, lambda _: None)  # type: ignore[arg-type]  # never asked
    return Access(connection, manifest("twilio"), tools)


def test_a_secret_has_fields_or_is_the_one_the_manifest_names_first() -> None:
    whole = access({"S": '{"auth_token": "t", "api_key": "k"}'})
    assert whole.credential("auth_token").get_secret_value() == "t"
    assert whole.optional_credential("api_secret") is None
    assert access({"S": "bare"}).credential("auth_token").get_secret_value() == "bare"
    assert "bare" not in repr(access({"S": "bare"}))


@pytest.mark.parametrize(
    "secret,environ,named",
    [
        ("env:S", {}, "env:S"),
        ("", {}, "names no secret"),
        ("env:S", {"S": '{"other": "x"}'}, "no auth_token"),
        ("pasted", {}, "forms"),
    ],
)
def test_what_is_missing_is_named_and_what_is_there_is_not_shown(
    secret: str, environ: dict[str, str], named: str
) -> None:
    with pytest.raises(NeedsOperator, match=named) as problem:
        access(environ, secret).credential("auth_token")
    assert problem.value.next_step
    assert "pasted" not in f"{problem.value}{problem.value.next_step}"


def test_a_setting_may_be_a_reference(tmp_path: Path) -> None:
    (tmp_path / "url").write_text("https://elsewhere.example\n")
    opened = access({"URL": "http://127.0.0.1:9"}, base_url="env:URL", other=f"file:{tmp_path / 'url'}", plain="p")
    assert opened.setting("base_url") == "http://127.0.0.1:9"
    assert opened.setting("other") == "https://elsewhere.example"
    assert (opened.setting("plain"), opened.setting("absent", "d"), opened.setting("absent")) == ("p", "d", "")
    with pytest.raises(NeedsOperator, match="NOT_SET"):
        access({}, base_url="env:NOT_SET").setting("base_url")


def test_an_installations_tools_keep_their_files_private_and_stop_when_told(tmp_path: Path) -> None:
    stopping = threading.Event()
    tools = standard_tools(tmp_path, CLOCK, KEY, stopping=stopping)
    assert {path.name for path in tmp_path.iterdir()} == {"secrets", "budgets"}
    assert all(path.stat().st_mode & 0o077 == 0 for path in tmp_path.iterdir())
    stopping.set()
    assert tools.pause(3600) is True
    assert tools.budgets is not None
    tools.budgets.close()


def test_a_budget_is_the_accounts_and_nothing_is_limited_without_one(tmp_path: Path) -> None:
    opened = access({"S": "t"})
    assert isinstance(opened.budget(), Unlimited)
    tools = standard_tools(tmp_path, CLOCK, KEY)
    first = Access(opened.connection, opened.manifest, tools)
    second = Access(opened.connection.model_copy(update={"connection_id": ConnectionId("d")}), opened.manifest, tools)
    assert isinstance(first.budget(), SharedBudget)
    assert first.budget() is second.budget()
    assert tools.budgets is not None
    tools.budgets.close()


def test_a_stored_secret_that_does_not_open_needs_an_operator(tmp_path: Path) -> None:
    SecretStore(tmp_path, KEY).write("podium", SecretStr("token"))
    opened = access({}, "store:podium")
    wrong = replace(opened.tools, secrets=Secrets({}, SecretStore(tmp_path, b"another key of thirty-two bytes!")))
    with pytest.raises(NeedsOperator, match="does not open"):
        replace(opened, tools=wrong).credential("auth_token")
