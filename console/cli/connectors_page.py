"""`python -m console.cli.connectors_page` writes docs/reference/connectors.md: every connector as its manifest has it.

Nothing on that page is typed by hand; a test compares the committed page with this.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from canonical.durations import written_duration
from connectors.kit.manifest import Evidence, GapKind, Limit, Manifest
from connectors.kit.registry import manifest
from console.cli.connectors_facts import COLUMNS, Facts, all_facts, cells

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "connectors.md"

_OPENING = """\
# The connectors

Written by `python -m console.cli.connectors_page` from the manifests themselves. `glowline connectors` says the same.

**Evidence** is what a test that was run shows, never more. A command with evidence of its own has it in brackets.

| evidence | means |
|---|---|
| `docs` | written from the vendor's documentation |
| `spec` | requests and answers are checked against the vendor's own machine-readable contract or vectors |
| `recorded` | checked against real traffic somebody recorded |

Nothing here has been run against an account of the vendor's own, so nothing claims to have been.

**A gap** is something a reader would expect and that is not there: `todo` is ours, `vendor` is theirs, `never` would mean nothing here.
"""
_KNOWN = frozenset({Evidence.DOCS, Evidence.SPEC, Evidence.RECORDED})


def page() -> str:
    """The whole page.

    Raises:
        ValueError: a manifest claims evidence that this page does not explain.
    """
    found = all_facts()
    return "\n".join([_OPENING, *_overview(found), *(line for one in found for line in _section(one))])


def _overview(found: tuple[Facts, ...]) -> Iterator[str]:
    yield f"## All {len(found)}\n"
    yield f"| vendor | {' | '.join(COLUMNS)} |"
    yield "|---" * (len(COLUMNS) + 1) + "|"
    yield from (f"| [{one.vendor}](#{one.vendor}) | {' | '.join(map(_cell, cells(one)))} |" for one in found)
    yield ""


def _section(one: Facts) -> Iterator[str]:
    described = manifest(one.vendor)
    yield f"## {one.vendor}\n"
    yield f"{described.name}. [Its README](../../connectors/{one.vendor}/README.md) has credentials, quirks and removal.\n"
    yield f"- **BAA** {one.baa}: {described.baa.where}"
    yield f"- **Proof** {_proof(described)}"
    yield from (f"- **Limit** {_limit(limit)}" for limit in described.limits)
    if described.verify is not None:
        yield f"- **`glowline check` proves** {described.verify.proves}"
    yield ""
    yield from _streams(described)
    yield from _commands(described)
    yield from _gaps(one)


def _proof(described: Manifest) -> str:
    auth = described.auth
    fields = ", ".join(f"`{name}`" for name in (*auth.secret, *auth.optional))
    connects = f"; connected with `glowline connect {described.vendor}`" if auth.authorize else ""
    return f"{auth.kind.value.replace('_', ' ')}{f', of {fields}' if fields else ''}{connects}"


def _limit(limit: Limit) -> str:
    counted = f", of {', '.join(f'`{path}`' for path in limit.paths)}" if limit.paths else ""
    why = f": {limit.why}" if limit.why else ""
    return f"{limit.rate.requests:,} in {written_duration(limit.rate.window)} per {limit.per}{counted}{why}"


def _streams(described: Manifest) -> Iterator[str]:
    if not described.streams:
        return
    yield "| stream | carries | comes by | follows | by id | tells how much |\n|---|---|---|---|---|---|"
    for name, stream in described.streams.items():
        again = (
            f"`{stream.cursor}`, again {written_duration(stream.overlap)}" if stream.overlap else f"`{stream.cursor}`"
        )
        follows = again if stream.cursor else ""
        kind = stream.kind.value if stream.kind else "what the mapping says"
        yield f"| `{name}` | {kind} | {stream.via.value} | {follows} | {_yes(stream.by_id)} | {_yes(stream.counted)} |"
    yield ""


def _yes(true: bool) -> str:
    return "yes" if true else ""


def _commands(described: Manifest) -> Iterator[str]:
    if not described.commands:
        return
    yield "| command | effect | in doubt | evidence |\n|---|---|---|---|"
    for name, command in described.commands.items():
        doubt = command.lookup.value.replace("_", " ")
        yield f"| `{name}` | {command.effect.value} | {doubt} | {_known(described.evidence_for(name))} |"
    yield ""


def _known(evidence: Evidence) -> str:
    if evidence not in _KNOWN:
        raise ValueError(f"evidence {evidence} is not explained on the page of connectors")
    return evidence.value


def _gaps(one: Facts) -> Iterator[str]:
    if not one.gaps:
        return
    yield "| gap | whose | why |\n|---|---|---|"
    yield from (f"| `{name}` | {_WHOSE[whose]} | {_cell(why)} |" for name, whose, why in one.gaps)
    yield ""


_WHOSE = {GapKind.TODO.value: "ours", GapKind.VENDOR.value: "theirs", GapKind.NEVER.value: "nobody's"}


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    sys.stdout.write(f"{PAGE.relative_to(PAGE.parents[2])}: {len(all_facts())} connectors\n")
