"""Each import contract is broken once, in a tree of empty packages, and must be seen to fail."""

import configparser
import subprocess
import sys
from pathlib import Path

import pytest

from tests.seeds import ROOT

CONTRACTS = ROOT / ".importlinter"
PREFIX = "importlinter:contract:"

VENDORS = {"connectors/acuity/__init__.py": "", "connectors/podium/__init__.py": ""}

# A contract, and files that break it, each with its one forbidden line.
BREACHES: list[tuple[str, dict[str, str]]] = [
    ("downhill", {"canonical/people.py": "import ledger"}),
    ("downhill", {"receiver/app.py": "import console"}),
    ("downhill", {"ledger/raw.py": "import mappings"}),
    ("stages", {"pipelines/poll.py": "import pipelines.receipts", "pipelines/receipts.py": ""}),
    ("stages", {"pipelines/shortcut.py": ""}),
    ("pure-core", {"pipelines/policy/engine.py": "import canonical.people", "canonical/people.py": "import requests"}),
    (
        "no-memory-in-decisions",
        {"pipelines/lifecycle/plan.py": "import pipelines.visits", "pipelines/visits.py": "import ledger"},
    ),
    ("duckdb-in-ledger", {"pipelines/tick.py": "import duckdb"}),
    ("dagster-in-orchestration", {"console/cli.py": "import dagster"}),
    (
        "vendors-are-strangers",
        VENDORS | {"connectors/acuity/wire.py": "", "connectors/podium/pull.py": "import connectors.acuity.wire"},
    ),
    ("vendors-are-strangers", VENDORS | {"connectors/kit/registry.py": "import connectors.podium"}),
    (
        "only-the-outbox-sends",
        VENDORS | {"connectors/podium/push.py": "", "pipelines/receipts.py": "import connectors.podium.push"},
    ),
    (
        "only-the-outbox-sends",
        {"connectors/kit/dispatch.py": "", "connectors/kit/registry.py": "import connectors.kit.dispatch"},
    ),
    ("emulators-know-nothing-of-us", {"emulators/twilio.py": "import canonical"}),
    ("developer-tools-are-strangers", {"tools/demo.py": "import pipelines"}),
    ("no-developer-tools-at-work", {"pipelines/tick.py": "import emulators"}),
]

# Files that look like a breach and are none.
ALLOWED = {
    "connectors/acuity/__init__.py": "",
    "connectors/acuity/client.py": "import connectors.kit.http",
    "connectors/acuity/push.py": "import connectors.kit.http",
    "connectors/kit/http.py": "import requests",
    "connectors/kit/dispatch.py": "import connectors.kit.http",
    "pipelines/outbox/deliver.py": "import connectors.kit.dispatch\nimport ledger\nimport pipelines.policy",
    "ledger/store.py": "import duckdb",
    "orchestration/definitions.py": "import dagster\nimport pipelines.outbox",
}


def parsed() -> configparser.ConfigParser:
    parser = configparser.ConfigParser()
    parser.read(CONTRACTS)
    return parser


def empty_tree(root: Path, files: dict[str, str]) -> Path:
    packages = parsed()["importlinter"]["root_packages"].split()
    stages = ["pipelines/lifecycle", "pipelines/policy", "pipelines/outbox"]
    for package in [*packages, *stages, "connectors/kit"]:
        (root / package).mkdir(parents=True)
        (root / package / "__init__.py").write_text("")
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text + "\n")
    (root / ".importlinter").write_bytes(CONTRACTS.read_bytes())
    return root


def lint_imports(root: Path, *options: str) -> subprocess.CompletedProcess[str]:
    program = str(Path(sys.executable).with_name("lint-imports"))
    command = [program, "--no-cache", "--no-logo", *options]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)


def test_every_contract_is_broken_once() -> None:
    declared = {section.removeprefix(PREFIX) for section in parsed().sections() if section.startswith(PREFIX)}
    assert declared == {contract for contract, _ in BREACHES}


@pytest.mark.parametrize(
    "contract,files", BREACHES, ids=[f"{contract}-{number}" for number, (contract, _) in enumerate(BREACHES)]
)
def test_a_breach_is_refused(contract: str, files: dict[str, str], tmp_path: Path) -> None:
    outcome = lint_imports(empty_tree(tmp_path, files), "--contract", contract)
    assert outcome.returncode == 1, outcome.stdout + outcome.stderr
    assert "1 broken" in outcome.stdout


def test_the_permitted_imports_pass(tmp_path: Path) -> None:
    outcome = lint_imports(empty_tree(tmp_path, ALLOWED))
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
