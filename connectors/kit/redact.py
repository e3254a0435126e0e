"""Nothing about a person or a secret reaches a log: a filter for what our own code, and the libraries', might write."""

import logging
import re
import traceback
from collections.abc import Iterable
from types import TracebackType

from pydantic import SecretStr

_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?i)\b(basic|bearer|apikey|token)\s+[A-Za-z0-9+/=._~-]{8,}"), r"\1 ***"),
    (re.compile(r"[A-Za-z0-9._%+'-]+(?:@|%40)[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"), "***@***"),
    # Phones, with their country code or as a US number is written or run together. Dates and lists of figures stay.
    (re.compile(r"(?:\+|%2B)\d(?:[\d().-]|\s|%20){6,18}\d"), "***"),
    (re.compile(r"(?<![\w.-])(?:1[\s.-]?)?\(?\d{3}\)?[\s.-]?\d{3}[\s.-]?\d{4}(?![\w-])"), "***"),
    (re.compile(r"(?<![\w.-])\d{10,15}(?![\w-])"), "***"),
    (re.compile(r"\?[^\s'\"<>]*=[^\s'\"<>]*"), "?***"),
)


def redacted(text: str, secrets: Iterable[SecretStr] = ()) -> str:
    """The text without the given secrets, credentials, phone numbers, mail addresses and query strings."""
    for secret in secrets:
        if secret.get_secret_value():
            text = text.replace(secret.get_secret_value(), "***")
    for pattern, instead in _PATTERNS:
        text = pattern.sub(instead, text)
    return text


class RedactingFilter(logging.Filter):
    """Put on a handler, it rewrites every record that passes, whichever library wrote it.

    Exceptions are reduced to their type, their redacted message and where they were raised; their chain, whose texts
    are written by others, is left out.
    """

    def __init__(self, secrets: Iterable[SecretStr] = ()) -> None:
        """`secrets` are replaced wherever they appear, whatever they look like."""
        super().__init__()
        self._secrets = tuple(secrets)

    def filter(self, record: logging.LogRecord) -> bool:
        """Always lets the record through, rewritten."""
        record.msg = redacted(record.getMessage(), self._secrets)
        record.args = ()
        if record.exc_info:
            record.exc_text = self._shown(*record.exc_info)
            record.exc_info = None
        record.stack_info = None
        return True

    def _shown(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> str:
        name = kind.__name__ if kind else "unknown"
        frames = "".join(f"  {frame.filename}:{frame.lineno} {frame.name}\n" for frame in traceback.extract_tb(trace))
        return f"{frames}{name}: {redacted(str(error), self._secrets)}"


def guard(handler: logging.Handler, secrets: Iterable[SecretStr] = ()) -> None:
    """Make that handler safe. Library loggers that write requests at DEBUG are kept at WARNING."""
    handler.addFilter(RedactingFilter(secrets))
    for name in ("urllib3", "requests", "hubspot", "simple_salesforce"):
        logging.getLogger(name).setLevel(logging.WARNING)
