"""A mail out, over a conversation that is private and proved, or not at all."""

from typing import Final

from canonical.actions import SendEmail
from canonical.delivery import Claimed, SendResult
from canonical.problems import TryLater
from connectors.kit.access import Access
from connectors.kit.calls import Patience
from connectors.kit.commands import LookUp, Send, payload_of
from connectors.smtp.client import host_of
from connectors.smtp.consumer import require_covered
from connectors.smtp.conversation import Conversation, opened
from connectors.smtp.letter import letter

CAPABILITY: Final = "push.send_email"


def send_email(access: Access, claimed: Claimed) -> SendResult:
    """One mail, one conversation. SMTP has no look-up: what is unknown afterwards goes to a person.

    `secure` changes nothing here: there is no insecure way.
    """
    mail = payload_of(claimed, SendEmail)
    where = access.where(CAPABILITY, reference=claimed.attempt_id)
    host = host_of(access, CAPABILITY)
    require_covered(access, CAPABILITY, host.name, mail.sender)
    written = letter(mail, claimed.attempt_id, claimed.claimed_at, where)
    wait = access.budget().take(Patience().budget_of_write)
    if wait is not None:
        raise TryLater(where, "the mailbox's rate budget is spent for now.", after=wait)
    us = written.sender.rpartition("@")[2]
    try:
        with opened(Conversation(access, host, CAPABILITY, claimed.attempt_id, us)) as conversation:
            conversation.deliver(written)
    finally:
        access.budget().ended()
    return SendResult(vendor_id=written.message_id, status="accepted")


COMMANDS: Final[dict[str, Send]] = {"send_email": send_email}
LOOK_UPS: Final[dict[str, LookUp]] = {}
"""A host does not tell what it accepted."""
