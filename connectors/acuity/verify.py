"""That the key opens the account, in which mode it is, that our calendars are its calendars, and who is called on a change."""

from collections.abc import Sequence
from typing import Final, TypeVar

from canonical.problems import ConnectorProblem, NeedsOperator, Refused
from connectors.acuity import client
from connectors.acuity.rows import rows_of
from connectors.acuity.wire import Calendar, Hook, Kind, Me
from connectors.kit.access import Access
from connectors.kit.calls import broken_page
from connectors.kit.exchange import get
from connectors.kit.offered import if_shown, offered
from connectors.kit.registry import Verified
from connectors.kit.shapes import Misshapen, Shape, shaped

S = TypeVar("S", bound=Shape)

DESIGNATED: Final = "designated"


def verify(access: Access) -> Verified:
    """Four reads.

    Raises:
        NeedsOperator: the key does not open the account, the account is not in the mode the settings say, or a calendar is
            not the account's.
    """
    calling = client.line(access)
    me = calling.read_as(Me, get(client.resource(access, "/me")), "verify")
    mode = DESIGNATED if me.is_hipaa else "not_designated"
    if access.setting("hipaa_mode") == DESIGNATED and not me.is_hipaa:
        raise NeedsOperator(
            access.where("verify"),
            "the settings say that the account is in HIPAA mode, and Acuity says that it is not.",
            next_step="Sign Acuity's BAA (its largest plan) and switch HIPAA on, or correct hipaa_mode.",
        )
    calendars = _list(access, Calendar, "/calendars")
    _require_calendars(access, [each.id for each in calendars])
    hooks = _hooks(access)
    return Verified(
        proved=("credentials", "account", "calendars"),
        warnings=(*_mode_warning(access, me), *_deaf(hooks)),
        facts={
            "account": me.id,
            "hipaa_mode": mode,
            "time_zone": me.timezone,
            "calendars": str(len(calendars)),
            "webhooks": "not shown" if hooks is None else str(len(hooks)),
        },
        providers=offered((each.name or each.id, each.id) for each in calendars if _is_ours(access, each)),
        services=if_shown(lambda: offered((kind.name, kind.id) for kind in _list(access, Kind, "/appointment-types"))),
    )


def _is_ours(access: Access, calendar: Calendar) -> bool:
    """A calendar that is a place of ours, or another practice's, is nobody who treats."""
    if calendar.name in access.connection.locations:
        return False
    wanted = client.named_calendars(access)
    return not wanted or calendar.id in wanted


def _require_calendars(access: Access, there: Sequence[str]) -> None:
    missing = sum(name not in there for name in client.named_calendars(access))
    if missing:
        raise NeedsOperator(
            access.where("verify"),
            f"{missing} of the connection's calendars are not the account's.",
            next_step="Correct `select: calendars` of the connection.",
        )


def _mode_warning(access: Access, me: Me) -> tuple[str, ...]:
    if access.setting("hipaa_mode") == DESIGNATED or not me.is_hipaa:
        return () if me.is_hipaa else (_NO_HIPAA,)
    return ("Acuity says that the account is in HIPAA mode. Write it down: `hipaa_mode: designated`.",)


_NO_HIPAA: Final = (
    "The account is not in HIPAA mode. Without Acuity's BAA (its largest plan) no patient's data may be read from it."
)


def _hooks(access: Access) -> tuple[Hook, ...] | None:
    """The webhooks that were set up over the API; None where Acuity does not tell. Those of its settings page stand nowhere."""
    try:
        return _list(access, Hook, "/webhooks")
    except Refused:
        return None


def _deaf(hooks: Sequence[Hook] | None) -> tuple[str, ...]:
    heard = {hook.event.rpartition(".")[2] for hook in hooks or ()}
    if hooks is None or {"scheduled", "rescheduled", "canceled"} <= heard:
        return ()
    return ("Acuity may not call when an appointment changes. README, Credentials, says how its webhooks are set up.",)


def _list(access: Access, shape: type[S], path: str) -> tuple[S, ...]:
    where = access.where("verify")
    answer = client.line(access).read(get(client.resource(access, path)), "verify")
    rows, _ = rows_of(answer.body, where, path)
    problem: ConnectorProblem
    try:
        return tuple(shaped(row.body, shape) for row in rows)
    except Misshapen as wrong:
        problem = broken_page(where, wrong)
    raise problem
