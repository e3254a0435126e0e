"""What a careless library writes is made harmless before a handler sees it."""

import io
import logging
from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from connectors.kit.redact import RedactingFilter, guard, redacted

SECRET = SecretStr("s3cr3t-of-lumen")
PRIVATE = (
    "call +12125550142",
    "call (212) 555-0142 now",
    "call 212-555-0142",
    "call %2B12125550142",
    "call 1-212-555-0142.",
    "call 12125550142,",
    "call 212.555.0142",
    "call +44 20 7946 0142 or wait",
    "mail ana.ruiz@example.com",
    "mail ana%40example.com",
    "Authorization: Basic QUMxOnNlY3JldA==",
    "bearer eyJhbGciOi.abc-def_ghi",
    "GET /Messages.json?To=whoever&Body=Botox",
    "token s3cr3t-of-lumen",
)
HARMLESS = (
    "attempt at-abcdefghij234567 after 3 tries, status 503",
    "2026-11-12T09:00:03.118Z page 3",
    "run run-77aaxbnm2cpq4r5s: 1204 new, 17 changed",
    "read 1204 1305 1406 on 2026-11-12 in 3.14159265 s",
    "attempt at-2345672345672345 lasted 2026-11-12 09:00:03 to 09:00:05",
)


@pytest.fixture
def log() -> Iterator[tuple[logging.Logger, io.StringIO]]:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    guard(handler, [SECRET])
    logger = logging.getLogger("tests.redact")
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    logger.addHandler(handler)
    yield logger, stream
    logger.removeHandler(handler)


PIECES = ("2125550142", "555-0142", "0142", "ana", "QUMx", "eyJhb", "Botox", "s3cr3t", "whoever")


@pytest.mark.parametrize("text", PRIVATE)
def test_what_names_a_person_or_opens_a_door_is_taken_out(text: str) -> None:
    shown = redacted(text, [SECRET])
    assert "***" in shown
    assert not any(piece in shown for piece in PIECES)


@pytest.mark.parametrize("text", HARMLESS)
def test_ids_figures_and_instants_stay_readable(text: str) -> None:
    assert redacted(text, [SECRET]) == text


def test_a_record_is_rewritten_whoever_wrote_it(log: tuple[logging.Logger, io.StringIO]) -> None:
    logger, stream = log
    for text in PRIVATE:
        logger.info("said: %s", text)
    assert not any(piece in stream.getvalue() for piece in PIECES)


def test_an_exception_keeps_its_place_and_loses_its_words(log: tuple[logging.Logger, io.StringIO]) -> None:
    logger, stream = log
    try:
        try:
            raise OSError("no route for ana@example.com")
        except OSError as cause:
            raise ValueError("could not text +12125550142") from cause
    except ValueError:
        logger.exception("failed", stack_info=True)
    shown = stream.getvalue()
    assert "test_redact.py" in shown
    assert "ValueError: could not text ***" in shown
    assert not any(piece in shown for piece in PIECES)


def test_libraries_that_log_addresses_are_kept_quiet(log: tuple[logging.Logger, io.StringIO]) -> None:
    assert logging.getLogger("urllib3").level >= logging.WARNING


def test_what_is_left_of_an_exception_is_text_so_that_no_other_formatter_can_open_it_again() -> None:
    try:
        raise ValueError("could not text +12125550142")
    except ValueError as error:
        record = logging.LogRecord(
            "x", logging.ERROR, __file__, 1, "failed", None, (type(error), error, error.__traceback__)
        )
    assert RedactingFilter().filter(record)
    assert record.exc_info is None
    assert "0142" not in str(record.exc_text)
