"""YAML with a memory of where everything stood. Scalars stay text: `no` is a code a vendor writes, not a truth value."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Literal

import yaml

from canonical.problems import SettingsError

_Content = str | tuple["Written", ...] | Mapping[str, "Written"]
_NOUNS: dict[type, str] = {str: "a word", tuple: "a list", dict: "a table of keys"}


@dataclass(frozen=True, slots=True)
class Written:
    """One part of a file: a word, a list or a table, and the line it stands on."""

    file: str
    line: int
    content: _Content
    tag: str = ""

    def error(self, message: str, next_step: str) -> SettingsError:
        """The complaint about this part, naming file and line."""
        return SettingsError(self.file, self.line, message, next_step=next_step)

    @property
    def place(self) -> str:
        """`file:line`."""
        return f"{self.file}:{self.line}"

    def table(self, what: str) -> Mapping[str, "Written"]:
        """The parts by key. Raises `SettingsError` when this is no table; `what` names it in the sentence."""
        if isinstance(self.content, Mapping):
            return self.content
        raise self.error(
            f"{what} is a table of keys, and here stands {self._noun}.", "Write `key: value` lines, indented."
        )

    def items(self) -> tuple["Written", ...]:
        """The entries of a list; a word or a table counts as a list of one."""
        return self.content if isinstance(self.content, tuple) else (self,)

    def text(self, what: str) -> str:
        """The word. Raises `SettingsError` when this is a list, a table or nothing."""
        if isinstance(self.content, str) and self.tag != "null" and self.content.strip():
            return self.content.strip()
        raise self.error(
            f"{what} is one word or name, and here stands {self._noun}.", "Write the name after the colon."
        )

    def texts(self, what: str) -> tuple[str, ...]:
        """One word or a list of words."""
        return tuple(item.text(what) for item in self.items())

    def value(self, what: str) -> str | int | bool:
        """The word as YAML understands it: `true`, `42`, or text."""
        text = "" if self.content == "" else self.text(what)
        if self.tag == "bool":
            return text.casefold() in {"true", "yes", "on"}
        if self.tag == "int" and text.lstrip("-").isdigit():
            return int(text)
        return text

    @property
    def _noun(self) -> str:
        empty = self.tag == "null" or self.content == ""
        return "nothing" if empty else next(noun for kind, noun in _NOUNS.items() if isinstance(self.content, kind))


def read(path: Path, shown: str) -> Written:
    """The file at `path`, called `shown` in every complaint.

    Raises:
        SettingsError: not readable, not YAML, or a key twice; with the line.
    """
    try:
        node = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except OSError:
        raise SettingsError(shown, 0, "there is no such file.", next_step="Create it, or correct the name.") from None
    except UnicodeDecodeError:
        raise SettingsError(shown, 0, "the file is not UTF-8.", next_step="Save it as UTF-8.") from None
    except yaml.MarkedYAMLError as broken:
        line = broken.problem_mark.line + 1 if broken.problem_mark else 0
        raise SettingsError(
            shown, line, f"not valid YAML: {broken.problem}.", next_step="Check indentation and quotes there."
        ) from None
    return Written(shown, 1, {}) if node is None else _written(node, shown)


def _written(node: yaml.Node, file: str) -> Written:
    line = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        return Written(file, line, _entries(node, file))
    if isinstance(node, yaml.SequenceNode):
        return Written(file, line, tuple(_written(item, file) for item in node.value))
    return Written(file, line, str(node.value), node.tag.rpartition(":")[2])


def _entries(node: yaml.MappingNode, file: str) -> dict[str, Written]:
    found: dict[str, Written] = {}
    for key_node, value_node in node.value:
        key = str(key_node.value)
        line = key_node.start_mark.line + 1
        if key in found:
            raise SettingsError(file, line, f"'{key}' stands here twice.", next_step="Keep one of the two.")
        found[key] = replace(_written(value_node, file), line=line)
    return found


def suggestion(
    wrong: str, known: list[str] | tuple[str, ...], noun: Literal["field", "key", "transform", "value"]
) -> str:
    """What to write instead: the nearest known name, else all of them."""
    near = get_close_matches(wrong, known, n=1, cutoff=0.6)
    listed = ", ".join(sorted(known))
    return f"Did you mean {near[0]}?  All {noun}s: {listed}." if near else f"Write one of these {noun}s: {listed}."
