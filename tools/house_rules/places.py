"""Where something may happen that may not happen elsewhere, and why there.

An entry names a file and, where it can, the function in it. Adding one is a decision a reviewer sees; an entry whose
file no longer needs it is a finding, so the list never grows stale.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """A file, what is permitted there, and the reason."""

    path: str
    what: str
    why: str


# `except Exception`: only where one thing's failure must not stop the others, and the failure is reported right there.
# `what` is the function that catches.
RUN_LOOPS: tuple[Place, ...] = (
    Place(
        "connectors/kit/dispatch.py", "send", "whatever fails after a byte has left must end as ambiguous, never unsaid"
    ),
    Place(
        "pipelines/accept/sorting.py",
        "taken_apart",
        "a call no reader can take apart is set aside, not met at every claim",
    ),
    Place(
        "orchestration/trying.py",
        "attempt",
        "one practice's failure never stops another's; the run ends red, naming it",
    ),
    Place(
        "receiver/door.py",
        "Door.receive",
        "a defect that a call provokes is reported without the call's words, and the vendor comes again",
    ),
    Place(
        "receiver/worker.py",
        "Worker._look",
        "files stay where they are while the installation's ledger is out of reach",
    ),
    Place("receiver/worker.py", "Worker._tidy", "it is tried again in an hour, and nothing depends on it"),
    Place("receiver/worker.py", "Worker._each_practice", "one practice's broken ledger stops no other's notice"),
    Place("receiver/worker.py", "Worker._lane", "one event's trouble must not end the lane; it is carried again"),
)

# Modules longer than the budget. `what` is how long they may be.
LONG_FILES: tuple[Place, ...] = (
    Place("tools/verify_audit.py", "460", "an auditor carries it away as one file and reads it whole"),
)

# A `noqa: TID251`, which lifts one of ruff's banned APIs. `what` must stand in the line that is silenced.
BANS_LIFTED: tuple[Place, ...] = (
    Place("connectors/kit/http.py", "requests", "the one place that speaks HTTP to a vendor"),
    Place("connectors/kit/registry.py", "import_module", "a vendor is found by its folder's name"),
    Place("connectors/kit/dispatch.py", "import_module", "the one road to a vendor's push"),
    Place("emulators/__main__.py", "import_module", "an emulator is found by its folder's name"),
    Place("tests/connectors/contract/subject.py", "import_module", "a vendor's wire is found by its folder's name"),
    Place("settings/clock.py", "datetime.now", "the installation's clock is read here and handed down"),
    Place("emulators/kit/clock.py", "time.time", "emulators import nothing of ours, so they have a clock of their own"),
    Place("tools/demo/story.py", "datetime.now", "the website of the demo stamps its form with its own clock"),
    Place("tests", "requests", "tests call our own ports as a stranger would"),
    Place("tools/demo", "requests", "the demo calls our own ports as a stranger would"),
)

# Files in which `Claimed`, the licence to make one request, may be constructed. Tests make them to try refusals.
CLAIMED_MAKERS = ("pipelines/outbox/deliver.py", "pipelines/outbox/deliver", "tests")

# Python that may hold SQL: the ledger, whose planning.py generates it, and what measures or tries the ledger.
SQL_SPEAKERS = ("ledger", "tests", "benchmarks")

# SOQL is Salesforce's wire format, not a question to the ledger.
OTHER_QUERY_LANGUAGES = ("connectors/salesforce",)
