"""What a template's own words may not do, whatever it is for: ask for a word that revokes, or pretend to be an answer."""

import re

from canonical.problems import SettingsError
from canonical.templates import TemplateSource

_VERBS = r"(?:reply|text|send|answer|respond|write|responda|responde|conteste|escriba|envie|envíe|mande)"
_WORDS = (
    r"(?:cancel|end|quit|c|revoke|opt ?out|unsubscribe|cancelar|terminar|parar|alto|baja|fin)"  # R23, R28 and TCPA-10
)
_ASKED = re.compile(rf"\b{_VERBS}\s+(?:(?:with|a|con|un|una)\s+)*[\"']?({_WORDS})\b", re.IGNORECASE)
_OFFERED = re.compile(
    rf"\b(?i:{_VERBS})\b[^.!?{{]*?(?:\b({_WORDS.upper()})\b|[\"']((?i:{_WORDS}))[\"'])"
)  # a choice further on in the sentence: in capitals, or between quotes
_STOP_FOR_A_VISIT = re.compile(
    rf"\b{_VERBS}\s+[\"']?(stop)\b[^.!?{{]*\b(?:visit|appointment|booking|reminder|cita|visita|reserva|recordatorio)s?\b",
    re.IGNORECASE,
)
_LIKE_A_REPLY = re.compile(r"\A\s*(?:re|fwd?|aw|rv|tr)\s*:", re.IGNORECASE)


def no_revocation_invited(source: TemplateSource) -> None:
    """A text may offer STOP to stop; it must never invite CANCEL, END or QUIT, or STOP for anything else (R23).

    Raises:
        SettingsError: with the line of the invitation.
    """
    match = _ASKED.search(source.text) or _OFFERED.search(source.text) or _STOP_FOR_A_VISIT.search(source.text)
    if match is None:
        return
    word = next(group for group in match.groups() if group)
    raise SettingsError(
        source.path,
        source.text.count("\n", 0, match.start()) + 1,
        f"this invites the reply '{word}', which by law revokes consent (R23).",
        next_step="Offer the link instead, or ask for a call.",
    )


def no_reply_pretended(source: TemplateSource, subject: str) -> None:
    """A subject that looks like an answer misleads (EMAIL-04).

    Raises:
        SettingsError: on the subject's line.
    """
    match = _LIKE_A_REPLY.match(subject)
    if match is not None:
        raise SettingsError(
            source.path,
            1,
            f"the subject begins like a reply: '{match[0].strip()}' (EMAIL-04).",
            next_step="Say what the mail is about.",
        )
