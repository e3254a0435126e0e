"""What became of a hand's requests, written down together."""

from collections import Counter
from collections.abc import Sequence

from canonical.delivery import SendResult
from canonical.problems import ConnectorProblem
from ledger.lists import listed
from ledger.session import Session
from pipelines.outbox.outcomes import Settling, not_sent, settle_all_sent, settle_problem
from pipelines.outbox.workbench import Workbench

NEVER_BEGUN = "never_begun"
"""How we know that an attempt was not sent: its request was never made."""
Answer = SendResult | ConnectorProblem | None


def record_answers(session: Session, answers: Sequence[tuple[Settling, Answer]], bench: Workbench) -> Counter[str]:
    """Write each outcome down; counts by outcome. Where a vendor's callback was faster than its answer, the callback stands."""
    if not answers:
        return Counter()
    attempts = listed(settling.attempt_id for settling, _ in answers)
    still_open = {row["attempt_id"] for row in session.rows("which_are_open", attempts=attempts)}
    sent = [(one, answer) for one, answer in answers if isinstance(answer, SendResult) and one.attempt_id in still_open]
    settle_all_sent(session, sent)
    counts: Counter[str] = Counter()
    for settling, answer in answers:
        if settling.attempt_id not in still_open or isinstance(answer, SendResult):
            counts["sent"] += 1
        else:
            counts[_not_sent(session, settling, answer, bench)] += 1
    return counts


def _not_sent(session: Session, settling: Settling, answer: ConnectorProblem | None, bench: Workbench) -> str:
    if answer is None:
        not_sent(session, settling)
        return "not_sent"
    attempt = session.one("attempt_by_id", attempt_id=settling.attempt_id) or {}
    return settle_problem(session, settling, answer, attempt | {"brand": bench.config.practice.brand}).value
