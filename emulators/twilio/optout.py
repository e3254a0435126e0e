"""STOP, START and HELP as Twilio handles them by default: single words, per number or messaging service."""

from typing import Literal

OptOut = Literal["STOP", "START", "HELP"]

# The default keywords; REVOKE and OPTOUT were added in 2025.
WORDS: dict[str, OptOut] = {
    **dict.fromkeys(("STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"), "STOP"),
    **dict.fromkeys(("START", "YES", "UNSTOP"), "START"),
    **dict.fromkeys(("HELP", "INFO"), "HELP"),
}

REPLIES: dict[OptOut, str] = {
    "STOP": "You have successfully been unsubscribed. You will not receive any more messages from this number. "
    "Reply START to resubscribe.",
    "START": "You have successfully been re-subscribed to messages from this number. Reply HELP for help. "
    "Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
    "HELP": "Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
}


def keyword(body: str) -> OptOut | None:
    """The kind of a message that consists of one keyword and nothing else."""
    return WORDS.get(body.strip().upper())
