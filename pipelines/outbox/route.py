"""Through which connection an action leaves: the location's sender for messages, the capability for everything else."""

from collections.abc import Callable
from dataclasses import dataclass

from canonical.actions import Action
from canonical.practice import THREADS, Channel, Connection, Practice
from connectors.kit.registry import manifest
from settings.practice import PracticeConfig

Offers = Callable[[str, str], bool]
"""Whether a vendor (first) declares a command (second) in its manifest."""

_PRODUCT = {
    Channel.SMS: "sms",
    Channel.EMAIL: "email",
    Channel.SECURE_EMAIL: "email",
    Channel.CRM: "crm",
    Channel.STAFF: "crm",
}
_SEND = {Channel.SMS: "send_sms", Channel.EMAIL: "send_email", Channel.SECURE_EMAIL: "send_email"}
TO_PEOPLE = frozenset(_SEND) | THREADS
"""Channels by which a text of ours leaves for a person."""

_TASK, CONFIRM = "create_task", "confirm_appointment"
_ANSWER, PUBLISH = "send_direct_message", "reply_to_review"
_WHERE_IT_STANDS = frozenset({CONFIRM, PUBLISH})
"""Commands about a thing that stands in one tool: no other can take them."""
_INBOX = "sms"
_INSTEAD = {CONFIRM: ("log_communication",)}
"""A yes goes back into the booking tool, else into the CRM (row 3.6)."""


@dataclass(frozen=True)
class Way:
    """Connection, product and sender of one send."""

    connection: Connection
    product: str
    command: str
    sender: str = ""
    sender_name: str = ""


def doable(config: PracticeConfig, offers: Offers) -> PracticeConfig:
    """The practice without the steps that only some tools can do, where none of its tools can (`where_offered`)."""
    vendors = {connection.vendor for connection in config.practice.connections}
    steps = tuple(
        step
        for step in config.journeys.steps
        if not step.where_offered or any(offers(vendor, step.command) for vendor in vendors)
    )
    return config.model_copy(update={"journeys": config.journeys.model_copy(update={"steps": steps})})


def way_for(action: Action, practice: Practice, offers: Offers, held_in: str | None = None) -> Way | None:
    """The way out, or None when nothing in this practice offers it: the action is then blocked, never rerouted.

    `held_in`: the connection that holds what it is about, empty where there is none; None: nobody has looked.
    """
    if action.channel in _SEND:
        return _by_sender(action, practice, offers)
    if action.channel in THREADS:
        return _in_its_thread(action, practice, offers)
    return _by_command(action, practice, offers, held_in)


def _by_sender(action: Action, practice: Practice, offers: Offers) -> Way | None:
    place = practice.location(action.location_id)
    wanted = place.sms_sender if place and action.channel is Channel.SMS else ""
    for sender in practice.senders:
        fits = sender.address == wanted if action.channel is Channel.SMS else sender.channel is action.channel
        connection = next((c for c in practice.connections if c.connection_id == sender.connection), None)
        if fits and connection and offers(connection.vendor, _SEND[action.channel]):
            name = practice.sms_name if action.channel is not Channel.SECURE_EMAIL else practice.name
            return Way(connection, _PRODUCT[action.channel], _SEND[action.channel], sender.address, name)
    return None


def _in_its_thread(action: Action, practice: Practice, offers: Offers) -> Way | None:
    """Through the account that somebody wrote to, and no other."""
    for connection in practice.connections:
        if connection.connection_id == action.facts.get("connection") and offers(connection.vendor, _ANSWER):
            return Way(connection, manifest(connection.vendor).product_of(_ANSWER), _ANSWER)
    return None


def _by_command(action: Action, practice: Practice, offers: Offers, held_in: str | None) -> Way | None:
    """The connection that the action names, else the first that offers the command, or what stands for it.

    A yes can only be written where the appointment stands, an answer where the review does. What stands for a yes goes where the
    record of the person is kept, and into an inbox of texts only where nothing else takes it (row 3.6).
    """
    for command in (action.command, *_INSTEAD.get(action.command, ())):
        named = held_in if command in _WHERE_IT_STANDS else action.facts.get("connection")
        ways = [
            Way(connection, manifest(connection.vendor).product_of(command), command)
            for connection in practice.connections
            if offers(connection.vendor, command) and named in {None, connection.connection_id}
        ]
        if ways:
            return next((way for way in ways if way.product != _INBOX), ways[0])
    return _by_mail_to_the_desk(action, practice, offers)


def _by_mail_to_the_desk(action: Action, practice: Practice, offers: Offers) -> Way | None:
    """Where no tool takes tasks, a neutral mail with a link reaches whoever reads the practice's alerts."""
    if action.command != _TASK or not desk_of(action, practice):
        return None
    return _by_sender(action.model_copy(update={"channel": Channel.EMAIL}), practice, offers)


def desk_of(action: Action, practice: Practice) -> str:
    """The address that the staff of the action's location read; empty where none is written down."""
    place = practice.location(action.location_id)
    return (place.reply_inbox if place else "") or practice.alerts
