"""Business associate agreements: nothing about a patient goes where none is in force (C1)."""

from canonical.agreements import Agreement, AgreementStatus
from pipelines.policy.asking import ALLOW, Asked, Finding, block, rule
from pipelines.policy.facts import NOTHING, known

_SIGNED = AgreementStatus.SIGNED
_NEVER_WAS = (AgreementStatus.NONE, AgreementStatus.EVALUATING)
_NO_DOCUMENT = "The agreement with {vendor} has no document on file. File it before sending."


@rule("BAA-01")
def covered(asked: Asked) -> Finding:
    """Patient-linked data goes only to a vendor whose signed agreement covers the product."""
    route = asked.facts.route
    if not asked.facts.subject_linked:
        return ALLOW
    agreement = known(route.agreement, "baa.status")
    if agreement is not None and _signed(agreement, asked) and route.product in agreement.covered_products:
        return ALLOW
    if route.vendor == NOTHING:
        return block("No tool is connected that could carry it, so nothing covers it.")
    return block(vendor=route.vendor, product=route.product)


def _signed(agreement: Agreement, asked: Asked) -> bool:
    begun = agreement.signed_on is not None and agreement.signed_on <= asked.facts.today
    return agreement.status is _SIGNED and begun


@rule("BAA-02")
def still_in_force(asked: Asked) -> Finding:
    """An agreement past its end, or without its document, stops everything to that vendor."""
    agreement, vendor = known(asked.facts.route.agreement, "baa.expires_on"), asked.facts.route.vendor
    if agreement is None or agreement.in_force(asked.facts.today) or agreement.status in _NEVER_WAS:
        return ALLOW  # BAA-01 answers for an agreement that never was
    if not agreement.document_sha256 and agreement.status is _SIGNED:
        return block(_NO_DOCUMENT, vendor=vendor)
    return block(vendor=vendor, date=agreement.expires_on or "a day nobody recorded")
