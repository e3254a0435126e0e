"""A file as the rules see it, and where the files come from."""

import ast
import io
import re
import subprocess
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

# A suppression worth tokenizing a file for.
_MARKS = re.compile(r"noqa|type:\s*ignore|pragma:")


@dataclass(frozen=True)
class Finding:
    """One line somebody has to change, and the sentence that says to what."""

    path: PurePosixPath
    line: int
    rule: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}  {self.rule}: {self.sentence}"


@dataclass(frozen=True)
class Source:
    """One text file, by its path inside the repository. Raises SyntaxError from `tree` where Python would."""

    path: PurePosixPath
    text: str

    @property
    def is_python(self) -> bool:
        return self.path.suffix == ".py"

    @property
    def is_test(self) -> bool:
        return self.path.parts[0] == "tests"

    @cached_property
    def lines(self) -> list[str]:
        return self.text.splitlines()

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, str(self.path))

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """Every node of the syntax tree; a rule that wants one kind filters these."""
        return tuple(ast.walk(self.tree))

    @cached_property
    def functions(self) -> tuple[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef], ...]:
        """Every function with its dotted name inside the module, such as `Store.writing`."""
        return tuple(_functions(self.tree, ""))

    @cached_property
    def remarks(self) -> tuple[tuple[int, str], ...]:
        """Comments that silence a checker, by line; text inside strings is not one."""
        if not _MARKS.search(self.text):
            return ()
        tokens = tokenize.generate_tokens(io.StringIO(self.text).readline)
        return tuple((t.start[0], t.string) for t in tokens if t.type == tokenize.COMMENT and _MARKS.search(t.string))

    def within(self, *places: str) -> bool:
        """Whether the file lies in one of the folders, or is one of the files, named with forward slashes."""
        return any(self.path.is_relative_to(place) for place in places)


def _functions(node: ast.AST, prefix: str) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for child in ast.iter_child_nodes(node):
        name = prefix
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{prefix}{child.name}", child
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            name = f"{prefix}{child.name}."
        yield from _functions(child, name)


def repository_files(root: Path) -> Iterator[PurePosixPath]:
    """Every file that is committed or would be: tracked, or new and not ignored."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        capture_output=True,
        check=True,
    )
    for name in sorted(set(listed.stdout.decode().split("\0")) - {""}):
        if (root / name).is_file():  # tracked, but deleted in the work tree
            yield PurePosixPath(name)


def read(root: Path, path: PurePosixPath) -> Source | None:
    """The file's text, or None where it is not text."""
    try:
        return Source(path, (root / path).read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        return None
