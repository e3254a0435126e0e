"""Our suppression, in every record of the org that has the address (R34). Opt-ins are never written, and calls never paused.

Salesforce has a field that says no to mails, and none that says no to texts: that one is the org's own, and the settings name
it. One query per object finds who has the address and says nothing yet; one request marks them all. Doing it again finds only
those that are still unmarked.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from canonical.actions import WriteOptOut
from canonical.delivery import Claimed, SendResult
from canonical.practice import Channel
from canonical.problems import ConnectorProblem, NeedsOperator, RefusalReason, Refused, TryLater
from connectors.kit.access import Access
from connectors.kit.commands import payload_of
from connectors.kit.phones import is_phone, national_digits
from connectors.salesforce import answers, client, soql
from connectors.salesforce.asking import Reading, Writing
from connectors.salesforce.objects import KINDS, Kind, no_texts_field, only_of, selected
from connectors.salesforce.rows import Row, rows_of

MOST: Final = 200
"""Records in one collection."""
_SHOWN: Final = 3
"""Ids that a problem names."""
_AGAIN: Final = "It is repeated, for those that are left."
_BY_HAND: Final = "Tick the field on them in Salesforce by hand; our own list holds meanwhile."
_NO_PLACE: Final = "Nothing to do: our own list holds. README, Commands, says how Salesforce can hold it as well."


@dataclass(frozen=True, slots=True)
class Place:
    """Where an object keeps addresses, and its no to mails."""

    mail: str
    phones: tuple[str, ...]
    no_mails: str
    more: tuple[str, ...] = ()


PLACES: Final = {
    "Lead": Place("Email", ("MobilePhone", "Phone"), "HasOptedOutOfEmail", ("IsConverted",)),
    "Contact": Place("Email", ("MobilePhone", "Phone", "HomePhone", "OtherPhone"), "HasOptedOutOfEmail"),
    "Account": Place(
        "PersonEmail",
        ("PersonMobilePhone", "Phone", "PersonHomePhone", "PersonOtherPhone"),
        "PersonHasOptedOutOfEmail",
    ),
}
"""Object → where. The phones are those that a pull reads."""


@dataclass(frozen=True, slots=True)
class Holder:
    """A record that has the address, and the field to tick."""

    object_type: str
    id: str
    field: str


def write_opt_out(access: Access, claimed: Claimed) -> SendResult:
    """Every lead, contact and person account with that address, of the objects that this connection reads.

    A converted lead takes no change: it is left as it is, and the result says so. The contact it became is a record of its own.

    Raises:
        Refused: it is a phone, and the settings name no field; or the org refused a row. TryLater: there are more than fit
            into one request, or a row was locked. NeedsOperator: a field is hidden or may not be written. Else as `Send`.
    """
    asked = payload_of(claimed, WriteOptOut)
    writing = Writing(access, "write_opt_out", claimed.attempt_id)
    kinds = _kinds(access)
    if not any(_field(access, kind, asked.channel) for kind in kinds):
        raise Refused(writing.where, RefusalReason.INVALID, "Salesforce has no place for it.", next_step=_NO_PLACE)
    found = [each for kind in kinds for each in _holders(writing, kind, asked)]
    holders = [holder for holder, converted in found if not converted]
    left = len(found) - len(holders)
    if holders:
        left += _marked(writing, holders[:MOST])
    if len(holders) > MOST:
        raise TryLater(writing.where, f"more than {MOST} records have the address.", next_step=_AGAIN)
    return SendResult(vendor_id=holders[0].id if holders else "none", status=_said(holders, left))


def ticked(access: Access) -> tuple[tuple[str, str], ...]:
    """Object and field of every place into which this connection would write an opt-out."""
    each = (
        (kind, _field(access, kind, channel)) for kind in _kinds(access) for channel in (Channel.EMAIL, Channel.SMS)
    )
    return tuple((kind.object_type, field) for kind, field in each if field)


def _said(holders: Sequence[Holder], left: int) -> str:
    done = "opted out" if holders else "nobody has it, or all are marked"
    return f"{done}; {left} converted left as they are" if left else done


def _kinds(access: Access) -> tuple[Kind, ...]:
    """One stream of each object that is read."""
    read = {kind.object_type: kind for name, kind in KINDS.items() if name in access.connection.streams}
    return tuple(read[name] for name in PLACES if name in read)


def _field(access: Access, kind: Kind, channel: Channel) -> str:
    return PLACES[kind.object_type].no_mails if channel is Channel.EMAIL else no_texts_field(access, kind)


def _holders(writing: Writing, kind: Kind, asked: WriteOptOut) -> Iterator[tuple[Holder, bool]]:
    """Whoever has the address and is not marked yet, and whether it is a lead that was converted."""
    access, place = writing.access, PLACES[kind.object_type]
    field, address = _field(access, kind, asked.channel), asked.contact.get_secret_value()
    if not field:
        return
    mail = asked.channel is Channel.EMAIL
    has = f"{place.mail} = {soql.quoted(address)}" if mail else _like(place.phones, address)
    ours = (soql.one_of(name, values) for name, values in selected(access, kind))
    conditions = (has, f"{field} = false", *only_of(access, kind), *ours)
    names = ("Id", *place.more, *(() if mail else place.phones))
    for row in _rows(writing, soql.select(kind.object_type, names, conditions, " ORDER BY Id")):
        if mail or any(is_phone(row.fields.get(name), address) for name in place.phones):
            yield Holder(kind.object_type, row.id, field), row.fields.get("IsConverted") is True


def _rows(writing: Writing, query: str) -> Iterator[Row]:
    reading = Reading(writing.access, f"push.{writing.command}.look_up", writing.attempt)
    page = rows_of(reading.query(query).body, reading.where, "holders")
    yield from page.rows
    seen = {""}
    while page.next not in seen:
        seen.add(page.next)
        page = rows_of(reading.following(page.next).body, reading.where, "holders")
        yield from page.rows


def _like(phones: Sequence[str], number: str) -> str:
    """A phone is text, written as somebody liked: its digits in their order, with anything between; compared here again."""
    pattern = soql.quoted(f"%{'%'.join(national_digits(number))}%")
    return f"({' OR '.join(f'{name} LIKE {pattern}' for name in phones)})"


def _marked(writing: Writing, holders: Sequence[Holder]) -> int:
    """One request for all of them; how many had been converted meanwhile. Rows are refused one by one, inside a 200."""
    answer = writing.update_all([(each.object_type, {"id": each.id, each.field: True}) for each in holders])
    converted, problems = 0, []
    for holder, row in zip(holders, answers.rows(writing, answer, len(holders)), strict=True):
        if row.success:
            continue
        problem = answers.refused(writing, row)
        if problem.where.vendor_code == client.CONVERTED:
            converted += 1
        elif not (isinstance(problem, Refused) and problem.reason is RefusalReason.NOT_FOUND):
            problems.append((holder, problem))
    if problems:
        raise _problem(len(holders), problems)
    return converted


def _problem(count: int, problems: Sequence[tuple[Holder, ConnectorProblem]]) -> ConnectorProblem:
    """What becomes of the attempt: it is repeated while that can help one of the rows; those that were written stay written."""
    order = (TryLater, NeedsOperator, Refused)
    worst = min((each for _, each in problems), key=lambda each: order.index(type(each)) if type(each) in order else 0)
    ids = ", ".join(holder.id for holder, _ in problems[:_SHOWN])
    more = len(problems) - _SHOWN
    named = f"{ids} and {more} more" if more > 0 else ids
    says = f"{len(problems)} of {count} records were not marked ({named}; {worst.where.vendor_code})."
    if isinstance(worst, NeedsOperator):
        return NeedsOperator(worst.where, says, next_step=worst.next_step)
    if isinstance(worst, Refused):
        return Refused(worst.where, worst.reason, says, next_step=_BY_HAND)
    return TryLater(worst.where, says, next_step=_AGAIN)
