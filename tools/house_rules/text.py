"""Rules over names, sizes and plain text, whatever the language."""

import re
from collections.abc import Iterator

from tools.house_rules.places import LONG_FILES
from tools.house_rules.sources import Source

LONGEST_FILE = 300
LONGEST_TEST_FILE = 500

# Names that say nothing about what is inside, so that everything ends up inside.
EMPTY_NAMES = {"util", "utils", "common", "helper", "helpers", "core", "base", "misc", "context"}
MEANT_NAMES = ("practices/base",)  # the layer under every vertical and every client

# As patterns these do not find themselves: each has a backslash or a bracket where the address has none.
LOCAL_PATH = re.compile(r"(?<![\w.~-])/(?:work|root|home/[\w.-]+|Users/[\w.-]+)/|\b[A-Z]:\\\\?Users\b")
REGISTRY = re.compile(r"\b(?:pypi\.org|pythonhosted\.org|npmjs\.(?:org|com)|deb\.debian\.org|crates\.io)\b")
RESOLVED = re.compile(r'"resolved":\s*"http')

# changelog.d/README.md says the same in words.
FRAGMENT = re.compile(r"[a-z0-9]+(-[a-z0-9]+){1,4}\.(added|changed|fixed|removed|security)\.md")

Remark = tuple[int, str]


def names_say_what_is_inside(source: Source) -> Iterator[Remark]:
    """No folder and no module has a name that fits everything."""
    if source.within(*MEANT_NAMES):
        return
    names = [*source.path.parent.parts, *([source.path.stem] if source.is_python else [])]
    for name in names:
        if name in EMPTY_NAMES:
            yield 1, f"'{name}' fits anything, so anything will go in; name it after what it holds"


def files_are_short(source: Source) -> Iterator[Remark]:
    """A module is at most 300 lines, a test module 500."""
    if not source.is_python:
        return
    budget = LONGEST_TEST_FILE if source.is_test else LONGEST_FILE
    exempt = next((place for place in LONG_FILES if source.within(place.path)), None)
    most = int(exempt.what) if exempt else budget
    if len(source.lines) > most:
        yield most + 1, f"{len(source.lines)} lines of {most}; split it by noun"
    elif exempt and len(source.lines) <= budget:
        yield 1, f"places.py lets this file have {most} lines, and it has {len(source.lines)}"


def no_address_of_this_machine(source: Source) -> Iterator[Remark]:
    """No file names a folder of the machine it was written on."""
    for number, line in enumerate(source.lines, 1):
        if found := LOCAL_PATH.search(line):
            yield (
                number,
                f"'{found[0]}' exists on one machine; write it relative to the repository or make it a setting",
            )


def no_address_of_a_registry(source: Source) -> Iterator[Remark]:
    """Where packages come from is the machine's business: a committed address breaks mirrors and leaks theirs."""
    for number, line in enumerate(source.lines, 1):
        if REGISTRY.search(line) or RESOLVED.search(line):
            yield number, "a package registry's address does not belong in a committed file"


def fragments_can_be_gathered(source: Source) -> Iterator[Remark]:
    """A fragment of the changelog has a name towncrier sorts by, and one or two whole sentences."""
    if not source.within("changelog.d") or source.path.name == "README.md":
        return
    if not FRAGMENT.fullmatch(source.path.name):
        yield 1, "not a fragment's name: two to five words, a dot and the kind, see changelog.d/README.md"
    if not source.text.strip().endswith("."):
        yield max(len(source.lines), 1), "one or two sentences, ending with a period"
