"""The spine's steps as the shipped journeys have them, and a practice to run them in."""

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta

from canonical.actions import HipaaClass, Labels, Purpose, TcpaClass
from canonical.ids import ContentHash, LocationId, PracticeId
from canonical.plan import Anchor, Journeys, OnMoved, OnPast, Step, StopOn, Timing
from canonical.practice import Channel, Location, Practice

LIVE_FROM = datetime(2026, 11, 1, 4, 0, tzinfo=UTC)
TREATMENT = Labels(purpose=Purpose.TREATMENT, hipaa=HipaaClass.TREATMENT, tcpa=TcpaClass.INFORMATIONAL)
REPLY = Labels(purpose=Purpose.REQUESTED_REPLY, hipaa=HipaaClass.OPERATIONS, tcpa=TcpaClass.INFORMATIONAL)
INTERNAL = Labels(purpose=Purpose.INTERNAL, hipaa=HipaaClass.OPERATIONS, tcpa=TcpaClass.INFORMATIONAL)

_TEXT: dict[str, object] = {
    "owner": "glowline",
    "live_from": LIVE_FROM,
    "max_age": timedelta(hours=26),
    "channels": (Channel.SMS,),
    "labels": TREATMENT,
}
_NOTICE: dict[str, object] = _TEXT | {
    "settle": timedelta(seconds=60),
    "settle_staff": timedelta(minutes=5),
    "on_past": OnPast.AT_ONCE,
    "expires": timedelta(0),
    "expires_from": Anchor.VISIT_START,
}
_REMINDER: dict[str, object] = _TEXT | {
    "anchor": Anchor.VISIT_START,
    "on_past": OnPast.SKIP,
    "expires": timedelta(minutes=-60),
    "on_moved": OnMoved.RESEND,
    "names_time": True,
    "stop": (StopOn.VISIT_CANCELLED, StopOn.VISIT_CHECKED_IN, StopOn.VISIT_STARTED),
}
_BEFORE_IT_BEGINS = (StopOn.VISIT_CANCELLED, StopOn.VISIT_STARTED)


def _step(key: str, template: str, priority: int, *parts: Mapping[str, object]) -> Step:
    fields: dict[str, object] = {"key": key, "row": key.split("-", 1)[0], "template": template, "priority": priority}
    for part in parts:
        fields |= part
    return Step.model_validate(fields)


SPINE_STEPS: tuple[Step, ...] = (
    _step(
        "2.5-confirmation",
        "confirmation",
        30,
        _NOTICE,
        {"anchor": Anchor.VISIT_BOOKED, "names_time": True, "stop": _BEFORE_IT_BEGINS},
        {"absorbs": ("2.3-intake", "2.4-deposit")},
    ),
    _step(
        "2.7-change-notice",
        "change-notice",
        10,
        _NOTICE,
        {"anchor": Anchor.VISIT_MOVED, "names_time": True, "stop": _BEFORE_IT_BEGINS},
    ),
    _step(
        "2.8-cancel-notice",
        "cancel-notice",
        10,
        _NOTICE,
        {"anchor": Anchor.VISIT_CANCELLED, "stop": (StopOn.VISIT_STARTED,)},
    ),
    _step("3.1-reminder-48h", "reminder-48h", 40, _REMINDER, {"offset": timedelta(hours=-48)}),
    _step(
        "3.2-reminder-24h",
        "reminder-24h",
        35,
        _REMINDER,
        {"offset": timedelta(hours=-24), "min_shift": timedelta(hours=2)},
    ),
    _step("4.1-morning-of", "morning-of", 33, _REMINDER, {"timing": Timing.MORNING_OF, "at": time(8)}),
)
"""Rows 2.5, 2.7, 2.8, 3.1, 3.2 and 4.1, their SMS half."""

ACK: Mapping[str, object] = {
    "anchor": Anchor.INQUIRY_RECEIVED,
    "owner": "glowline",
    "live_from": LIVE_FROM,
    "expires": timedelta(hours=24),
    "channels": (Channel.SMS, Channel.EMAIL),
    "labels": REPLY,
    "stop": (StopOn.BOOKING, StopOn.STAFF_CONTACT),
}
INQUIRY_STEPS: tuple[Step, ...] = (
    _step("1.1-answer-open", "answer-open", 20, ACK, {"when_open": True}),
    _step("1.4-answer-closed", "answer-closed", 20, ACK, {"when_open": False}),
    _step(
        "1.2-lead",
        "lead",
        20,
        ACK,
        {"channels": (Channel.CRM,), "labels": INTERNAL, "command": "upsert_lead", "stop": ()},
    ),
    _step(
        "1.3-alert",
        "alert",
        20,
        ACK,
        {"channels": (Channel.CRM,), "labels": INTERNAL, "command": "create_task", "stop": ()},
    ),
    _step(
        "1.5-escalate",
        "escalate",
        20,
        ACK,
        {"channels": (Channel.STAFF,), "labels": INTERNAL, "command": "create_task", "timing": Timing.PROMISE},
        {"expires": timedelta(days=4)},
    ),
)


def journeys(*steps: Step, tag: str = "0") -> Journeys:
    """Journeys of these steps, or of the spine."""
    return Journeys(steps=steps or SPINE_STEPS, hash=ContentHash(tag * 64))


def changed(*changes: tuple[str, Mapping[str, object]], steps: tuple[Step, ...] = SPINE_STEPS) -> tuple[Step, ...]:
    """The steps, with fields of some rows replaced."""
    by_row = dict(changes)
    return tuple(step.model_copy(update=dict(by_row.get(step.row, {}))) for step in steps)


def location(name: str, zone: str, state: str = "NY") -> Location:
    """A place with nothing set but its zone."""
    return Location(
        location_id=LocationId(name),
        name=name.title(),
        zone=zone,
        state=state,
        address="1 Main Street",
        phone="+12125550100",
        sms_sender="+12125550101",
    )


DOWNTOWN = location("downtown", "America/New_York")
UPTOWN = location("uptown", "America/New_York")
COAST = location("coast", "America/Los_Angeles", "CA")

PRACTICE = Practice(
    practice_id=PracticeId("lumen"),
    name="Lumen Aesthetics",
    sms_name="Lumen",
    brand="lumen",
    demo=True,
    state="NY",
    default_location=DOWNTOWN.location_id,
    locations=(DOWNTOWN, UPTOWN, COAST),
)
