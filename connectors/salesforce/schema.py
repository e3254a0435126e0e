"""What an org says of its objects: the truth about which fields there are, and which of them our user sees."""

from connectors.kit.calls import broken_page
from connectors.kit.shapes import Misshapen, shaped
from connectors.salesforce.asking import Reading
from connectors.salesforce.wire import Described


def described(reading: Reading, object_type: str) -> Described:
    """The object's description. Raises `Refused` where the org has none, `ProtocolBroken` where it cannot be read."""
    answer = reading.plain(f"sobjects/{object_type}/describe")
    try:
        return shaped(answer.body, Described)
    except Misshapen as wrong:
        problem = broken_page(reading.where, wrong)
    raise problem
