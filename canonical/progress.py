"""What long work says of itself while somebody waits for it. Most of the time nobody watches, and nothing happens."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_tell: ContextVar[Callable[[str], None] | None] = ContextVar("tell", default=None)


@contextmanager
def watched(tell: Callable[[str], None]) -> Iterator[None]:
    """Until the end of the block, whatever is done in this thread tells what it is at. Ids and counts only."""
    token = _tell.set(tell)
    try:
        yield
    finally:
        _tell.reset(token)


def at_work(what: str, done: int = 0, of: int | None = None) -> None:
    """Say what is being done, and how much of it is: `normalize: 15,000 of about 110,000`."""
    tell = _tell.get()
    if tell is None:
        return
    share = f" of about {of:,}" if of else ""
    tell(f"{what}: {done:,}{share}" if done else what)
