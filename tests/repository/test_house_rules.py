"""Each house rule is provoked once, and each has a neighbour it leaves alone."""

from pathlib import Path, PurePosixPath

import pytest

from tools.house_rules import syntax
from tools.house_rules.__main__ import own_packages
from tools.house_rules.distributions import foreign_owners
from tools.house_rules.places import Place
from tools.house_rules.sources import Source, read, repository_files
from tools.house_rules.table import RULES, findings

ROOT = Path(__file__).parents[2]


def lines(count: int, indent: str = "") -> str:
    return "".join(f"{indent}line_{number} = {number}\n" for number in range(count))


# Written in two pieces, because this file is read by the rules as well.
SLASH = "/"
DOT = "."

# rule, file, text, the line it must name.
PROVOKED = [
    ("claims", "receiver/worker.py", "from canonical.delivery import Claimed\n\nc = Claimed(attempt_id='1')\n", 3),
    ("claims", "pipelines/outbox/reconcile.py", "import canonical.delivery as d\nc = d.Claimed()\n", 2),
    ("claims", "connectors/podium/push.py", "c = Claimed.model_construct()\n", 1),
    ("claims", "connectors/podium/push.py", "from canonical.delivery import Claimed as Licence\n", 1),
    ("claims", "connectors/podium/push.py", "class Mine(delivery.Claimed): ...\n", 1),
    ("short-functions", "pipelines/tick.py", f"def tick():\n{lines(40, '    ')}", 1),
    ("short-functions", "tests/test_tick.py", f"class Tests:\n    def tick():\n{lines(40, '        ')}", 2),
    ("broad-catch", "pipelines/tick.py", "try:\n    go()\nexcept Exception:\n    pass\n", 3),
    ("broad-catch", "pipelines/tick.py", "try:\n    go()\nexcept:\n    pass\n", 3),
    ("broad-catch", "pipelines/tick.py", "try:\n    go()\nexcept (OSError, BaseException):\n    pass\n", 3),
    ("broad-catch", "pipelines/tick.py", "with contextlib.suppress(Exception):\n    go()\n", 1),
    ("sql", "pipelines/visits/chain.py", "q = 'SELECT id FROM visits'\n", 1),
    ("sql", "console/pages/people.py", "q = f'''\n  delete from people where id = {x}'''\n", 1),
    ("hubspot-host", "connectors/hubspot/pull.py", "\nclient.api_request({'path': '/x'})\n", 2),
    ("vendor-door", "connectors/podium/__init__.py", '"""Podium."""\nfrom connectors.podium import push\n', 2),
    ("silence", "canonical/people.py", "import os  # noqa\n", 1),
    ("silence", "canonical/people.py", "import os  # noqa: F401\n", 1),
    ("silence", "canonical/people.py", "x = y  # type: ignore[assignment]\n", 1),
    ("bans", "pipelines/tick.py", "import requests  # noqa: TID251 - in a hurry\n", 1),
    ("bans", "tests/test_tick.py", "time.sleep(1)  # noqa: TID251 - until it is there\n", 1),
    ("bans", "connectors/kit/http.py", "import socket\n", 1),
    ("names", "pipelines/utils.py", "", 1),
    ("names", "console/common/page.html", "<p>", 1),
    ("short-files", "pipelines/tick.py", lines(301), 301),
    ("short-files", "tests/test_tick.py", lines(501), 501),
    ("short-files", "tools/verify_audit.py", lines(20), 1),
    ("local-paths", "docs/tour.md", f"Look\nin {SLASH}home/ana/glowline.\n", 2),
    ("local-paths", "Makefile", f"cd {SLASH}work/main\n", 1),
    ("registries", "requirements/runtime.txt", f"--index-url https://pypi{DOT}org/simple\n", 1),
    ("registries", "package-lock.json", '{"resolved"' + ': "https://example.org/x.tgz"}\n', 1),
    ("fragments", "changelog.d/one-more-word-than-may-be.fixed.md", "It works again.\n", 1),
    ("fragments", "changelog.d/late-replies.mended.md", "It works again.\n", 1),
    ("fragments", "changelog.d/late-replies.fixed.md", "Late replies\nare read again\n", 2),
    ("fragments", "changelog.d/late-replies.fixed.md", "", 1),
]

# rule, file, text that looks like a breach and is none.
LEFT_ALONE = [
    ("claims", "pipelines/outbox/deliver.py", "c = Claimed(attempt_id='1')\n"),
    ("claims", "connectors/podium/push.py", "def send_sms(claimed: Claimed) -> SendResult: ...\n"),
    ("short-functions", "pipelines/tick.py", f"def tick():\n{lines(39, '    ')}"),
    ("broad-catch", "pipelines/tick.py", "try:\n    go()\nexcept OSError:\n    pass\n"),
    ("broad-catch", "ledger/store.py", "try:\n    go()\nexcept BaseException:\n    roll_back()\n    raise\n"),
    ("sql", "ledger/planning.py", "q = 'SELECT id FROM visits'\n"),
    ("sql", "pipelines/tick.py", '"""SELECT is not used here, FROM nowhere."""\n'),
    ("sql", "console/cli/pick.py", "t = 'Select a practice from the list'\n"),
    ("vendor-door", "connectors/podium/__init__.py", '"""Podium."""\n'),
    ("vendor-door", "connectors/kit/__init__.py", "import connectors.kit.http\n"),
    ("silence", "canonical/people.py", "import os  # noqa: F401 - read by the page\n"),
    ("silence", "canonical/people.py", "text = '# noqa'\n"),
    ("bans", "connectors/kit/http.py", "import requests  # noqa: TID251 - here and nowhere else\n"),
    ("names", "practices/base/journeys.yaml", ""),
    ("names", "console/templates/base.html", ""),
    ("short-files", "tests/test_tick.py", lines(500)),
    ("local-paths", "docs/tour.md", "https://example.org/work/plan and ../work/ and ~/work/notes\n"),
    ("registries", "docs/adr/0001.md", "The package duckdb is pinned.\n"),
    ("fragments", "changelog.d/late-replies-are-read-again.fixed.md", "It works again.\n"),
    ("fragments", "changelog.d/README.md", "`<kind>` is one of five"),
]


def found(rule: str, path: str, text: str) -> list[int]:
    return [finding.line for finding in findings(Source(PurePosixPath(path), text)) if finding.rule == rule]


@pytest.mark.parametrize("rule,path,text,line", PROVOKED)
def test_a_breach_is_found_where_it_stands(rule: str, path: str, text: str, line: int) -> None:
    assert found(rule, path, text) == [line]


@pytest.mark.parametrize("rule,path,text", LEFT_ALONE)
def test_what_only_looks_like_a_breach_is_left_alone(rule: str, path: str, text: str) -> None:
    assert found(rule, path, text) == []


def test_every_rule_is_provoked_and_says_what_it_is() -> None:
    assert {rule.name for rule in RULES} == {rule for rule, *_ in PROVOKED}
    assert all(rule.says for rule in RULES)


def test_a_listed_run_loop_may_catch_everything_and_a_stale_entry_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(syntax, "RUN_LOOPS", (Place("pipelines/tick.py", "Loop.run", "one must not stop the others"),))
    body = "class Loop:\n    def run(self):\n        try:\n            go()\n        except {}:\n            pass\n"
    assert found("broad-catch", "pipelines/tick.py", body.format("Exception")) == []
    assert found("broad-catch", "pipelines/tick.py", body.format("OSError")) == [1]


def test_a_finding_reads_as_a_sentence_with_its_place() -> None:
    (finding,) = findings(Source(PurePosixPath("pipelines/utils.py"), ""))
    assert str(finding).startswith("pipelines/utils.py:1  names: 'utils' fits anything")


def test_a_distribution_that_owns_one_of_our_names_is_refused(tmp_path: Path) -> None:
    metadata = tmp_path / "ledger_toolkit-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: ledger-toolkit\nVersion: 1.0\n")
    (metadata / "RECORD").write_text("ledger/__init__.py,,\nledger_toolkit-1.0.dist-info/METADATA,,\n")
    (sentence,) = foreign_owners(own_packages(ROOT), [str(tmp_path)])
    assert "ledger-toolkit" in sentence
    assert "'ledger'" in sentence


def test_nobody_owns_our_names_here() -> None:
    assert [*foreign_owners(own_packages(ROOT))] == []


def test_a_binary_file_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\xff\xfe")
    assert read(tmp_path, PurePosixPath("picture.png")) is None


def test_every_file_git_knows_is_read() -> None:
    names = {*repository_files(ROOT)}
    assert {PurePosixPath("pyproject.toml"), PurePosixPath(".ci/run"), PurePosixPath("tools/servers.sh")} <= names
    assert not [name for name in names if name.is_relative_to(".venv")]
