"""Who is who in the shared installation, by phone."""

from canonical.ids import ContactPointId, PersonId
from ledger.people import people_on
from ledger.shared_opt_outs import phones_since
from pipelines.tick.opening import open_hub
from tests.console.conftest import Lived


def point_of(lived: Lived, phone: str) -> ContactPointId:
    """The contact point of a phone."""
    with open_hub(lived.home).store("lumen").reading() as session:
        (point,) = [one for one, value in phones_since(session, 0).items() if value == phone]
    return ContactPointId(point)


def person_of(lived: Lived, phone: str) -> PersonId:
    """Whose phone it is."""
    point = point_of(lived, phone)
    with open_hub(lived.home).store("lumen").reading() as session:
        (person,) = people_on(session, [point])[point]
    return person
