"""That the credentials open the account, that our numbers are its numbers, and that replies will reach us."""

from canonical.problems import NeedsOperator
from connectors.kit.access import Access
from connectors.kit.exchange import get
from connectors.kit.registry import Verified
from connectors.twilio import client
from connectors.twilio.wire import Account, Number


def verify(access: Access) -> Verified:
    """Two reads.

    Raises:
        NeedsOperator: the credentials do not open the account, it is not active, or a number is not the account's.
    """
    where = access.where("verify")
    account = client.line(access).read_as(Account, get(client.resource(access, ".json")), "verify")
    if account.status != "active":
        raise NeedsOperator(where, f"the account is {account.status}.", next_step="Open Twilio's console: billing.")
    owned = client.numbers(access)
    wanted = [name for name in client.named_numbers(access) if not name.startswith("MG")]
    missing = sum(name not in {number.phone_number for number in owned} for name in wanted)
    if missing:
        raise NeedsOperator(
            where,
            f"{missing} of the connection's numbers do not belong to this account.",
            next_step="Correct `select: numbers` of the connection, or buy or port the number.",
        )
    ours = [number for number in owned if not wanted or number.phone_number in wanted]
    deaf = tuple(_deaf(number) for number in ours if not (number.sms_url or number.sms_application_sid))
    return Verified(
        proved=("credentials", "account", "numbers", *(() if deaf else ("webhook",))),
        warnings=deaf,
        facts={"numbers": str(len(ours)), "type": account.type, "hipaa_mode": "not shown by the API"},
    )


def _deaf(number: Number) -> str:
    return (
        f"replies to the number ending {number.phone_number[-4:]} go nowhere. "
        "Set its 'A message comes in' webhook to this practice's address in Twilio's console."
    )
