"""Commands that answer: what is coming, why this message, why not that one."""

from datetime import datetime, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.markup import escape

from canonical.problems import GlowlineError
from console.cli.output import Home, Json, show

Practice = Annotated[str | None, typer.Argument(help="One practice; all when left out.", show_default=False)]
Row = dict[str, Any]
_LAST_DIGITS = 4


def add_to(app: typer.Typer) -> None:
    """Hang the commands into the tree."""
    app.command("plan")(plan)
    app.command("explain")(explain)


class NothingFound(GlowlineError):
    """Nothing in any ledger has that id."""


def plan(
    practice: Practice = None,
    days: Annotated[int, typer.Option(help="How many days ahead.", min=0, max=366)] = 3,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """What is about to be said, day by day; what is held, and which rules are not built yet."""
    from console.cli.opened import hub_at, practices_of
    from ledger.planning import count_held
    from pipelines.lifecycle.ranges import compile_plan
    from pipelines.policy.engine import not_built_rules
    from pipelines.tick.planning import HORIZON

    hub, found = hub_at(home), {}
    for one in practices_of(hub, practice):
        now = hub.clock.business_now()
        with one.store.reading() as session:
            rows = session.rows("open_actions_coming", until=now + timedelta(days=days))
            held = count_held(session, compile_plan(one.config.journeys, now, now + HORIZON))
        found[str(one.practice_id)] = {
            "zone": str(one.bench.zone),
            "actions": [_coming(row) for row in rows],
            "held_back": [{"rule": rule, "row": row, "subjects": held[rule, row]} for rule, row in sorted(held)],
        }
    data = {"practices": found, "rules_not_built": list(not_built_rules())}

    def say(console: Console) -> None:
        for name, part in found.items():
            _say_plan(console, name, part)
        if missing := not_built_rules():
            console.print(f"Rules not built yet ({len(missing)}): {', '.join(missing)}")

    show(data, as_json, say)


def _coming(row: Row) -> Row:
    kept = ("action_id", "row", "step", "channel", "state", "due_at", "expires_at", "anchor_at", "subject_id")
    return {name: row[name] for name in kept} | {"who": _initials(row["display_name"] or "")}


def _initials(name: str) -> str:
    return " ".join(f"{part[:1]}." for part in name.replace(".", "").split())


def _say_plan(console: Console, practice: str, part: Row) -> None:
    zone, day = ZoneInfo(part["zone"]), ""
    console.print(f"[bold]{practice}[/bold]  {len(part['actions'])} actions ahead")
    for row in part["actions"]:
        due = row["due_at"].astimezone(zone)
        if f"{due:%A %d %B}" != day:
            day = f"{due:%A %d %B}"
            console.print(f"  [bold]{day}[/bold]")
        state = "" if row["state"] in {"planned", "cleared"} else f"  ({row['state']})"
        console.print(
            f"    {due:%H:%M}  {row['row']:<4} {row['channel']:<13} {row['who']:<6} {row['action_id']}{state}"
        )
    _say_held_back(console, part["held_back"])


def _say_held_back(console: Console, held: list[Row]) -> None:
    """What no action was made for, because the practice's own settings say that nothing is to be said."""
    told = {"LIVE-01": "from before the row was switched on", "OWN-01": "another tool sends these"}
    for rule, why in told.items():
        rows = [f"{one['row']} {one['subjects']:,}" for one in held if one["rule"] == rule]
        if rows:
            console.print(f"  Not planned, {why} ({rule}): {' · '.join(rows)}")


def explain(
    what: Annotated[
        str, typer.Argument(help="An action, message, attempt, visit or vendor id, or a phone's last four digits.")
    ],
    practice: Annotated[str | None, typer.Option(help="Only this practice; required with last four digits.")] = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Why was this said, and could it have gone wrong? The answer in one sentence, then the chain behind it."""
    from console.cli.opened import hub_at, practices_of

    if practice is None and _is_last_digits(what):
        raise NothingFound("four digits may be anybody's phone", next_step="Say whose patient it is: --practice NAME")
    silent: list[str] = []
    for one in practices_of(hub_at(home), practice):
        if ids := _named(one, what):
            _tell(one, ids, as_json)
            return
        silent += visits_named(one, what)
    if silent:
        message = f"{what} is known, and nothing was ever planned about it"
        raise NothingFound(message, next_step=f"glowline why-not --visit {silent[0]} says why.")
    raise NothingFound(
        f"no ledger here knows {what}",
        next_step="Use an id from `glowline plan`, a vendor's message id, or a phone's last four digits with --practice.",
    )


def _is_last_digits(what: str) -> bool:
    return what.isdigit() and len(what) == _LAST_DIGITS


def _tell(one: Any, ids: list[str], as_json: bool) -> None:  # noqa: ANN401 - imported late; a flag handed on
    story, others, zone = _story(one, ids[0]), ids[1:], one.bench.zone
    show({"story": story, "others": others}, as_json, lambda console: _say_story(console, story, others, zone))


def _named(one: Any, what: str) -> list[str]:  # noqa: ANN401 - imported late
    with one.store.reading() as session:
        if _is_last_digits(what):
            rows = session.rows("actions_by_last_digits", digits=what)
        else:
            rows = session.rows("actions_named", id=what)
    return [row["action_id"] for row in rows]


def visits_named(one: Any, what: str) -> list[str]:  # noqa: ANN401 - imported late
    """The visits and inquiries a person may mean by our id or the vendor's."""
    with one.store.reading() as session:
        return [row["subject_id"] for row in session.rows("subjects_named", id=what)]


def _story(one: Any, action_id: str) -> Row:  # noqa: ANN401 - imported late
    """Everything about one action. Looking at a person's data is an event too (C6)."""
    from console.cli.audited import looked_at

    now = one.hub.clock.business_now()
    with one.store.writing(business_now=now) as session:
        row = session.one("story_of_action", action_id=action_id) or {}
        story: Row = {"action": row, "source": None, "consent": None, "receipts": [], "transitions": [], "audit": None}
        if row.get("version_id"):
            story["source"] = session.one("source_of_version", version_id=row["version_id"])
        if row.get("consent_id"):
            story["consent"] = session.one("consent_by_id", consent_id=row["consent_id"])
        if row.get("attempt_id"):
            story["receipts"] = session.rows("receipts_of_attempt", attempt_id=row["attempt_id"])
        story["transitions"] = session.rows("transitions_of_action", action_id=action_id)
        row["state"] = story["transitions"][-1]["after"]  # a delivery is reported after the action has left the table
        entries = session.one("audit_entries_about", id=action_id) or {}
        sealed = session.one("checkpoint_over", entry=entries["last"]) if entries.get("last") else None
        story["audit"] = {**entries, "checkpoint": sealed["size"] if sealed else None}
        subject = row.get("person_id") or action_id
        looked_at(session, [subject], now, page="explain")
    story["agreement"] = _agreement(one, row)
    return story


def _agreement(one: Any, row: Row) -> str:  # noqa: ANN401 - imported late
    from console.cli.story import answers

    if not row.get("vendor"):
        return ""
    found = one.config.agreements.find(row["vendor"], row["product"])
    at: datetime = row["claimed_at"]
    if found is not None and found.in_force(at.astimezone(one.bench.zone).date()):
        return f"{row['vendor']} BAA signed {found.signed_on}, in force that day"
    allowed = any(one["rule"] == "BAA-01" and one["outcome"] == "allow" for one in answers(row))
    why = ": nothing about a patient went along (BAA-01)" if allowed else ""
    standing = f"{row['vendor']} BAA signed {found.signed_on}, NOT in force that day" if found else ""
    return (standing or f"no {row['vendor']} agreement covers {row['product']}") + why


def _say_story(console: Console, story: Row, others: list[str], zone: ZoneInfo) -> None:
    from console.cli.story import because, title

    row = story["action"]
    console.print(f"[bold]{escape(title(row, zone))}[/bold]")
    console.print(because(row, zone), markup=False)
    console.print()
    for name, said in _chain(story, zone):
        console.print(f"  [dim]{name:<15}[/dim] {escape(said)}")
    console.print()
    more = f" · {len(others)} more: glowline explain {others[0]}" if others else ""
    console.print(
        f"Next: glowline explain {row['subject_id']} · glowline why-not --visit {row['subject_id']} --row 3.2 · glowline audit verify{more}"
    )


def _chain(story: Row, zone: ZoneInfo) -> list[tuple[str, str]]:
    from console.cli.story import entries, local, short

    row, source = story["action"], story["source"]
    told: list[tuple[str, str]] = []
    if source:
        told.append(
            (
                "vendor record",
                f"{source['connection_id']}/{source['stream']} {source['vendor_id']}, version {source['ordinal']}, read {local(source['read_at'], zone)}   raw {source['raw_id']}  sha256 {short(source['content_hash'])}… ({source['origin']})",
            )
        )
        told.append(
            (
                "became",
                f"{row['subject_kind']} {row['subject_id']}{_version(row)}   mapping @{short(source['mapping_hash'])}",
            )
        )
    told.append(
        (
            "asked for",
            f"step {row['step']}, occurrence {row['occurrence']}, due {local(row['due_at'], zone)}   journeys @{short(row['journeys'])}",
        )
    )
    told += _decided(row)
    told += _way_out(story, zone)
    audit = story["audit"]
    if audit and audit.get("first"):
        sealed = (
            f"under checkpoint {audit['checkpoint']:,} (signed, kept off the box)"
            if audit["checkpoint"]
            else "not under a checkpoint yet"
        )
        told.append(("audit", f"{entries(audit)}, {sealed}"))
    return told


def _version(row: Row) -> str:
    """Visits have versions of their own."""
    return f" (version {row['visit_version']})" if row["visit_version"] else ""


def _segments(row: Row) -> str:
    """Texts are counted in segments, nothing else is."""
    many = row["segments"]
    return f", {many} segment{'s' if many != 1 else ''}" if many else ""


def _decided(row: Row) -> list[tuple[str, str]]:
    from console.cli.story import ruled, short

    if not row["verdict_id"]:
        return []
    by = "allowed by" if row["verdict"] in {"allow", "allow_with_risk"} else "decided by"
    return [(by, f"{ruled(row)}   policy @{short(row['policy'])}, {row['local_time']}")]


def _way_out(story: Row, zone: ZoneInfo) -> list[tuple[str, str]]:
    from console.cli.story import local, short

    row, consent = story["action"], story["consent"]
    told: list[tuple[str, str]] = []
    under = [story["agreement"]] if story["agreement"] else []
    if consent:
        under.append(
            f"consent {consent['consent_id']}: {consent['source']} {consent['form_version'] or ''}, {consent['given_at'] or consent['recorded_at']:%Y-%m-%d}"
        )
    if under:
        told.append(("under", " · ".join(under)))
    if row["body"]:
        told.append(
            (
                "said",
                f'"{row["body"]}" (template {row["template"]} @{short(row["template_hash"])}{_segments(row)})',
            )
        )
    if row["attempt_id"]:
        told.append(
            (
                "sent",
                f"attempt {row['attempt_id']}, claimed {local(row['claimed_at'], zone)} → {row['outcome'] or 'no outcome yet'} {row['vendor_id'] or ''} {row['reason'] or ''}".rstrip(),
            )
        )
    told += [
        (
            "reported",
            f"{' '.join(filter(None, (one['status'], one['code'])))}, recorded {local(one['recorded_at'], zone)}",
        )
        for one in story["receipts"]
    ]
    return told
