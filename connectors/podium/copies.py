"""What was said elsewhere, as a note beside the person's conversation: staff see it, and nobody else.

A note and no imported message, because a note cannot be read back as somebody's words, wants no name that would be written
over the one staff gave, and puts nothing into a thread of texts that was said in an encrypted mail (C2).
"""

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from canonical.actions import LogCommunication
from canonical.delivery import Claimed
from canonical.practice import Channel
from canonical.problems import RefusalReason, Refused, Where
from connectors.kit.access import Access
from connectors.kit.commands import payload_of
from connectors.podium import client
from connectors.podium.looking import conversations_of
from connectors.podium.rows import channel_of, page_of, places, sorted_out

CAPABILITY: Final = "push.log_communication"
NEUTRAL: Final[Mapping[Channel, str]] = {
    Channel.SECURE_EMAIL: "An encrypted mail was sent.",
    Channel.PORTAL: "A message was left in the portal.",
}
"""Channels whose words stay where they were said."""


def line_of(said: LogCommunication) -> str:
    """The note's words: when, and what, where what may be repeated."""
    return f"{said.at:%Y-%m-%d %H:%M} UTC: {NEUTRAL.get(said.channel) or said.body.get_secret_value()}"


def thread_for(access: Access, claimed: Claimed) -> str:
    """The conversation of the person with the location it is about. Reads only.

    Raises:
        Refused: nobody says how the person is reached, or Podium has no such conversation.
        NeedsOperator: the settings name no location.
    """
    said, where = payload_of(claimed, LogCommunication), access.where(CAPABILITY, reference=claimed.attempt_id)
    contact, calling = said.contact.get_secret_value(), client.line(access)
    if not contact:
        raise Refused(where, RefusalReason.INVALID, "a copy for Podium needs the person's phone or address.")
    wanted = client.location_of(access, said.sender, where)
    for uid in conversations_of(access, claimed, contact, CAPABILITY):
        asked = client.ask(access, f"/conversations/{quote(uid, safe='')}")
        answer = calling.read(asked, CAPABILITY, claimed.attempt_id)
        if _is_theirs(answer.body, contact, wanted, where):
            return uid
    raise Refused(
        where,
        RefusalReason.NOT_FOUND,
        "Podium has no conversation of this person with the location.",
        next_step="Nothing to do: a copy stands beside a conversation, once there is one.",
    )


def _is_theirs(body: bytes, contact: str, location: str, where: Where) -> bool:
    """A contact's conversations may be with other locations, or on Facebook, or of another address of theirs."""
    rows, _ = sorted_out(page_of(body, where)[0], "conversation")
    return any(channel_of(row.fields) == contact and location in places(row.fields) for row in rows)
