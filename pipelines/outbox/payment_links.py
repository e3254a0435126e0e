"""The link by which a visit's deposit is paid: the text that asks for it waits for the link, and says it (row 2.4)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from canonical.actions import Action
from ledger.links import Links, links_of
from ledger.session import Session
from pipelines.outbox.route import TO_PEOPLE

DEPOSIT: Final = "2.4"
"""The row that asks for money."""
NO_LINKS: Final = Links({}, {})
LINK_COMES: Final = "link_comes"
"""Why such a text waits."""
LONGEST_WAIT: Final = timedelta(minutes=15)
"""From when the link was asked for. A text that is still without it then says the place's own link: that one names no visit."""
LOOKS_AGAIN: Final = timedelta(minutes=1)


def asks_for_deposit(action: Action) -> bool:
    """Whether the action's text says where a deposit is paid, by itself or as part of a confirmation (R6)."""
    carried = action.facts.get("carries", "").split(",")
    return action.channel in TO_PEOPLE and (action.row == DEPOSIT or DEPOSIT in carried)


def read_links(session: Session, actions: Sequence[Action]) -> Links:
    """Read only when somebody is asked for a deposit."""
    visits = {action.subject_id for action in actions if asks_for_deposit(action)}
    return links_of(session, visits) if visits else NO_LINKS


def link_comes_at(actions: Sequence[Action], links: Links, now: datetime) -> datetime | None:
    """When to look again whether the links of one text are there; None = it waits for none, or has waited long enough."""
    under_way = [links.asked[a.subject_id] for a in actions if asks_for_deposit(a) and a.subject_id in links.asked]
    until = max(under_way) + LONGEST_WAIT if under_way else now
    return min(now + LOOKS_AGAIN, until) if now < until else None


def where_paid(actions: Sequence[Action], links: Links) -> dict[str, str]:
    """Each visit's own link where a tool made one; nothing otherwise, and the place's link stays."""
    found = dict.fromkeys(links.made[a.subject_id] for a in actions if a.subject_id in links.made)
    return {"links.deposit": " ".join(found)} if found else {}
