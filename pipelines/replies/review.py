"""A person has read words that may have meant stop (TCPA-11), and says what they meant."""

from datetime import datetime

from canonical.consent import SuppressionScope
from canonical.ids import ContactPointId, Prefix, derived_id
from canonical.practice import Practice
from canonical.tasks import TaskKind
from ledger.people import suppressions_of
from ledger.permission import decide
from ledger.session import Session
from ledger.tasks import close_task


def decide_opt_out(
    session: Session, practice: Practice, contact: ContactPointId, *, stops: bool, who: str, now: datetime
) -> bool:
    """Let what was held be an opt-out, or nothing, and close the tasks that asked. False when nothing is held there.

    `who` is a user's id.
    """
    held = {one.suppression_id for one in suppressions_of(session, [contact]) if one.provisional}
    if not decide(session, contact, practice.brand, stops=stops, who=who, now=now):
        return False
    for task in session.rows("open_tasks"):
        if task["kind"] == TaskKind.OPT_OUT_REVIEW and _asks_about(task["subject_id"]) & held:
            close_task(session, task["task_id"], by=f"user:{who}", now=now)
    return True


def _asks_about(reply_id: str) -> set[str]:
    """The opt-outs that one answer may have made, by their ids."""
    return {derived_id(Prefix.SUPPRESSION, reply_id, scope) for scope in SuppressionScope}
