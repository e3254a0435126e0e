"""Counts and spans as a person says them."""

from datetime import timedelta


def counted(count: int, noun: str) -> str:
    """`1 message`, `3 messages`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def spoken(span: timedelta) -> str:
    """`12 min`, `3 h`, `2 d`."""
    minutes = max(int(span.total_seconds()) // 60, 1)
    if minutes < 120:  # noqa: PLR2004 - two hours
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // (24 * 60)} d"
