"""The page of words has every noun of canonical and every state of an action."""

import inspect
import pkgutil
import re
from enum import StrEnum
from types import ModuleType

import pytest

import canonical
from canonical import actions, delivery
from canonical.model import Noun
from tests.docs.pages import read

PAGE = read("docs/vocabulary.md")
MODULES = [pkgutil.resolve_name(f"canonical.{found.name}") for found in pkgutil.iter_modules(canonical.__path__)]


def own(module: ModuleType, kind: type) -> set[str]:
    return {
        name
        for name, found in vars(module).items()
        if inspect.isclass(found)
        and issubclass(found, kind)
        and found.__module__ == module.__name__
        and found is not kind
    }


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_every_noun_is_on_the_page(module: ModuleType) -> None:
    missing = {name for name in own(module, Noun) if f"**{name}**" not in PAGE}
    assert not missing


@pytest.mark.parametrize("module", [actions, delivery])
def test_every_state_and_enum_is_on_the_page(module: ModuleType) -> None:
    for name in own(module, StrEnum):
        assert f"**{name}**" in PAGE
        for value in getattr(module, name):
            assert f"`{value}`" in PAGE, f"{name}.{value}"


def test_every_state_stands_in_the_table_of_states_and_nothing_else_does() -> None:
    table = PAGE.split("## Where an action stands", 1)[1].split("\n**ActionState**", 1)[0]
    first = "".join(line.split("|")[1] for line in table.splitlines() if line.startswith("| `"))
    assert set(re.findall(r"`(\w+)`", first)) == {str(state) for state in actions.ActionState}
