"""What may stand in a log line, a metric's label or an exception: ids, never a person (PHI-04)."""

from pydantic import SecretStr

from canonical.model import Noun
from connectors.kit.redact import redacted
from pipelines.policy.asking import ALLOW, Finding, heard, rewrite
from pipelines.policy.knowing import Unknown
from pipelines.policy.rewrites import REDACT


class Diagnostic(Noun):
    """One line about the machine: for a log, an exception, a metric or a trace."""

    text: SecretStr | Unknown
    """Unknown = something that nobody can read as text: it is redacted whole."""
    lexicon_term: str = ""
    """The first word of the practice's lexicon in it; empty = none."""


@heard("PHI-04")
def says_nothing_of_anyone(diagnostic: Diagnostic) -> Finding:
    """A diagnostic line with a number, an address, a credential or a treatment in it is redacted; ids stay."""
    if isinstance(diagnostic.text, Unknown) or diagnostic.lexicon_term:
        return rewrite(REDACT)
    text = diagnostic.text.get_secret_value()
    return ALLOW if redacted(text) == text else rewrite(REDACT)
