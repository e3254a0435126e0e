"""What whoever waits for a first sync is told, page by page."""

from collections.abc import Iterable

from canonical.raw import Page


def told(pages: Iterable[Page]) -> list[tuple[int, int | None]]:
    """How many were read after each page, and how many the pass was said to come to."""
    read, found = 0, []
    for page in pages:
        read += len(page.records) + len(page.suspects)
        found.append((read, page.expected(read)))
    return found


def expected(pages: Iterable[Page]) -> list[int | None]:
    """The second of them alone."""
    return [many for _, many in told(pages)]
