"""Rules over the syntax tree."""

import ast
import re
from collections.abc import Iterator

from tools.house_rules.places import BANS_LIFTED, CLAIMED_MAKERS, OTHER_QUERY_LANGUAGES, RUN_LOOPS, SQL_SPEAKERS
from tools.house_rules.sources import Source

# Line and sentence; the rule's name is added by the table.
Remark = tuple[int, str]

LONGEST_FUNCTION = 40
BROAD = {"Exception", "BaseException"}

SQL = re.compile(
    r"""\s*(?:
      select\s.+\sfrom\s | insert\s+into\s | update\s+\S+\s+set\s | delete\s+from\s | merge\s+into\s
    | create\s+(?:or\s+replace\s+)?(?:temp\s+)?(?:table|view|index|schema|secret|macro)\s
    | alter\s+table\s | drop\s+(?:table|view|schema)\s | attach\s+['$] | with\s+\w+\s+as\s*\( | pragma\s+\w
    )""",
    re.DOTALL | re.IGNORECASE | re.VERBOSE,
)

BARE_NOQA = re.compile(r"#\s*noqa(?!:\s*[A-Z]+\d)")
NOQA = re.compile(r"#\s*noqa:\s*(?P<codes>[A-Z]+\d+(?:[,\s]+[A-Z]+\d+)*)(?P<why>.*)")
IGNORE = re.compile(r"#\s*type:\s*ignore(?P<code>\[[\w-]+(?:,\s*[\w-]+)*\])?(?P<why>.*)")


def claims_are_made_in_deliver(source: Source) -> Iterator[Remark]:
    """A `Claimed` permits one request to a vendor; only the claim transaction may make one."""
    if source.within(*CLAIMED_MAKERS):
        return
    sentence = "only pipelines/outbox/deliver makes a Claimed; take the one you are given"
    for node in source.nodes:
        match node:
            case ast.Call(func=ast.Name(id="Claimed") | ast.Attribute(attr="Claimed")):
                yield node.lineno, sentence
            # Claimed.model_construct, Claimed.model_validate and whatever comes next.
            case ast.Attribute(value=ast.Name(id="Claimed") | ast.Attribute(attr="Claimed")):
                yield node.lineno, sentence
            case ast.alias(name="Claimed", asname=str()):
                yield node.lineno, "import Claimed under its own name, so that its makers can be found"
            case ast.ClassDef() if _inherits_claimed(node):
                yield node.lineno, "nothing inherits from Claimed: a subclass would be another licence to send"


def _inherits_claimed(node: ast.ClassDef) -> bool:
    return any(ast.unparse(base).rpartition(".")[2] == "Claimed" for base in node.bases)


def functions_are_short(source: Source) -> Iterator[Remark]:
    """A function is at most forty lines, from `def` to its end."""
    for name, node in source.functions:
        length = (node.end_lineno or node.lineno) - node.lineno + 1
        if length > LONGEST_FUNCTION:
            yield node.lineno, f"{name} has {length} lines of {LONGEST_FUNCTION}; a better noun usually shortens it"


def everything_is_caught_in_run_loops_only(source: Source) -> Iterator[Remark]:
    """`except Exception` hides what went wrong, so the functions that may say it are listed with a reason."""
    permitted = {place.what for place in RUN_LOOPS if source.within(place.path)}
    caught = dict(_broad_catches(source))
    for line, function in sorted(caught.items()):
        if function not in permitted:
            yield (
                line,
                "catch what can happen here; a run loop that must go on is listed in tools/house_rules/places.py",
            )
    for function in sorted(permitted - set(caught.values())):
        yield 1, f"places.py lists {function} as a run loop that catches everything, and it does not any more"


def _broad_catches(source: Source) -> Iterator[tuple[int, str]]:
    for node in source.nodes:
        if _is_broad(node):
            line = getattr(node, "lineno", 1)
            yield line, _function_around(source, line)


def _is_broad(node: ast.AST) -> bool:
    match node:
        # Cleaning up and passing the error on hides nothing.
        case ast.ExceptHandler(body=[*_, ast.Raise(exc=None)]):
            return False
        case ast.ExceptHandler(type=None):
            return True
        case ast.ExceptHandler(type=ast.expr() as caught):
            return bool({ast.unparse(part) for part in ast.walk(caught) if isinstance(part, ast.Name)} & BROAD)
        case ast.Call(func=ast.Name(id="suppress") | ast.Attribute(attr="suppress"), args=names):
            return bool({ast.unparse(name) for name in names} & BROAD)
    return False


def _function_around(source: Source, line: int) -> str:
    around = [name for name, node in source.functions if node.lineno <= line <= (node.end_lineno or 0)]
    return max(around, key=lambda name: name.count("."), default="<module>")


def sql_stands_in_sql_files(source: Source) -> Iterator[Remark]:
    """SQL is named and described in ledger/queries/*.sql or stands in a migration."""
    if source.within(*SQL_SPEAKERS, *OTHER_QUERY_LANGUAGES):
        return
    prose = {id(node.value) for node in source.nodes if isinstance(node, ast.Expr)}
    for node in source.nodes:
        match node:
            case ast.Constant(value=str() as text) if id(node) not in prose and _is_sql(text):
                yield node.lineno, "SQL stands in ledger/queries/*.sql, with a name and a sentence; call it by its name"


def _is_sql(text: str) -> bool:
    """A statement begins in capitals or in small letters; what begins like a sentence ("Select a row from") is one."""
    return bool(SQL.match(text)) and not text.split(maxsplit=1)[0].istitle()


def hubspot_is_asked_by_name(source: Source) -> Iterator[Remark]:
    """`client.api_request` of hubspot-api-client ignores the client's host: an emulator would be passed by."""
    for node in source.nodes:
        match node:
            case ast.Attribute(attr="api_request"):
                yield node.lineno, "api_request ignores `host`; use the paths table of connectors/hubspot/client.py"


def a_vendors_door_is_empty(source: Source) -> Iterator[Remark]:
    """A vendor's `__init__` imports nothing, so that reading its manifest never loads its push."""
    parts = source.path.parts
    if len(parts) != 3 or parts[0] != "connectors" or parts[1] == "kit" or parts[2] != "__init__.py":  # noqa: PLR2004 - connectors/<vendor>/__init__.py
        return
    for statement in source.tree.body:
        if not isinstance(statement, ast.Expr):
            yield statement.lineno, "a vendor's __init__ holds a docstring and nothing else"


def silence_has_a_reason(source: Source) -> Iterator[Remark]:
    """A comment that silences a checker names the check and says why."""
    for line, comment in source.remarks:
        if BARE_NOQA.search(comment):
            yield line, "name what is silenced and why:  # noqa: S311 - seeded, not secret"
        for pattern, code in ((NOQA, "codes"), (IGNORE, "code")):
            if (found := pattern.search(comment)) and not (found[code] and re.search(r"\w{2}", found["why"])):
                yield line, f"say why after the code:  {found[0].strip()} - because …"


def bans_are_lifted_where_listed(source: Source) -> Iterator[Remark]:
    """A banned API is used in the places that are listed for it, and there only for what the list says."""
    permitted = [place for place in BANS_LIFTED if source.within(place.path)]
    lifted = {line: source.lines[line - 1] for line, comment in source.remarks if _lifts_a_ban(comment)}
    for number, line in lifted.items():
        if not any(place.what in line for place in permitted):
            yield number, "this ban is lifted in the places listed in tools/house_rules/places.py, and not here"
    for place in permitted:
        if place.path == str(source.path) and not any(place.what in line for line in lifted.values()):
            yield 1, f"places.py lifts the ban on {place.what} here, and nothing needs it"


def _lifts_a_ban(comment: str) -> bool:
    found = NOQA.search(comment)
    return found is not None and "TID251" in found["codes"]
