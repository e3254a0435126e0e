"""How long a pass over several parts will be, such as places, legs or channels, each of which says how many rows it has."""

from typing import Any, TypedDict

from connectors.kit.paging import left_of


class ToCome(TypedDict, total=False):
    """What a `canonical.raw.Page` says of what is to come; nothing where nobody knows."""

    left: int
    share: float


class Parts:
    """Keeps where a pass goes on: what was read before a cut is not read now, and is in no figure."""

    def __init__(self) -> None:
        """Nothing was read yet."""
        self._ahead: int | None = None
        self._before = 0
        self._skipped: float | None = None
        """How much of the part it began with lay behind already; None until that part says how much there is."""

    def to_come(self, ahead: int, read: int, size: int, total: Any, *, further: bool) -> ToCome:  # noqa: ANN401 - a vendor's
        """What is left of the last part, which its total counts; before it a share, in which each part counts alike.

        Args:
            ahead: parts still to read, the one under way included.
            read: rows of that part so far, those of this page included.
            size: rows of this page.
            total: how many rows the part has, as the vendor says.
            further: whether the part goes on.
        """
        if self._ahead is None:
            self._ahead, self._before = ahead, read - size
        left = left_of(total, read)
        if left is None:
            return {}
        whole = read + left
        if ahead == self._ahead and whole:
            self._skipped = self._before / whole
        if ahead == 1:
            return {"left": left}
        skipped = self._skipped if self._before else 0.0
        if skipped is None:
            return {}
        behind = self._ahead - ahead + (read / whole if further and whole else 1.0) - skipped
        return {"share": behind / (self._ahead - skipped)} if behind > 0 else {}
