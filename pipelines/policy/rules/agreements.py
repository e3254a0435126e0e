"""Business associate agreements: nothing about a patient goes where none is in force (C1)."""

from canonical.actions import Answer, Outcome
from canonical.agreements import AgreementStatus
from pipelines.policy.engine import Asked, allow, answer, rule
from pipelines.policy.facts import known


@rule("BAA-01")
def covered(asked: Asked) -> Answer:
    """Patient-linked data goes only to a vendor whose signed agreement covers the product."""
    route = asked.facts.route
    agreement = known(route.agreement, "baa.status")
    if not asked.facts.subject_linked:
        return allow(asked)
    signed = agreement is not None and agreement.status in {AgreementStatus.SIGNED, AgreementStatus.EXPIRED}
    if signed and agreement is not None and agreement.signed_on is not None:
        return allow(asked)
    return answer(asked, Outcome.BLOCK, vendor=route.vendor, product=route.product)


@rule("BAA-02")
def still_in_force(asked: Asked) -> Answer:
    """An agreement past its end, or without its document, stops everything to that vendor."""
    agreement = known(asked.facts.route.agreement, "baa.expires_on")
    if agreement is None or agreement.status in {AgreementStatus.NONE, AgreementStatus.EVALUATING}:
        return allow(asked)  # BAA-01 answers for an agreement that never was
    if agreement.in_force(asked.facts.today):
        return allow(asked)
    ended = agreement.expires_on.isoformat() if agreement.expires_on else "an unknown date"
    return answer(asked, Outcome.BLOCK, vendor=asked.facts.route.vendor, date=ended)
