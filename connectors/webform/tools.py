"""The tools that make forms, in one table: how each is known, what it calls a submission, and what its mapping needs beside.

Typeform gives answers as a list, Jotform numbers its questions, Elementor folds them into brackets: each gets an index by the
name the form's maker gave a question, with the question's own words beside it, because a consent is worth its wording (R33).
Everything else is read as it came.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from connectors.webform.reading import Fields

Told = Mapping[str, object]
_NUMBERED: Final = re.compile(r"^q\d+_")
_FOLDED: Final = re.compile(r"^fields\[([^\]]+)\]\[(value|title)\]$")
_INDEX: Final = {"value": "answers", "title": "questions"}


def _nothing(_: Fields) -> Told:
    return {}


@dataclass(frozen=True, slots=True)
class Tool:
    """One tool. Its name is its stream's."""

    name: str
    fits: Callable[[Fields], bool]
    """Whether a submission is this tool's, where the connection does not say."""
    id: Callable[[Fields], str]
    """The tool's own id of a submission, or empty."""
    beside: Callable[[Fields], Told] = _nothing
    ignores: Callable[[Fields], bool] = lambda _: False
    """Whether it is a call we know and want nothing of."""


def _typeform_id(fields: Fields) -> str:
    return str(_inside(fields, "form_response").get("token") or "")


def _typeform_index(fields: Fields) -> Told:
    """Answers and questions by the question's name (`ref`), and the first answer of each type."""
    response = _inside(fields, "form_response")
    asked = {str(each.get("id")): each for each in _rows(_inside(response, "definition").get("fields"))}
    answers: dict[str, object] = {}
    of_type: dict[str, object] = {}
    questions: dict[str, str] = {}
    for answer in _rows(response.get("answers")):
        field = answer.get("field")
        which = field if isinstance(field, dict) else {}
        question = asked.get(str(which.get("id")), {})
        name = str(which.get("ref") or question.get("ref") or which.get("id") or "")
        value = _value(answer)
        answers[name] = value
        questions[name] = str(question.get("title") or "")
        of_type.setdefault(str(answer.get("type")), value)
    return {"answers": answers, "questions": questions, "first_of_type": of_type}


def _value(answer: Mapping[str, Any]) -> object:
    """One answer as a text, a number or a truth value; a choice by its label, several separated by commas."""
    found = answer.get(str(answer.get("type")))
    if isinstance(found, dict):
        labels = found.get("labels")
        return ", ".join(map(str, labels)) if isinstance(labels, list) else found.get("label") or found.get("other")
    return found if isinstance(found, str | int | float | bool) else None


def _jotform_index(fields: Fields) -> Told:
    """The answers, which come as a text of their own, by the name behind their number."""
    try:
        told = json.loads(str(fields.get("rawRequest", "")))
    except ValueError:
        return {"answers": {}, "ticked": {}}
    names = told.items() if isinstance(told, dict) else ()
    named = {_NUMBERED.sub("", name): value for name, value in names if _NUMBERED.match(name)}
    boxes = {name: value for name, value in named.items() if isinstance(value, list)}
    # A box that was ticked says its own words, one that was not says nothing.
    return {
        "answers": named | {name: ", ".join(map(str, value)) for name, value in boxes.items()},
        "ticked": {name: "yes" if value else "no" for name, value in boxes.items()},
    }


def _elementor_index(fields: Fields) -> Told:
    found = ((_FOLDED.match(name), value) for name, value in fields.items())
    return {f"{_INDEX[name[2]]}.{name[1]}": value for name, value in found if name}


def _inside(fields: Mapping[str, object], name: str) -> dict[str, Any]:
    found = fields.get(name)
    return found if isinstance(found, dict) else {}


def _rows(value: object) -> Iterator[dict[str, Any]]:
    if isinstance(value, list):
        yield from (each for each in value if isinstance(each, dict))


def _own(*names: str) -> Callable[[Fields], str]:
    """The first of these fields that says something."""

    def read(fields: Fields) -> str:
        return next((str(fields[name]) for name in names if fields.get(name)), "")

    return read


TOOLS: Final[tuple[Tool, ...]] = (
    Tool(
        "typeform",
        fits=lambda fields: isinstance(fields.get("form_response"), dict),
        id=_typeform_id,
        beside=_typeform_index,
        ignores=lambda fields: fields.get("event_type") == "form_response_partial",
    ),
    Tool(
        "jotform",
        lambda fields: "rawRequest" in fields and "submissionID" in fields,
        _own("submissionID"),
        _jotform_index,
    ),
    Tool("elementor", lambda fields: "form[id]" in fields, _own(), _elementor_index),
    Tool("gravity", lambda fields: {"form_id", "date_created"} <= fields.keys(), _own("id", "entry_id")),
    Tool("cf7", lambda fields: any(name.startswith(("your-", "_wpcf7")) for name in fields), _own()),
    Tool("html", bool, _own("submission_id")),
)
"""In the order in which they are tried; anything else is a plain form."""
BY_NAME: Final = {tool.name: tool for tool in TOOLS}


def tool_of(settings: Mapping[str, str], fields: Fields) -> Tool | None:
    """The tool the connection names, else the one the fields look like. None for a name that is no tool's."""
    named = settings.get("tool", "")
    return BY_NAME.get(named) if named else next(tool for tool in TOOLS if tool.fits(fields))
