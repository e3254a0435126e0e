"""A mistake in a mapping names its file and line and says what to write instead."""

from pathlib import Path

import pytest

from canonical.problems import SettingsError
from tests.mappings.written import APPOINTMENT, PERSON, Written

MISTAKES: dict[str, tuple[str, int, str, str]] = {
    # name: (mapping, line, what the message says, what the next step says)
    "no kind": ("id: id\n", 1, "does not say its kind", "kind: appointment"),
    "unknown kind": ("kind: appointmnt\nid: id\n", 1, "no mapping makes records", "Did you mean appointment?"),
    "kind without a model": ("kind: consent\nid: id\n", 1, "no mapping makes records", "person"),
    "unknown key": (APPOINTMENT + "    feilds: {}\n", 6, "'feilds' means nothing here", "Did you mean fields?"),
    "no id": ("kind: person\nfields: {}\n", 1, "which field is the record's id", "Write `id:"),
    "vendor_id as a field": (
        PERSON + "      vendor_id: {from: id}\n",
        4,
        "vendor_id is filled by `id`",
        "take this line out",
    ),
    "unknown field of ours": (
        PERSON + "      fullname: {from: n}\n",
        4,
        "'fullname' means nothing",
        "Did you mean full_name?",
    ),
    "unknown verb": (
        PERSON + "      full_name: {form: n}\n",
        4,
        "'form' is not one of the six verbs",
        "from, via, code",
    ),
    "no verb that gives": (PERSON + "      full_name: {via: trim}\n", 4, "needs exactly one of", "{from: their_field}"),
    "two that give": (
        PERSON + "      full_name: {from: n, const: x}\n",
        4,
        "it has from and const",
        "{from: their_field}",
    ),
    "via without from": (PERSON + "      full_name: {const: x, via: trim}\n", 4, "go with `from`", "or write `from`"),
    "a rule that is a word": (
        PERSON + "      full_name: name\n",
        4,
        "is a table of keys, and here stands a word",
        "key: value",
    ),
    "a rule that is nothing": (PERSON + "      full_name:\n", 4, "here stands nothing", "key: value"),
    "unknown transform": (
        PERSON + "      phones: {from: p, via: fone}\n",
        4,
        "no transform 'fone'",
        "Did you mean phone?",
    ),
    "unknown code list": (
        PERSON + "      language: {from: l, code: langs}\n",
        4,
        "no code list 'langs'",
        "codes/langs.yaml",
    ),
    "a code we do not have": (
        PERSON + "      flags:\n        - {from: f, code: {vip: important}}\n",
        5,
        "says 'important', which flags cannot be",
        "deceased",
    ),
    "a phone as it came": (PERSON + "      phones: {from: p}\n", 4, "phones has one written form", "via: phone"),
    "an instant as it came": (
        PERSON + "      created_at: {from: c}\n",
        4,
        "created_at holds an instant, and this rule gives text",
        "local_time",
    ),
    "a status without a code": (
        APPOINTMENT.replace(", code: appointment_status", ""),
        5,
        "status holds one of our own words, and this rule gives text",
        "no_show",
    ),
    "a list into one value": (
        PERSON + "      full_name: {from: n, via: comma_list}\n",
        4,
        "gives a list",
        "another transform",
    ),
    "a date before a text": (
        PERSON + "      full_name: {from: n, via: [day, trim]}\n",
        4,
        "trim reads text",
        "Put day last",
    ),
    "a code after a truth": (
        PERSON + "      is_patient: {from: n, via: yes_no, code: {x: true}}\n",
        4,
        "a code list reads text",
        "Take yes_no out",
    ),
    "a fixed value that does not fit": (
        PERSON + "      is_patient: {const: perhaps}\n",
        4,
        "cannot have this fixed value",
        "yes or no",
    ),
    "a fixed word that is none of ours": (
        APPOINTMENT.replace("{from: status, code: appointment_status}", "{const: done}"),
        5,
        "cannot have this fixed value",
        "completed",
    ),
    "nothing fills what must be there": (
        "kind: appointment\nid: id\nfields:\n  status: {const: booked}\n",
        1,
        "nothing fills start",
        "Add `start:",
    ),
    "ignored without a reason": (
        PERSON + "      sex: {from: s}\n    ignore:\n      age:\n",
        6,
        "ignored without a reason",
        "Write why",
    ),
    "used and ignored": (
        PERSON + "      sex: {from: s}\n    ignore:\n      s: not needed\n",
        6,
        "both used and ignored",
        "Take one",
    ),
    "a first_of in a first_of": (
        PERSON + "      sex:\n        first_of: [{first_of: [{from: a}]}]\n",
        5,
        "a first_of inside a first_of",
        "one first_of",
    ),
    "a consent without its contact": (
        PERSON + "      consents:\n        - {category: {const: marketing}, kind: {const: express}}\n",
        5,
        "lacks contact",
        "Add `contact:",
    ),
    "a consent's unknown part": (
        PERSON + "      consents:\n        - {phone: {from: p}}\n",
        5,
        "'phone' means nothing",
        "contact",
    ),
    "a key twice": (PERSON + "      sex: {from: s}\n      sex: {from: t}\n", 5, "'sex' stands here twice", "Keep one"),
    "no YAML": ("kind: [person\n", 2, "not valid YAML", "indentation"),
    "no rule for a date field by code": (
        PERSON + "      birth_date: {from: b, code: {a: b}}\n",
        4,
        "birth_date holds a day, which no code list gives",
        "day",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_names_its_line_and_what_to_write(name: str, tmp_path: Path) -> None:
    text, line, said, next_step = MISTAKES[name]
    with pytest.raises(SettingsError) as problem:
        Written(tmp_path).put(text).mapping()
    assert said in str(problem.value)
    assert next_step in problem.value.next_step
    assert str(problem.value).startswith(f"mappings/files/own.yaml:{line}  ")


def test_a_stream_without_a_mapping_names_the_file_to_write(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"mappings/files/nothing\.yaml") as problem:
        Written(tmp_path).mapping("files/nothing")
    assert "files/appointments" in problem.value.next_step


def test_a_mistake_in_a_code_list_names_the_code_list(tmp_path: Path) -> None:
    written = Written(tmp_path).put(APPOINTMENT.replace("appointment_status", "own_status"))
    written.put("about: ours\ncodes:\n  done: finished\n", "codes/own_status.yaml")
    with pytest.raises(SettingsError, match=r"^mappings/codes/own_status\.yaml:2  ") as problem:
        written.mapping()
    assert "completed" in problem.value.next_step


def test_an_override_that_changes_the_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="makes records of kind appointment"):
        Written(tmp_path).put("kind: person\nid: x\n", "files/appointments.yaml").mapping("files/appointments")
