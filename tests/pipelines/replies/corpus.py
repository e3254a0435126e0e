"""The corpus, and what each of its `given` stands for: a conversation as it stood when the phrase came."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import yaml
from pydantic import SecretStr

from canonical.actions import Purpose
from canonical.conversations import Direction, MessageRecord, ReplyIntent
from canonical.ids import LocationId, PracticeId
from canonical.practice import Channel, Location, Practice
from ledger.replies import Expected, Said, Told
from pipelines.replies.thread import Thread
from pipelines.replies.understanding import Heard, Understood, understand
from pipelines.tick.hearing import _hear

FILE = Path(__file__).with_name("corpus.yaml")
AT = datetime(2026, 11, 12, 9, 20, tzinfo=ZoneInfo("America/New_York")).astimezone(UTC)
"""A Thursday morning in New York."""
TOMORROW = datetime(2026, 11, 13, 14, 0, tzinfo=ZoneInfo("America/New_York")).astimezone(UTC)
TODAY = datetime(2026, 11, 12, 10, 0, tzinfo=ZoneInfo("America/New_York")).astimezone(UTC)
PRACTICE = Practice(
    practice_id=PracticeId("lumen"),
    name="Lumen Aesthetics",
    sms_name="Lumen",
    brand="lumen",
    state="NY",
    locations=(
        Location(
            location_id=LocationId("downtown"),
            name="Downtown",
            zone="America/New_York",
            state="NY",
            address="12 Mercer St",
            phone="+12125550101",
            sms_sender="+12125550110",
        ),
    ),
)


@dataclass(frozen=True)
class Phrase:
    """A line of the corpus."""

    text: str
    expect: str
    language: str
    given: str
    half: str

    def after(self, given: str) -> "Phrase":
        """The same words in another conversation."""
        return replace(self, given=given)

    def saying(self, text: str) -> "Phrase":
        """Other words in the same conversation."""
        return replace(self, text=text)


def corpus() -> list[Phrase]:
    """Every phrase with what it must be read as."""
    return [
        Phrase(str(text), group["expect"], group["language"], group.get("given", ""), group["half"])
        for group in yaml.safe_load(FILE.read_text(encoding="utf-8"))
        for text in group["phrases"]
    ]


def _reminder(start: datetime, text: str = "Hi Ana, see you at Lumen. To move it: https://go.example/l/1") -> Said:
    told_at = AT - timedelta(hours=2)
    return Said(
        "at-1", "p-ana", Purpose.TREATMENT, "3.2", "3.2-reminder", told_at, (Told("v-1", start),), SecretStr(text)
    )


def _survey(ago: timedelta) -> Said:
    asked = SecretStr("How was your visit, from 1 to 10?")
    return Said("at-0", "p-ana", Purpose.SURVEY, "6.1", "6.1-survey", AT - ago, (Told("v-0", None),), asked)


def _visit(start: datetime) -> Expected:
    return Expected("v-1", "p-ana", start, "downtown", "kim")


def thread(given: str) -> Thread:
    """The conversation of that name. Raises KeyError for another."""
    asked, late_asked = _survey(timedelta(days=2)), _survey(timedelta(days=6))
    reminder = _reminder(TOMORROW)
    found = {
        "": Thread(PRACTICE, AT),
        "visit": Thread(PRACTICE, AT, (reminder,), (_visit(TOMORROW),)),
        "visit_today": Thread(PRACTICE, AT, (_reminder(TODAY),), (_visit(TODAY),)),
        "offers_confirm": Thread(PRACTICE, AT, (_reminder(TOMORROW, "Reply C to confirm"),), (_visit(TOMORROW),)),
        "offers_change": Thread(PRACTICE, AT, (_reminder(TOMORROW, "Reply C to change it"),), (_visit(TOMORROW),)),
        "survey": Thread(PRACTICE, AT, (asked,)),
        "scored": Thread(PRACTICE, AT, (asked,), scored=frozenset({"v-0"})),
        "survey_six_days_ago": Thread(PRACTICE, AT, (late_asked,)),
        "survey_then_reminder": Thread(PRACTICE, AT, (reminder, asked), (_visit(TOMORROW),)),
        "inquiry": Thread(PRACTICE, AT, inquiry="q-1"),
    }
    return found[given]


def read(phrase: Phrase) -> Understood:
    """What the table and the policy make of a phrase."""
    record = MessageRecord(
        vendor_id="SM1", channel=Channel.SMS, direction=Direction.INBOUND, contact="+12125550142", text=phrase.text
    )
    return understand(record, Heard(SecretStr(phrase.text), Channel.SMS, AT), _hear, thread(phrase.given))


def fits(expected: str, found: ReplyIntent) -> bool:
    """Whether a reading is the expected one. Words that are held stop as surely as words that stop."""
    return found == expected or (expected == ReplyIntent.STOP and found is ReplyIntent.STOP_LIKELY)


def misread(phrases: Iterable[Phrase]) -> list[tuple[Phrase, ReplyIntent]]:
    """The phrases that are read as something else."""
    found = ((phrase, read(phrase).intent) for phrase in phrases)
    return [(phrase, intent) for phrase, intent in found if not fits(phrase.expect, intent)]
