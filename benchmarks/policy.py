"""What deciding costs: one rendered action under all rules, against the same number of empty function calls.

    python -m benchmarks.policy

Deciding asks every rule and combines the answers; the look at the text is the lexicon's token look-up. Recording (hash of
the facts, id, verdict) and the search for identifiers are measured beside it. Every figure is the best of several
rounds, because other work on the machine only ever adds.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import repeat
from time import process_time
from timeit import Timer

from rich.console import Console
from rich.table import Table

from canonical.actions import Action, HipaaClass, Labels, Purpose, SubjectKind, TcpaClass
from canonical.agreements import Agreement, AgreementStatus
from canonical.consent import Consent, ConsentCategory, ConsentKind
from canonical.ids import ActionId, ConsentId, ContactPointId, ContentHash, PracticeId
from canonical.people import ContactKind
from canonical.policy import PolicySettings, ReviewInvites, ReviewMode
from canonical.practice import Channel
from pipelines.messages.lexicon import Lexicon
from pipelines.policy.asking import Asked
from pipelines.policy.card import cards
from pipelines.policy.engine import ask, decide
from pipelines.policy.facts import Facts, Freshness, Invitation, Permission, Programme, Recipient, Route, Row, Text
from pipelines.policy.identifiers import identifiers_in
from pipelines.policy.pushes import Ground, Push
from pipelines.policy.revocation import read

ALLOWED = 10
"""How many empty calls a rule may cost."""
ROUNDS, CALLS = 200, 100
NOON, NIGHT = datetime(2026, 11, 17, 17, tzinfo=UTC), datetime(2026, 11, 18, 4, tzinfo=UTC)
PHONE = ContactPointId("cp-1")
SETTINGS = PolicySettings(review_invites=ReviewInvites(mode=ReviewMode.EVERYONE))
BODY = (
    "Hi Ana, see you at Lumen Wed, Nov 18 at 12:00 PM EST, 12 Elm Street. To move it: https://go.example/l/0123456789"
)
DECLARED = ("Lumen", "Wed, Nov 18 at 12:00 PM EST", "12 Elm Street", "https://go.example/l/0123456789")
WORDS = Lexicon.of(f"treatment {n}" for n in range(400))


def _action(purpose: Purpose) -> Action:
    return Action(
        action_id=ActionId("a-1"),
        practice_id=PracticeId("lumen"),
        step="3.2-reminder-24h",
        row="3.2",
        subject_kind=SubjectKind.VISIT,
        subject_id="v-1",
        occurrence=1,
        contact_point_id=PHONE,
        channel=Channel.SMS,
        command="send",
        labels=Labels(purpose=purpose, hipaa=HipaaClass.TREATMENT, tcpa=TcpaClass.INFORMATIONAL),
        template="reminder-24h",
        due_at=NOON,
        expires_at=NOON + timedelta(days=1),
        journeys=ContentHash("0" * 64),
    )


def _consents() -> tuple[Consent, ...]:
    return tuple(
        Consent(
            consent_id=ConsentId(f"c-{category}"),
            contact_point_id=PHONE,
            brand="lumen",
            category=category,
            kind=ConsentKind.EXPRESS,
            given_at=NOON - timedelta(days=60),
            recorded_at=NOON - timedelta(days=60),
            source="webform",
        )
        for category in (ConsentCategory.INFORMATIONAL, ConsentCategory.FEEDBACK)
    )


def _facts() -> Facts:
    signed = Agreement(
        vendor="twilio",
        status=AgreementStatus.SIGNED,
        covered_products=("sms",),
        signed_on=date(2026, 1, 14),
        document_sha256="a" * 64,
    )
    return Facts(
        demo=True,
        practice_name="Lumen Aesthetics",
        practice_state="NY",
        today=NOON.date(),
        route=Route(vendor="twilio", product="sms", agreement=signed, sender="+12125550100"),
        recipient=Recipient(
            contact_point_id=PHONE,
            kind=ContactKind.PHONE,
            zone="America/New_York",
            zone_source="address",
            address_state="NY",
            area_code_states=("CT",),
            area_code_zones=("America/New_York",),
        ),
        permission=Permission(consents=_consents(), suppressions=(), checked_at=NOON),
        invitation=Invitation(visit_finished=True),
        freshness=Freshness(stream="acuity/appointments", read_at=NOON),
        text=Text(body=BODY, has_brand=True, has_stop_and_help=True, neutral_exists=True, offers_value=False),
        row=Row(owner="glowline", live_from=NOON - timedelta(days=16), fact_at=NOON),
        programme=Programme(first_message=False),
        push=_push(),
    )


def _push() -> Push:
    ground = Ground(
        vendor_mode="on",
        registered_uses=("mixed",),
        transport_encrypted=True,
        storage_encrypted=True,
        key_apart=True,
    )
    fields = ("to", "sender", "body")
    return Push(fields=fields, allowed=fields, destination="tool", recipient_kind="patient", ground=ground)


def _empty(asked: Asked) -> None:
    del asked


def _microseconds(work: Callable[[], object], calls: int = CALLS) -> float:
    return min(Timer(work, timer=process_time).repeat(ROUNDS, calls)) / calls * 1e6


def _empty_calls(asked: Asked) -> Callable[[], object]:
    """As many calls of a function that does nothing as there are rules, each with the question."""
    functions = tuple(repeat(_empty, len(cards())))

    def call_them() -> None:
        for function in functions:
            function(asked)

    return call_them


def main() -> None:
    """Print what each kind of decision costs, in microseconds and in empty calls."""
    console, facts = Console(), _facts()
    reminder, review = _action(Purpose.TREATMENT), _action(Purpose.REVIEW_REQUEST)
    blocked = facts.model_copy(update={"permission": Permission(consents=(), suppressions=(), checked_at=NOON)})
    cases: dict[str, Callable[[], object]] = {
        "a reminder that may go": lambda: ask(Asked(reminder, facts, SETTINGS, NOON)).result,
        "the same, with the lexicon's look at its text": lambda: (
            WORDS.term_in(BODY),
            ask(Asked(reminder, facts, SETTINGS, NOON)).result,
        ),
        "one without consent, with its sentence": lambda: ask(Asked(reminder, blocked, SETTINGS, NOON)).result,
        "a review at noon, two states' hours": lambda: ask(Asked(review, facts, SETTINGS, NOON)).result,
    }
    beside: dict[str, Callable[[], object]] = {
        "a review at night: two rules say until when and why": lambda: (
            ask(Asked(review, facts, SETTINGS, NIGHT)).result
        ),
        "deciding and recording: hash, id, verdict": lambda: decide(reminder, facts, SETTINGS, NOON, "send"),
        "the search for identifiers": lambda: identifiers_in(BODY, DECLARED),
        "reading a reply": lambda: read("Can I stop by at 3?"),
    }
    empty = _microseconds(_empty_calls(Asked(reminder, facts, SETTINGS, NOON)))
    table = Table("what", "µs", "x empty calls", title=f"{len(cards())} empty calls take {empty:.2f} µs")
    for name, work in (cases | beside).items():
        cost = _microseconds(work)
        wanted = f"{cost / empty:.1f} of {ALLOWED}" if name in cases else f"{cost / empty:.1f}"
        table.add_row(name, f"{cost:.1f}", wanted)
    console.print(table)


if __name__ == "__main__":
    main()
