"""`python -m tests.pipelines.replies.reference` reads the corpus and writes docs/reference/intents.md."""

import sys

import yaml

from pipelines.replies.reference import PAGE, FirstReading, Result, page
from tests.pipelines.replies.corpus import FILE, corpus, read


def results() -> list[Result]:
    """Every phrase as it is read now."""
    return [Result(one.half, one.language, one.expect, read(one).intent) for one in corpus()]


def first_readings() -> list[FirstReading]:
    """How each part was read before anything was mended."""
    found = yaml.safe_load(FILE.with_name("first_reading.yaml").read_text(encoding="utf-8"))
    return [FirstReading(one["half"], one["right"], one["of"]) for one in found]


def current() -> str:
    """The page as it must stand."""
    return page(results(), first_readings())


if __name__ == "__main__":
    PAGE.write_text(current(), encoding="utf-8")
    sys.stdout.write(f"{PAGE.relative_to(PAGE.parents[2])}: {len(corpus())} phrases\n")
