"""What `glowline check` says of the rules: those of start-up, the year of a risk somebody took, deletions that are late."""

from datetime import date
from typing import Any

from console.cli.findings import Finding

_NEXT = {
    "BAA-03": "Switch it on at the vendor, then write `settings: {hipaa_mode: designated}` in connections.yaml.",
    "TCPA-18": "Register the number for it, then write registration: approved and the use in senders.yaml.",
    "SEC-01": "Use an https address in connections.yaml, and keep keys outside the data folder.",
}
_RENEW = "Somebody of the practice signs it again: acknowledged_by and acknowledged_on in policy.yaml (R53)."
_PAUSE = "Find out what filters them; row 6.2 is paused meanwhile: glowline pause list {practice}"
_TELL = "Ask the tools again, close their tasks when they confirm, and tell the person if it takes longer (DEL-03)."


def ground(one: Any) -> list[Finding]:  # noqa: ANN401 - imported late
    """The findings about one practice."""
    today = one.hub.clock.business_now().astimezone(one.bench.zone).date()
    return [*_standing(one), *_risk(one, today), *_kept_track_of(one, today)]


def _standing(one: Any) -> list[Finding]:  # noqa: ANN401 - imported late
    from pipelines.outbox.standing import AT_START, standing

    answers = standing(one.bench, one.hub.clock.business_now())
    if not answers:
        says = "vendors' modes, numbers, addresses and keys are as they must be"
        return [Finding(one.practice_id, " ".join(AT_START), good=True, says=says)]
    return [
        Finding(one.practice_id, answer.rule, good=False, says=answer.reason, next_step=_NEXT[answer.rule])
        for answer in answers
    ]


def _risk(one: Any, today: date) -> list[Finding]:  # noqa: ANN401 - imported late
    """A practice that asks promoters only has somebody's name under that risk, and it is renewed every year."""
    from canonical.policy import ReviewMode

    invites = one.config.policy.review_invites
    if invites.mode is not ReviewMode.PROMOTERS_ONLY:
        return []
    good = invites.risk_taken(today)
    says = (
        f"only promoters are asked for a review; {invites.acknowledged_by} took that risk on {invites.acknowledged_on}"
    )
    if good:
        return [Finding(one.practice_id, "REV-01", good=False, says=says, only_warns=True)]
    return [
        Finding(one.practice_id, "REV-01", good=False, says=f"{says}, too long ago: nobody is asked", next_step=_RENEW)
    ]


def _kept_track_of(one: Any, today: date) -> list[Finding]:  # noqa: ANN401 - imported late
    from canonical.problems import LedgerError
    from pipelines.erasure.stage import overdue
    from pipelines.outbox.invitations import invitations

    if not one.store.path.exists():
        return []
    try:
        with one.store.reading() as session:
            late = overdue(session, today)
            invited = invitations(session, one.config.policy.review_invites, one.hub.clock.business_now())
    except LedgerError:
        return []  # the check of the ledger has said so
    found = [
        Finding(one.practice_id, f"deletion {each.request_id}", good=False, says=each.answer.reason, next_step=_TELL)
        for each in late
    ]
    return found + ([_invited(one.practice_id, invited)] if invited else [])


def _invited(practice: str, answer: Any) -> Finding:  # noqa: ANN401 - imported late
    """A month in which nothing filtered is good, one that says nothing or is only reported warns, one that filtered must be looked at."""
    from canonical.actions import Outcome

    if answer.outcome is Outcome.ALLOW:
        return Finding(practice, "REV-10", good=True, says="promoters and others were invited alike last month")
    filters = answer.outcome is Outcome.NEED_APPROVAL
    step = _PAUSE.format(practice=practice) if filters else ""
    return Finding(practice, "REV-10", good=False, says=answer.reason, next_step=step, only_warns=not filters)
