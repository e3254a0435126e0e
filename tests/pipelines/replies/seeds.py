"""What stands in the ledger before somebody answers: people, visits, and what we said."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from canonical.ids import Prefix, RunId, keyed_id
from pipelines.replies.unanswered import watch_replies
from tests.receiver.world import NOON, PATIENT, World, call, inbound

RUN = RunId("run-test")
STAFF = "+12125550100"
TOMORROW = datetime.fromisoformat("2026-11-13T14:00-05:00")
"""A Friday in New York."""
Row = dict[str, Any]


def says(world: World, text: str, number: int = 1, sender: str = PATIENT) -> None:
    """Somebody texts, and it is read."""
    incoming = inbound(text, number=number, sender=sender).model_copy(update={"received_at": world.hand.now})
    world.spool.write(call(incoming, at=world.hand.now))
    world.practice().ear.listen(RUN)


def phone(world: World, number: str = PATIENT) -> str:
    """The id of a phone."""
    with world.hub.store("lumen").reading() as session:
        return keyed_id(Prefix.CONTACT_POINT, session.key("pseudonym"), "phone", number)


def insert(world: World, table: str, *rows: Row) -> None:
    with world.hub.store("lumen").writing() as session:
        session.insert(table, rows)


def live(world: World, *names: str, number: str = PATIENT, flags: str = "") -> list[str]:
    """People on a phone."""
    point = phone(world, number)
    people = [f"p-{name}" for name in names]
    insert(world, "contact_points", {"contact_point_id": point, "kind": "phone", "value": number, "recorded_at": NOON})
    insert(world, "persons", *({"person_id": one, "flags": flags, "recorded_at": NOON} for one in people))
    on_it = {"contact_point_id": point, "rank": 0, "ended": False}
    insert(world, "person_contacts", *(on_it | {"person_id": one} for one in people))
    return people


def visit(world: World, person: str, start: datetime = TOMORROW, name: str = "", **more: object) -> str:
    """A booked visit."""
    visit_id = f"v-{name or person}"
    row = {
        "visit_id": visit_id,
        "person_id": person,
        "status": "booked",
        "start_at": start,
        "location_id": "downtown",
        "provider_id": "kim",
        "changed_at": NOON - timedelta(days=3),
    }
    insert(world, "open_visits", row | more)
    insert(world, "visit_versions", row | more)
    return visit_id


def said(
    world: World,
    *visits: str,
    row: str = "3.2",
    starts: Sequence[datetime] = (TOMORROW,),
    text: str = "",
    ago: float = 60,
) -> None:
    """A text of ours went to the patient's phone, about some visits, so many minutes ago."""
    at, name = world.hand.now - timedelta(minutes=ago), f"{row}-{'-'.join(visits)}-{ago}"
    tells = '{"tells":"time"}' if row.startswith(("2.", "3.", "4.")) else "{}"
    times = [*starts, *[starts[-1]] * len(visits)] if starts else []
    purpose = "survey" if row.startswith("6.") else "treatment"
    insert(
        world,
        "closed_actions",
        *(
            {
                "action_id": f"a-{name}-{n}",
                "step": f"{row}-step",
                "row": row,
                "subject_kind": "visit",
                "subject_id": one,
                "purpose": purpose,
                "anchor_at": times[n] if times else None,
                "state": "sent" if n == 0 else "absorbed",
                "facts": tells,
                "message_id": f"m-{name}",
            }
            for n, one in enumerate(visits)
        ),
    )
    insert(world, "messages", {"message_id": f"m-{name}", "body": text or "Hello from Lumen", "rendered_at": at})
    attempt = {"attempt_id": f"at-{name}", "action_id": f"a-{name}-0", "message_id": f"m-{name}", "command": "send_sms"}
    insert(world, "attempts", attempt | {"contact_point_id": phone(world), "claimed_at": at})


def tasks(world: World, kind: str = "") -> list[Row]:
    """Open tasks."""
    return [row for row in world.table("current_tasks") if row["closed_at"] is None and kind in {"", row["kind"]}]


def intents(world: World) -> list[str]:
    return [row["intent"] for row in world.table("replies")]


def pauses(world: World) -> list[tuple[str, str]]:
    """The pauses in force: scope and value."""
    rows = [row for row in world.table("current_pauses") if row["until"] is None or row["until"] > world.hand.now]
    return sorted((row["scope"], row["value"]) for row in rows)


def watch(world: World) -> dict[str, int]:
    """What the tick does about conversations."""
    practice = world.practice()
    return dict(+watch_replies(practice.store, practice.config.practice, world.hand.now))


def only(rows: Sequence[Row]) -> Row:
    [row] = rows
    return row
