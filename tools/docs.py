"""`python -m tools.docs`: every relative link and anchor in every Markdown file leads somewhere.

Addresses on the web are left alone: they are a reader's business, and the tests have no network.
"""

import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path, PurePosixPath

from tools.house_rules.sources import Finding, repository_files

ROOT = Path(__file__).parents[1]

FENCE = re.compile(r"^(```|~~~)")
CODE = re.compile(r"`[^`]*`")
LINK = re.compile(r"\[[^\]]*\]\((?P<target>[^)\s]+)(?:\s+\"[^\"]*\")?\)")
HEADING = re.compile(r"^#{1,6}\s+(?P<title>.+?)\s*#*$")
ANCHOR = re.compile(r"<a\s+(?:id|name)=\"(?P<id>[^\"]+)\"")
ELSEWHERE = re.compile(r"^[a-z][a-z0-9+.-]*:")  # https:, mailto:


def prose(page: Path) -> Iterator[tuple[int, str]]:
    """The numbered lines of a page that are not inside a fenced block."""
    fenced = False
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        if FENCE.match(line.lstrip()):
            fenced = not fenced
        elif not fenced:
            yield number, line


@cache
def anchors(page: Path) -> frozenset[str]:
    """What `page#…` may say: the slugs of its headings, counted up where they repeat, and explicit anchors."""
    slugs: list[str] = []
    for _, line in prose(page):
        slugs += ANCHOR.findall(line)
        if heading := HEADING.match(line):
            slug = slug_of(heading["title"])
            again = sum(1 for taken in slugs if re.fullmatch(rf"{re.escape(slug)}(-\d+)?", taken))
            slugs.append(f"{slug}-{again}" if again else slug)
    return frozenset(slugs)


def slug_of(title: str) -> str:
    """The anchor a heading gets: small letters, spaces to hyphens, punctuation and markup gone."""
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title).replace("`", "").lower()
    return re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")


def dead_links(root: Path, page: PurePosixPath) -> Iterator[Finding]:
    """A finding for each relative link of `page` whose file or anchor does not exist."""
    for number, line in prose(root / page):
        for link in LINK.finditer(CODE.sub("", line)):
            if sentence := _fault(root, page, link["target"]):
                yield Finding(page, number, "link", sentence)


def _fault(root: Path, page: PurePosixPath, target: str) -> str | None:
    if ELSEWHERE.match(target):
        return None
    name, _, anchor = target.partition("#")
    file = (root / page.parent / name) if name else root / page
    if not file.exists():
        return f"'{target}' leads nowhere"
    if anchor and file.suffix == ".md" and anchor not in anchors(file):
        return f"'{target}': the page has no heading for '#{anchor}'"
    return None


def main() -> int:
    """Print what is dead; 1 where anything is."""
    pages = [path for path in repository_files(ROOT) if path.suffix == ".md"]
    found = [finding for page in pages for finding in dead_links(ROOT, page)]
    sys.stdout.writelines(f"{finding}\n" for finding in found)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
