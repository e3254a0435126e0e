"""What a practice may not configure: texts without consent (TCPA-03), one way out only (TCPA-12), flattering widgets (REV-08)."""

from canonical.policy import PolicySettings
from pipelines.policy.asking import ALLOW, NOT_ASKED, Finding, block, heard

_EXEMPT = "exempt"


@heard("TCPA-03")
def exempt_only_when_free(settings: PolicySettings) -> Finding:
    """The healthcare exemption stands only with a proof that texts are free to whoever gets them; unset is consent."""
    return block() if settings.tcpa_mode == _EXEMPT and not settings.free_to_recipient_proof else ALLOW


@heard("TCPA-12")
def any_words_will_do(settings: PolicySettings) -> Finding:
    """Nobody has to revoke in one particular way: plain words count, on every channel."""
    return block() if settings.exclusive_opt_out_method or not settings.free_text_opt_out else ALLOW


@heard("REV-08")
def shows_what_it_says(settings: PolicySettings) -> Finding:
    """A widget that leaves out low ratings does not pass for all reviews; one nobody described is refused."""
    display = settings.review_display
    if display is None:
        return NOT_ASKED
    if display.minimum_rating is None or (display.minimum_rating > 1 and display.presented_as == "all"):
        return block()
    return ALLOW
