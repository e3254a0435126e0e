"""What deciding costs: one rendered action under all rules, against the same number of empty function calls.

    python -m benchmarks.policy

Deciding asks every rule and combines the answers; the look at the text is the lexicon's token look-up. Recording stands beside
it: the verdict with its id and the hash of its facts, and writing both to a ledger with every rule's answer. In every round the
empty calls are measured anew, right beside what is compared with them; printed is the median of the rounds' ratios.
"""

import tempfile
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import repeat
from pathlib import Path
from statistics import median
from time import process_time
from typing import NamedTuple

from rich.console import Console
from rich.table import Table

from canonical.actions import Action, HipaaClass, Labels, Outcome, Purpose, SubjectKind, TcpaClass
from canonical.agreements import Agreement, AgreementStatus
from canonical.consent import Consent, ConsentCategory, ConsentKind
from canonical.ids import ActionId, ConsentId, ContactPointId, ContentHash, PracticeId
from canonical.people import ContactKind
from canonical.policy import PolicySettings, ReviewInvites, ReviewMode
from canonical.practice import Channel
from ledger.embedded import EmbeddedFile
from ledger.keys import LedgerKey
from ledger.outbox import record_verdicts
from ledger.store import Store, create
from pipelines.messages.lexicon import Lexicon
from pipelines.policy.asking import Asked
from pipelines.policy.card import cards
from pipelines.policy.engine import ask, decide
from pipelines.policy.facts import (
    Facts,
    Freshness,
    Invitation,
    Permission,
    Programme,
    Recipient,
    Route,
    Row,
    Screening,
    Text,
)
from pipelines.policy.identifiers import identifiers_in
from pipelines.policy.pushes import Ground, Push
from pipelines.policy.revocation import read

ALLOWED = 10
"""How many empty calls a rule may cost."""
ROUNDS, CALLS = 100, 100
WRITES = 5
"""Rounds of writing, each of `CALLS` verdicts in one transaction."""
KEY = LedgerKey(b"benchmark" + bytes(23))
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
            kind=ConsentKind.WRITTEN if category is ConsentCategory.MARKETING else ConsentKind.EXPRESS,
            given_at=NOON - timedelta(days=60),
            recorded_at=NOON - timedelta(days=60),
            source="webform",
            wording_sha256="b" * 64,
        )
        for category in (ConsentCategory.INFORMATIONAL, ConsentCategory.FEEDBACK, ConsentCategory.MARKETING)
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
            brand="lumen",
            zone="America/New_York",
            zone_source="address",
            address_state="NY",
            area_code_states=("CT",),
            area_code_zones=("America/New_York",),
        ),
        permission=Permission(consents=_consents(), suppressions=(), checked_at=NOON),
        screening=Screening(national=False, reassigned=False),
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


def _empty_calls(asked: Asked) -> Callable[[], object]:
    """As many calls of a function that does nothing as there are rules, each with the question."""
    functions = tuple(repeat(_empty, len(cards())))

    def call_them() -> None:
        for function in functions:
            function(asked)

    return call_them


class Measured(NamedTuple):
    """The medians of some rounds."""

    microseconds: float
    ratio: float
    """To the empty calls of the same round."""


def _seconds(work: Callable[[], object], calls: int = CALLS) -> float:
    began = process_time()
    for _ in range(calls):
        work()
    return (process_time() - began) / calls


def _compared(
    works: Mapping[str, Callable[[], object]], empty: Callable[[], object], rounds: int = ROUNDS, calls: int = CALLS
) -> dict[str, Measured]:
    """What each costs, measured right beside the empty calls."""
    costs: dict[str, list[tuple[float, float]]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            beside, cost = _seconds(empty), _seconds(work, calls)
            costs[name].append((cost * 1e6, cost / beside))
    return {name: Measured(*map(median, zip(*found, strict=True))) for name, found in costs.items()}


def _written(actions: Mapping[str, Action], facts: Facts, empty: Callable[[], object]) -> dict[str, Measured]:
    """The same of writing a verdict with its answers: a transaction of many, opened and committed, per verdict."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "lumen" / "ledger.duckdb"
        create(path, practice_id="lumen", key=KEY)
        store = Store(EmbeddedFile(path, KEY), "lumen")
        works = {name: _writing(store, action, facts) for name, action in actions.items()}
        found = _compared(works, empty, WRITES, 1)
    return {
        f"{name}: its verdict written to a ledger": Measured(*(one / CALLS for one in cost))
        for name, cost in found.items()
    }


def _writing(store: Store, action: Action, facts: Facts) -> Callable[[], object]:
    verdicts = [decide(action, facts, SETTINGS, NOON + timedelta(seconds=n), "send") for n in range(CALLS)]
    return lambda: store.write(lambda session: record_verdicts(session, verdicts))


def _asked(action: Action, facts: Facts, now: datetime = NOON) -> Callable[[], object]:
    return lambda: ask(Asked(action, facts, SETTINGS, now)).result


def _cases(actions: Mapping[str, Action], facts: Facts) -> dict[str, Callable[[], object]]:
    """What must stay within the bound."""
    reminder, offer, review = actions.values()
    blocked = facts.model_copy(update={"permission": Permission(consents=(), suppressions=(), checked_at=NOON)})
    return {
        "a reminder that may go": _asked(reminder, facts),
        "the same, with the lexicon's look at its text": lambda: (WORDS.term_in(BODY), _asked(reminder, facts)()),
        "one without consent, with its sentence": _asked(reminder, blocked),
        "a text that sells and may go": _asked(offer, facts),
        "a review at noon, two states' hours": _asked(review, facts),
    }


def _beside(actions: Mapping[str, Action], facts: Facts) -> dict[str, Callable[[], object]]:
    """What is worth knowing next to it: it happens once an action, or only at times."""
    return {
        "a review at night: two rules say until when and why": _asked(actions["a review"], facts, NIGHT),
        **{f"{name}: decided, hashed, made a verdict": _made(action, facts) for name, action in actions.items()},
        "the search for identifiers": lambda: identifiers_in(BODY, DECLARED),
        "reading a reply": lambda: read("Can I stop by at 3?"),
    }


def _made(action: Action, facts: Facts) -> Callable[[], object]:
    return lambda: decide(action, facts, SETTINGS, NOON, "send")


def _all_may_go(actions: Mapping[str, Action], facts: Facts) -> None:
    """What is blocked early would be measured for what it is not."""
    for name, action in actions.items():
        outcome = decide(action, facts, SETTINGS, NOON, "send").outcome
        if outcome is not Outcome.ALLOW:
            message = f"{name} was meant to be allowed and is: {outcome}"
            raise RuntimeError(message)


def main() -> int:
    """Print what each kind of decision costs, in microseconds and in empty calls; 1 when one costs more than is allowed."""
    facts = _facts()
    kinds = {"a reminder": Purpose.TREATMENT, "an offer": Purpose.MARKETING, "a review": Purpose.REVIEW_REQUEST}
    actions = {name: _action(purpose) for name, purpose in kinds.items()}
    _all_may_go(actions, facts)
    empty = _empty_calls(Asked(actions["a reminder"], facts, SETTINGS, NOON))
    cases = _compared(_cases(actions, facts), empty)
    beside = _compared(_beside(actions, facts), empty)
    beside |= _written(actions, facts, empty)
    table = Table(
        "what", "µs", "x empty calls", title=f"{len(cards())} empty calls take {_seconds(empty) * 1e6:.2f} µs"
    )
    for name, (cost, ratio) in (cases | beside).items():
        table.add_row(name, f"{cost:.1f}", f"{ratio:.1f} of {ALLOWED}" if name in cases else f"{ratio:.1f}")
    Console().print(table)
    return int(max(ratio for _, ratio in cases.values()) > ALLOWED)


if __name__ == "__main__":
    raise SystemExit(main())
