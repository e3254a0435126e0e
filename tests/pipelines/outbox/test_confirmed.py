"""A yes is written where the appointment stands, and where no tool there takes one, it is logged (row 3.6)."""

from types import SimpleNamespace
from typing import Any

import pytest

from canonical.actions import Action, LogCommunication
from canonical.ids import AttemptId, ConnectionId
from canonical.practice import Channel, Connection
from canonical.write_backs import ConfirmAppointment
from pipelines.outbox.payloads import NothingToSend, payload_for
from pipelines.outbox.route import CONFIRM, Way, way_for
from pipelines.outbox.surroundings import Surroundings
from tests.pipelines.policy.world import NOON, an_action

LOG = "log_communication"
TAKES = {"nexhealth": {CONFIRM, LOG}, "acuity": {CONFIRM}, "hubspot": {LOG}, "files": set(), "podium": {LOG}}
APPOINTMENT = {"reply_id": "re-1", "connection_id": "calendar", "vendor_id": "1822", "confirmed_at": NOON}


def yes() -> Action:
    return an_action(channel=Channel.CRM, command=CONFIRM, subject_id="re-1")


def way(held_in: str | None, **vendors: str) -> tuple[str, str] | None:
    connections = tuple(
        Connection(connection_id=ConnectionId(name), vendor=vendor, account=name) for name, vendor in vendors.items()
    )
    practice = SimpleNamespace(connections=connections, location=lambda _: None, senders=(), alerts="")
    found = way_for(yes(), practice, lambda vendor, command: command in TAKES[vendor], held_in)  # type: ignore[arg-type] # a stand-in
    return (found.connection.connection_id, found.command) if found else None


def test_of_two_booking_tools_the_one_that_holds_the_appointment_hears_of_it() -> None:
    assert way("calendar", other="acuity", calendar="nexhealth") == ("calendar", CONFIRM)
    assert way("other", other="acuity", calendar="nexhealth") == ("other", CONFIRM)


def test_a_tool_that_takes_no_yes_leaves_it_to_the_log() -> None:
    assert way("schedule", schedule="files", crm="hubspot") == ("crm", LOG)
    assert way("schedule", schedule="files", calendar="acuity") is None


def test_the_log_of_a_yes_stands_in_an_inbox_of_texts_only_where_no_record_takes_it() -> None:
    assert way("schedule", schedule="files", inbox="podium", crm="hubspot") == ("crm", LOG)
    assert way("schedule", schedule="files", inbox="podium") == ("inbox", LOG)


def test_a_yes_to_nothing_we_know_is_logged_and_written_nowhere() -> None:
    assert way("", calendar="nexhealth", crm="hubspot") == ("calendar", LOG)


def filled(confirmed: dict[tuple[str, int], Any]) -> Any:  # noqa: ANN401 - a payload
    connection = Connection(connection_id=ConnectionId("calendar"), vendor="nexhealth", account="lumen")
    decided = SimpleNamespace(action=yes(), way=Way(connection, "calendar", CONFIRM), said=None)
    around = SimpleNamespace(confirmed=confirmed)
    return payload_for(decided, around, None, AttemptId("at-1"), NOON)  # type: ignore[arg-type] # stand-ins


def test_it_names_the_vendors_own_appointment_and_when_they_said_so() -> None:
    assert filled({("re-1", 1): APPOINTMENT}) == ConfirmAppointment(
        external_id=yes().action_id, appointment_vendor_id="1822", at=NOON
    )


def test_the_log_says_how_the_person_is_reached_and_which_number_it_is_about() -> None:
    connection = Connection(connection_id=ConnectionId("inbox"), vendor="podium", account="lumen")
    place = SimpleNamespace(sms_sender="+12125550100")
    practice = SimpleNamespace(location=lambda named: place if named == "downtown" else None)
    bench = SimpleNamespace(config=SimpleNamespace(practice=practice))
    action = yes().model_copy(update={"contact_point_id": "cp-1", "location_id": "downtown"})
    decided = SimpleNamespace(action=action, way=Way(connection, "sms", LOG), said=None)
    around = SimpleNamespace(contacts={"cp-1": {"value": "+12125550142"}}, vendor_ids={}, confirmed={})
    copy = payload_for(decided, around, bench, AttemptId("at-1"), NOON)  # type: ignore[arg-type] # stand-ins
    assert isinstance(copy, LogCommunication)
    assert (copy.contact.get_secret_value(), copy.sender) == ("+12125550142", "+12125550100")
    nobody = SimpleNamespace(contacts={}, vendor_ids={}, confirmed={})
    assert payload_for(decided, nobody, bench, AttemptId("at-1"), NOON).contact.get_secret_value() == ""  # type: ignore[arg-type,union-attr] # stand-ins


def test_without_an_appointment_there_is_nothing_to_send() -> None:
    with pytest.raises(NothingToSend, match="nobody knows which appointment was meant"):
        filled({})


def test_which_connection_holds_it_is_read_from_what_the_reply_confirmed() -> None:
    around = SimpleNamespace(confirmed={("re-1", 1): APPOINTMENT})
    assert Surroundings.held_in(around, yes()) == "calendar"  # type: ignore[arg-type] # a stand-in
    assert Surroundings.held_in(SimpleNamespace(confirmed={}, reviews={}), yes()) == ""  # type: ignore[arg-type] # a stand-in
