"""The one generator of SQL: a typed plan rendered as ranges over the open tables.

Only names of tables and columns come from the plan's enums; every value is bound. The result is a list of subjects worth
a look, or a count of what LIVE-01 and OWN-01 hold back. `ledger.candidates` reads what is known about the subjects.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from canonical.ranges import Column, Plan, Range, Table
from ledger.named_queries import NamedQuery
from ledger.session import Session

_FILE = "ledger/planning.py"
_SOON = timedelta(hours=1)
"""Open actions due within it are judged at every tick; the others when something about them changed."""
_SKEW = timedelta(days=1)
"""How far a vendor's clock may be ahead of our record of what it tells."""

_LATE = """\
WITH late_inquiries AS (
    SELECT i.*, w.interested_at FROM (
        SELECT * FROM inquiries
        WHERE recorded_at >= $events_since OR inquiry_id IN (SELECT inquiry_id FROM interests WHERE interested_at >= $events_since)
        QUALIFY row_number() OVER (PARTITION BY inquiry_id ORDER BY seq DESC) = 1
    ) i LEFT JOIN current_interests w ON w.inquiry_id = i.inquiry_id
), late_suppressions AS (
    SELECT *, effective_at AS received_at FROM suppressions
    WHERE recorded_at >= $events_since AND scope = 'all' AND NOT lifted AND NOT provisional
), late_copies AS (
    SELECT *, effective_at AS received_at FROM opt_out_copies WHERE recorded_at >= $events_since
), late_tasks AS (
    SELECT *, opened_at AS received_at FROM tasks WHERE recorded_at >= $events_since
    QUALIFY row_number() OVER (PARTITION BY task_id ORDER BY seq DESC) = 1
), mailed AS (                           -- whoever has, or had, a mail address
    SELECT DISTINCT c.person_id FROM person_contacts c JOIN contact_points p ON p.contact_point_id = c.contact_point_id WHERE p.kind = 'email'
)"""

_UNDONE = """\
SELECT n.subject_id FROM near n          -- of the step nothing is open, and nothing was settled since the subject changed
WHERE NOT n.told
  AND NOT EXISTS (SELECT 1 FROM open_actions a WHERE a.subject_id = n.subject_id AND a.step = n.step)
  AND NOT EXISTS (SELECT 1 FROM said d WHERE d.subject_id = n.subject_id AND d.step = n.step AND d.seq > n.seq AND d.used)
UNION
SELECT n.subject_id FROM near n          -- it changed after something was told about it, or may have been
JOIN (
    SELECT subject_id, max(seq) AS seq FROM (
        SELECT subject_id, seq FROM said WHERE told
        UNION ALL SELECT subject_id, 0 FROM open_actions WHERE state IN ('claimed', 'ambiguous')
    ) GROUP BY subject_id
) h ON h.subject_id = n.subject_id AND h.seq < n.seq
WHERE n.told"""

_SAID = """\
said AS MATERIALIZED (                   -- what is remembered of these, whether it used up its occurrence, and whether it told a time
    SELECT r.subject_id, r.step, r.seq, r.tells <> '' AND r.told_at IS NOT NULL AS told,
           r.state IN ('sent', 'delivered', 'bounced', 'rejected', 'refused', 'abandoned', 'expired', 'dropped')
           OR (r.state = 'absorbed' AND coalesce(r.carrier_state IN ('sent', 'delivered', 'bounced', 'rejected', 'refused', 'abandoned', 'dropped'), false)) AS used
    FROM remembered r SEMI JOIN near n ON n.subject_id = r.subject_id
)"""

_OPEN_ACTIONS = """\
SELECT a.subject_id FROM open_actions a LEFT JOIN open_visits v ON v.visit_id = a.subject_id
WHERE a.state IN ('planned', 'cleared', 'delayed', 'awaiting_approval', 'blocked', 'not_sent')
  AND (a.due_at < $soon OR a.expires_at <= $now OR a.journeys <> $journeys OR v.seq IS DISTINCT FROM a.fact_seq)"""

_NOBODY = "SELECT NULL::VARCHAR AS subject_id, NULL::BIGINT AS seq, NULL::VARCHAR AS step, false AS told WHERE false"
"""A plan without any range is a plan all the same."""

_NOT_REBOOKED = """\
NOT EXISTS (SELECT 1 FROM open_visits o WHERE o.person_id = {alias}.person_id AND o.start_at > {alias}.start_at
            AND o.status NOT IN ('cancelled', 'no_show', 'rescheduled', 'unknown', 'requested'))"""

_STIRRED = "SELECT subject_id FROM remembered WHERE seq > $since"


@dataclass(frozen=True)
class _Subjects:
    """How a subject table is read."""

    source: str
    alias: str
    key: str
    vendor_time: str
    always: str = ""


_TABLES: Mapping[Table, _Subjects] = {
    Table.VISITS: _Subjects("open_visits", "v", "visit_id", "booked_vendor_time", "NOT coalesce(v.walk_in, false)"),
    Table.INQUIRIES: _Subjects("late_inquiries", "i", "inquiry_id", "vendor_time"),
    Table.REPLIES: _Subjects("replies", "r", "reply_id", ""),
    Table.SUPPRESSIONS: _Subjects("late_suppressions", "s", "suppression_id", ""),
    Table.OPT_OUT_COPIES: _Subjects("late_copies", "c", "copy_id", ""),
    Table.TASKS: _Subjects("late_tasks", "t", "task_id", "", "t.closed_at IS NULL"),
}


@dataclass
class _Rendering:
    """Conditions and bound values of one query."""

    params: dict[str, object] = field(default_factory=dict)

    def bind(self, name: str, value: object) -> str:
        self.params[name] = value
        return f"${name}"


def subjects_query(plan: Plan, since: int) -> tuple[NamedQuery, dict[str, object]]:
    """The query for the subjects of a plan that need a look, and its values.

    They lie in a range and are not done, or have an open action near due or asked for by older facts, or had something
    settled after the ledger's number `since`.
    """
    rendering = _Rendering(_common(plan) | {"since": since, "now": plan.now, "soon": plan.now + _SOON})
    rendering.params["journeys"] = plan.journeys
    parts = [_selected(rendering, n, found) for n, found in enumerate(plan.ranges) if not found.held_by]
    near = "near AS MATERIALIZED (\n" + "\nUNION ALL\n".join([*parts, _NOBODY]) + "\n)"
    looked = f"{_UNDONE}\nUNION\n{_OPEN_ACTIONS}\nUNION\n{_STIRRED}"
    sql = f"{_LATE}, {near}, {_SAID}\n{looked}\nORDER BY subject_id"
    return NamedQuery("planned_subjects", "Subjects that a plan must look at.", sql, _FILE), rendering.params


def held_query(plan: Plan) -> tuple[NamedQuery, dict[str, object]]:
    """The query that counts, by rule and row, what OWN-01 and LIVE-01 hold back, and its values."""
    rendering = _Rendering(_common(plan))
    parts = [_counted(rendering, n, found) for n, found in enumerate(plan.ranges) if found.held_by or found.watermark]
    about = "How many subjects the plan's own rules hold back."
    return NamedQuery("held_in_plan", about, f"{_LATE}\n" + "\nUNION ALL\n".join(parts), _FILE), rendering.params


def count_held(session: Session, plan: Plan) -> Counter[tuple[str, str]]:
    """What OWN-01 and LIVE-01 hold back within reach of the plan, by (rule, row). Rows without any are left out."""
    query, params = held_query(plan)
    held: Counter[tuple[str, str]] = Counter()
    if any(found.held_by or found.watermark for found in plan.ranges):
        for row in session.generated(query, params):
            held[row["rule"], row["row"]] += row["held"]
    return +held


def record_held(session: Session, held: Mapping[tuple[str, str], int], *, now: datetime, run_id: str) -> None:
    """Leave the counts of one run; they are rows of the run, not of actions."""
    session.insert(
        "held_in_plan",
        [
            {"run_id": run_id, "rule": rule, "row": row, "held": count, "recorded_at": now}
            for (rule, row), count in sorted(held.items())
        ],
    )


def _common(plan: Plan) -> dict[str, object]:
    starts = [
        bound.since for found in plan.ranges if found.table is not Table.VISITS for bound in found.bounds if bound.since
    ]
    return {"events_since": min(starts, default=plan.now) - _SKEW}


def _selected(rendering: _Rendering, number: int, found: Range) -> str:
    table = _TABLES[found.table]
    step = rendering.bind(f"r{number}_step", found.step)
    told = str(found.told).lower()
    columns = f"{table.alias}.{table.key} AS subject_id, {table.alias}.seq, {step} AS step, {told} AS told"
    conditions = [*_base(rendering, number, found), *_passes(rendering, number, found)]
    return f"SELECT {columns} FROM {table.source} {table.alias}\n{_where(conditions)}"  # noqa: S608 - names from enums, values bound


def _counted(rendering: _Rendering, number: int, found: Range) -> str:
    table = _TABLES[found.table]
    rule = rendering.bind(f"r{number}_rule", found.held_by or "LIVE-01")
    row = rendering.bind(f"r{number}_row", found.row)
    conditions = list(_base(rendering, number, found))
    if found.told:
        told = f"h.subject_id = {table.alias}.{table.key} AND h.tells <> '' AND h.told_at IS NOT NULL"
        conditions.append(f"EXISTS (SELECT 1 FROM remembered h WHERE {told})")  # noqa: S608 - names from enums, values bound
    if not found.held_by:
        conditions.append(f"NOT coalesce({' AND '.join(_passes(rendering, number, found))}, false)")
    counted = f'SELECT {rule} AS rule, {row} AS "row", count(*) AS held FROM {table.source} {table.alias}'  # noqa: S608 - names from enums, values bound
    return f"{counted}\n{_where(conditions)}"


def _where(conditions: list[str]) -> str:
    return "WHERE " + "\n  AND ".join(conditions)


def _base(rendering: _Rendering, number: int, found: Range) -> Iterator[str]:
    """Everything about a range but whether its row is live."""
    table = _TABLES[found.table]
    for index, bound in enumerate(found.bounds):
        column = _column(found, bound.column)
        for name, sign, value in (("since", ">=", bound.since), ("until", "<", bound.until)):
            if value is not None:
                yield f"{column} {sign} {rendering.bind(f'r{number}_{index}_{name}', value)}"
    if table.always:
        yield table.always
    for name, values in (("status", found.statuses), ("kind", found.kinds), ("service_id", found.services)):
        if values:
            yield f"list_contains({rendering.bind(f'r{number}_{name}', list(values))}, {table.alias}.{name})"
    yield from _of_the_past(found, table.alias)


def _of_the_past(found: Range, alias: str) -> Iterator[str]:
    """What must have become of a visit for what follows it, and how its person can be reached."""
    if found.completed:
        yield f"coalesce({alias}.completion, 'none') <> 'none'"
    if not found.rebooked:
        yield _NOT_REBOOKED.format(alias=alias)
    if found.mailed:
        yield f"{alias}.person_id IN (SELECT person_id FROM mailed)"  # noqa: S608 - a name of ours


def _passes(rendering: _Rendering, number: int, found: Range) -> Iterator[str]:
    """LIVE-01: the fact is not older than the row."""
    mark = found.watermark
    if mark is None:
        return
    yield f"{_column(found, mark.column)} >= {rendering.bind(f'r{number}_live', mark.since)}"
    if mark.vendor_time:
        table = _TABLES[found.table]
        yield f"{table.alias}.{table.vendor_time}"


def _column(found: Range, column: Column) -> str:
    alias = _TABLES[found.table].alias
    if column is Column.END:
        return f"coalesce({alias}.end_at, {alias}.start_at)"  # many tools do not say when a visit ends
    return f"{alias}.{column.value}"
