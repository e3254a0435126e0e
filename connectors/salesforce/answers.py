"""What Salesforce says to a write: rows inside a 200, parts of a composite request, and refusals in either."""

import re
from collections.abc import Mapping
from typing import Final, TypeVar

from pydantic import BaseModel

from canonical.problems import ConnectorProblem, RefusalReason, Refused
from connectors.kit.exchange import Answer
from connectors.kit.problem_table import Intent, problem_of_answer, problem_of_garbage
from connectors.kit.shapes import Misshapen, shaped
from connectors.salesforce import client
from connectors.salesforce.asking import Writing
from connectors.salesforce.wire import Collection, Written

_RECORD: Final = re.compile(r"record with id: ([0-9A-Za-z]{15,18})")
S = TypeVar("S", bound=BaseModel)


def written(writing: Writing, answer: Answer) -> Written:
    """The one row of a collection. A refusal stands in the row, inside a 200, and means what it means elsewhere."""
    [row] = rows(writing, answer, 1)
    if not row.success:
        raise refused(writing, row)
    return row


def rows(writing: Writing, answer: Answer, count: int) -> tuple[Written, ...]:
    """The rows of a collection, in the order they were sent; one that was written has an id."""
    found = understood(writing, answer, Collection).root
    if len(found) != count or any(row.success and not row.id for row in found):
        raise problem_of_garbage(writing.where, "does not say what became of the record", Intent.REPEATABLE_WRITE)
    return found


def refused(writing: Writing, row: Written) -> ConnectorProblem:
    """What a row that was not written means."""
    return refusal(writing, 400, row.errors[0] if row.errors else {})


def refusal(writing: Writing, status: int, error: Mapping[str, object]) -> ConnectorProblem:
    """What an error inside an answer means. Of its message only the id of a record that is there already is kept."""
    code = client.code_in(error)
    named = _RECORD.search(str(error.get("message", ""))) if code in client.DUPLICATES else None
    told = f"{code} {named[1]}" if named else code
    where = writing.access.where(f"push.{writing.command}", reference=writing.attempt, code=told or str(status))
    found = problem_of_answer(client.PROBLEMS, status, code, where, Intent.REPEATABLE_WRITE)
    if isinstance(found, Refused) and not code and status == 400:  # noqa: PLR2004 - a refusal without a word
        return Refused(where, RefusalReason.INVALID, "the org refused the record without a reason.")
    return found


def understood(writing: Writing, answer: Answer, shape: type[S]) -> S:
    """The answer in its shape; one that has another may have been carried out, and is repeated."""
    try:
        return shaped(answer.body, shape)
    except Misshapen as wrong:
        problem = problem_of_garbage(writing.where, str(wrong), Intent.REPEATABLE_WRITE)
    raise problem
