"""What a pause may name: a value that can never match would hold nothing, and say that it does."""

from datetime import datetime
from typing import Any

from canonical.pauses import PauseScope
from canonical.practice import Channel
from canonical.problems import GlowlineError

_WHOLE = frozenset({PauseScope.AGENCY, PauseScope.PRACTICE})


class CannotPause(GlowlineError):
    """A pause names something that does not exist. Nothing is paused."""


def must_hold(one: Any, scope: PauseScope, value: str, until: datetime | None, now: datetime) -> None:  # noqa: ANN401 - imported late
    """Return when a pause of that scope and value can hold something. Raises CannotPause, saying what can be named."""
    if until is not None and until <= now:
        raise CannotPause(
            f"{until:%Y-%m-%d %H:%M} UTC is over, so nothing would be paused",
            next_step="Say a time that is still to come, or leave --until out: it then lasts until somebody releases it.",
        )
    if scope in _WHOLE:
        if value:
            raise CannotPause(f"a pause of the whole {scope.value} takes no value", next_step="Leave --value out.")
        return
    if scope is PauseScope.PERSON:
        _must_be_known(one, value)
        return
    known = _values(one.config, scope)
    if value not in known:
        raise CannotPause(
            f"{one.practice_id} has no {scope.value} '{value}', so nothing would be paused"
            if value
            else f"a pause of one {scope.value} must say which",
            next_step=f"Say --value with one of: {', '.join(sorted(known))}.",
        )


def _values(config: Any, scope: PauseScope) -> set[str]:  # noqa: ANN401 - imported late
    practice = config.practice
    if scope is PauseScope.LOCATION:
        return {str(place.location_id) for place in practice.locations}
    if scope is PauseScope.ROW:
        return {step.row for step in config.journeys.steps}
    if scope is PauseScope.VENDOR:
        return {connection.vendor for connection in practice.connections}
    return {channel.value for channel in Channel}


def _must_be_known(one: Any, value: str) -> None:  # noqa: ANN401 - imported late
    with one.store.reading() as session:
        known = session.rows("outbox_persons", persons=[value])
    if not known:
        raise CannotPause(
            f"{one.practice_id} knows no person '{value}', so nothing would be paused",
            next_step="Take the person's id from `glowline explain`.",
        )
