"""Commercial mail: address and opt-out (EMAIL-01), one-click headers (EMAIL-03), an honest subject and sender (EMAIL-04)."""

import re

from pipelines.messages.lexicon import Lexicon
from pipelines.policy.asking import ALLOW, Asked, Finding, approval, block, rewrite, rule
from pipelines.policy.facts import known
from pipelines.policy.rewrites import COMMERCIAL_FOOTER, ONE_CLICK

_OPT_OUT = Lexicon.of(
    ("unsubscribe", "opt out", "stop these mails", "darse de baja", "dese de baja", "cancelar la suscripcion")
)
_LIKE_A_REPLY = re.compile(r"\s*(?:re|fw|fwd|aw|wg|rv|res|rif)\s*(?:\[\d+\])?\s*:", re.IGNORECASE)
_NOT_OUR_NAME = "The sender's name is not the practice's."
_SIGN_IN = "The unsubscribe page asks people to sign in."
_CANNOT_SIGN = "The sender's host does not sign unsubscribe headers."


@rule("EMAIL-01")
def shows_address_and_opt_out(asked: Asked) -> Finding:
    """A mail that sells shows who sends it, where they are, and how to unsubscribe."""
    text, address = asked.facts.text, known(asked.facts.profile.postal_address, "template_flags")
    if not address:
        return block()
    link = asked.facts.profile.unsubscribe
    opt_out = (bool(link) and link in text.body) or _OPT_OUT.term_in(text.body) is not None
    if opt_out and address in text.body and (text.has_brand or text.sender_name):
        return ALLOW
    return rewrite(COMMERCIAL_FOOTER)


@rule("EMAIL-03")
def one_click_unsubscribes(asked: Asked) -> Finding:
    """A mail that sells or asks carries the headers by which one click unsubscribes, from a host that can sign them."""
    mailing = asked.facts.mailing
    if mailing.signed is False:
        return block(_CANNOT_SIGN)
    if mailing.asks_to_sign_in:
        return block(_SIGN_IN)
    return ALLOW if mailing.one_click is True else rewrite(ONE_CLICK)


@rule("EMAIL-04")
def says_what_it_is(asked: Asked) -> Finding:
    """A mail that sells does not look like a reply, and comes from the practice's own name."""
    text = asked.facts.text
    if not text.subject or _LIKE_A_REPLY.match(text.subject):
        return approval()
    return ALLOW if text.sender_name in asked.facts.profile.names else approval(_NOT_OUR_NAME)
