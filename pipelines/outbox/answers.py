"""What became of a hand's requests, written down together."""

from collections import Counter
from collections.abc import Sequence

from canonical.delivery import SendResult
from canonical.problems import Ambiguous, ConnectorProblem, Refused
from ledger.lists import listed
from ledger.session import Session
from pipelines.outbox.outcomes import Settling, learn_from_refusal, not_sent, settle_all_sent, settle_problem
from pipelines.outbox.workbench import Workbench

NEVER_BEGUN = "never_begun"
"""How we know that an attempt was not sent: its request was never made."""
Answer = SendResult | ConnectorProblem | None


def record_answers(session: Session, answers: Sequence[tuple[Settling, Answer]], bench: Workbench) -> Counter[str]:
    """Write each outcome down; counts by outcome. Where a vendor's callback was faster than its answer, the callback stands."""
    if not answers:
        return Counter()
    attempts = listed(settling.attempt_id for settling, _ in answers)
    rows = session.rows("which_are_open", attempts=attempts)
    still_open = {row["attempt_id"] for row in rows}
    doubted = {row["attempt_id"] for row in rows if row["ambiguous_since"]}
    sent = [(one, answer) for one, answer in answers if isinstance(answer, SendResult) and one.attempt_id in still_open]
    settle_all_sent(session, sent)
    counts: Counter[str] = Counter()
    for settling, answer in answers:
        if settling.attempt_id not in still_open or isinstance(answer, SendResult):
            counts["sent"] += 1
        else:
            counts[_not_sent(session, settling, answer, bench, doubted=settling.attempt_id in doubted)] += 1
    return counts


def _not_sent(
    session: Session, settling: Settling, answer: ConnectorProblem | None, bench: Workbench, *, doubted: bool
) -> str:
    """`doubted`: the lease was over before the answer came, and somebody has written down that nobody knows."""
    if answer is None:
        not_sent(session, settling)
        return "not_sent"
    if doubted and isinstance(answer, Ambiguous):
        return "ambiguous"
    attempt = session.one("attempt_by_id", attempt_id=settling.attempt_id) or {}
    attempt |= {"brand": bench.config.practice.brand}
    if doubted and isinstance(answer, Refused):
        not_sent(session, settling)
        learn_from_refusal(session, settling, answer.reason, attempt)
        return "not_sent"
    return settle_problem(session, settling, answer, attempt).value
