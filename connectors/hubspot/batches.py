"""What HubSpot answers to a batch that was written: rows, and in a 207 errors, which mean what they mean elsewhere."""

from collections.abc import Mapping
from typing import Any, Final

from canonical.problems import ConnectorProblem
from connectors.hubspot import client
from connectors.hubspot.asking import Writing
from connectors.hubspot.wire import BatchAnswer
from connectors.kit.exchange import Answer
from connectors.kit.problem_table import Intent, problem_of_answer, problem_of_garbage
from connectors.kit.shapes import Misshapen, shaped

_STATUS: Final[Mapping[str, int]] = {
    "CONFLICT": 409,
    "OBJECT_ALREADY_EXISTS": 409,
    "OBJECT_NOT_FOUND": 404,
    "RATE_LIMITS": 429,
}
"""A 207 gives its errors a category and no status of their own."""


def batch_of(writing: Writing, answer: Answer) -> BatchAnswer:
    """The answer, understood. Raises TryLater where it is none: what was written is written, and is written again the same."""
    try:
        return shaped(answer.body, BatchAnswer)
    except Misshapen as wrong:
        problem = problem_of_garbage(writing.where, str(wrong), Intent.REPEATABLE_WRITE)
    raise problem


def id_of(writing: Writing, answer: Answer) -> str:
    """The id of the one record of a batch. Raises what its refusal means."""
    batch = batch_of(writing, answer)
    if batch.results:
        return batch.results[0].id
    if not batch.errors:
        raise problem_of_garbage(writing.where, "has no record in it", Intent.REPEATABLE_WRITE)
    raise refusal_in(writing, batch.errors[0])


def refusal_in(writing: Writing, error: Mapping[str, Any]) -> ConnectorProblem:
    """What one error of a 207 means."""
    code, status = client.code_in(error), _STATUS.get(str(error.get("category")), 400)
    where = writing.access.where(writing.where.capability, reference=writing.attempt, code=code or str(status))
    return problem_of_answer(client.PROBLEMS, status, code, where, Intent.REPEATABLE_WRITE)
