"""Every transform keeps the promise its docstring shows, and refuses what it does not read without quoting it."""

import doctest
from datetime import datetime
from types import ModuleType
from typing import cast

import pytest

from mappings.transforms.loaded import MODULES, TRANSFORMS, Unreadable
from tests.mappings.written import NEW_YORK

REFUSED: dict[str, tuple[str, ...]] = {
    "phone": ("call mother", "555-0142", "212-555-0142 x12", "0000000000", "+1", "+15555550100"),
    "email": ("ana", "ana@", "a b@example.com", "ana@localhost"),
    "thread": ("1784", "tiktok:12", "instagram: 12"),
    "zone_name": ("EST5", "New York", "../etc/passwd"),
    "yes_no": ("perhaps", "2"),
    "whole_number": ("4.5", "four", "1e3", ""),
    "cents": ("1.234,50", "12.345", "-5", "$", "1,23"),
    "local_time": (
        "2026-11-02",
        "2026-11-02T09:00:00Z",
        "11/02/2026 09:00",
        "0026-11-02 09:00",
        "2026-11-02 25:00",
        "2026-11-02 9",
    ),
    "local_time_us": ("2026-11-02 09:00", "13/01/2026 9:00 AM", "11/02/2026", "02/30/2026 9:00 AM"),
    "local_time_eu": ("11/13/2026 09:00",),
    "local_time_words": ("Nov 31, 2026 9:00 AM", "Smarch 1, 2026 9:00 AM"),
    "local_day": ("2026-11-02 09:00", "soon"),
    "local_day_us": ("2026-11-02",),
    "local_day_eu": ("11/13/2026",),
    "local_end": ("2026-11-02 09:00", "2026-11-02 09:00 -5", "2026-11-02 09:00 2000", "2026-11-02 09:00 nan"),
    "local_end_us": ("11/02/2026 9:00 AM long",),
    "local_end_eu": ("02.11.2026 09:00 long",),
    "instant": ("2026-11-02 09:00", "soon"),
    "instant_end": ("2026-11-02 09:00 45", "2026-11-02T09:00:00-0500 long", "2026-11-02T09:00:00-0500 2000"),
    "rfc2822": ("2026-11-02", "soon"),
    "epoch_s": ("1793538000000", "0", "-1", "soon"),
    "epoch_ms": ("1793538000", "x"),
    "day": ("1984-02-30", "84-02-29", "2/29/1984", "1492-01-01"),
    "day_stamp": ("1984-02-30T00:00:00.000Z", "99999999999999", "-99999999999999", "soon"),
    "day_us": ("2/29/84", "29/2/1984"),
    "day_eu": ("29.2.84", "2/29/1984"),
    "day_words": ("Feb 30, 1984",),
    "other_side": ("inbound",),
    "our_side": ("inbound",),
}
NEVER_REFUSE = {
    "trim",
    "plain_text",
    "lower",
    "upper",
    "drop_placeholder",
    "given_name",
    "family_name",
    "comma_list",
    "semicolon_list",
    "our_mark",
}


def run(name: str, text: str) -> object:
    transform = TRANSFORMS[name]
    return transform.plain(text) if transform.plain else transform.local(text, NEW_YORK) if transform.local else None


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_the_examples_are_true(module: ModuleType) -> None:
    found = doctest.testmod(module)
    assert found.attempted
    assert found.failed == 0


@pytest.mark.parametrize("name", TRANSFORMS)
def test_every_transform_has_a_sentence_and_an_example(name: str) -> None:
    transform = TRANSFORMS[name]
    function = transform.plain or transform.local
    assert transform.about.endswith((".", "`"))
    assert f">>> {name}(" in (function.__doc__ or "")


@pytest.mark.parametrize("name", sorted(TRANSFORMS.keys() - NEVER_REFUSE))
def test_every_transform_refuses_what_it_cannot_read_without_quoting_it(name: str) -> None:
    for text in REFUSED[name]:
        with pytest.raises(Unreadable) as problem:
            run(name, text)
        assert len(text) < 5 or text not in str(problem.value)


@pytest.mark.parametrize(
    "name, text, expected",
    [
        ("local_time", "2026-11-02T09:00:30", "2026-11-02T14:00:30+00:00"),
        ("local_time", "2026-11-02 9:05 pm", "2026-11-03T02:05:00+00:00"),
        ("local_time", "2026-11-02 00:00:00 14:30:00", "2026-11-02T19:30:00+00:00"),
        ("local_time", "2026-07-02 9 AM", "2026-07-02T13:00:00+00:00"),
        ("local_time_us", "1/2/26 12:15 AM", "2026-01-02T05:15:00+00:00"),
        ("local_time_us", "11-02-2026, 12:00 p.m.", "2026-11-02T17:00:00+00:00"),
        ("local_time_eu", "2/11/2026 14:00", "2026-11-02T19:00:00+00:00"),
        ("local_time_words", "2 November 2026 at 9:00 AM", "2026-11-02T14:00:00+00:00"),
        ("local_time_words", "02-Nov-2026 09:00", "2026-11-02T14:00:00+00:00"),
        ("local_day", "2026-11-02 00:00:00.000", "2026-11-02T05:00:00+00:00"),
        ("local_end", "2026-11-01 00:30 120", "2026-11-01T06:30:00+00:00"),
        ("instant", "2026-11-02T14:00:00.250Z", "2026-11-02T14:00:00.250000+00:00"),
        ("epoch_ms", "1793538000250", "2026-11-01T13:00:00.250000+00:00"),
    ],
)
def test_times_are_read_as_people_and_programs_write_them(name: str, text: str, expected: str) -> None:
    assert cast("datetime", run(name, text)).isoformat() == expected


@pytest.mark.parametrize(
    "full, given, family",
    [
        ("Ana Ruiz", "Ana", "Ruiz"),
        ("Ruiz, Ana", "Ana", "Ruiz"),
        ("Mrs. Ana Maria Ruiz-Soto", "Ana", "Maria Ruiz-Soto"),
        ("John Smith, Jr.", "John", "Smith"),
        ("Allison Craig DDS", "Allison", "Craig"),
        ("de la Cruz, Ana", "Ana", "de la Cruz"),
        ("Dr", "Dr", ""),
        (",", "", ""),
    ],
)
def test_names_are_split_as_they_are_written(full: str, given: str, family: str) -> None:
    assert (run("given_name", full), run("family_name", full)) == (given, family)
