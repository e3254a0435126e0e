"""That the host is the one we mean and lets us in. No mail is sent."""

from connectors.kit.access import Access
from connectors.kit.registry import Verified
from connectors.smtp.client import host_of
from connectors.smtp.consumer import require_covered
from connectors.smtp.conversation import Conversation, opened


def verify(access: Access) -> Verified:
    """One conversation without a mail.

    Raises:
        NeedsOperator: no verified TLS, user or password not accepted, or a consumer's host that no agreement covers.
        TryLater: the host cannot be reached now.
    """
    host = host_of(access, "verify")
    require_covered(access, "verify", host.name, host.user)
    with opened(Conversation(access, host, "verify")) as conversation:
        conversation.still_there()
    return Verified(proved=("host", "tls", "login"), facts={"host": host.name, "port": str(host.port), "tls": host.tls})
