"""What is handed to the vendor: exactly what the command needs, filled at the claim from what was decided."""

from urllib.parse import urlencode

from pydantic import SecretStr

from canonical.actions import Payload, SendEmail, SendSms
from canonical.ids import AttemptId
from canonical.practice import Channel
from canonical.problems import GlowlineError
from pipelines.outbox.decide import Decided
from pipelines.outbox.route import Way
from pipelines.outbox.surroundings import Surroundings
from pipelines.outbox.texts import Said
from pipelines.outbox.workbench import Workbench


class NothingToSend(GlowlineError):
    """An action was cleared whose command nobody can fill: a defect in a journey."""


def payload_for(decided: Decided, around: Surroundings, bench: Workbench, attempt_id: AttemptId) -> Payload:
    """The payload of an allowed action. Raises NothingToSend for a command that has no payload here."""
    said, way = decided.said, decided.way
    contact = around.contacts.get(str(decided.action.contact_point_id), {})
    if said and way and contact:
        return _spoken(decided, said, way, SecretStr(contact["value"]), callback(bench, way, attempt_id))
    message = f"step {decided.action.step}: the command {decided.action.command} has nothing to send"
    raise NothingToSend(message, next_step="Correct the step's command or channel.")


def _spoken(decided: Decided, said: Said, way: Way, to: SecretStr, status_url: str) -> Payload:
    if decided.action.channel is Channel.SMS:
        return SendSms(
            to=to,
            sender=way.sender,
            body=SecretStr(said.body),
            callback=status_url,
            expires_at=decided.action.expires_at,
        )
    return SendEmail(
        to=to,
        sender=way.sender,
        sender_name=way.sender_name,
        subject=SecretStr(said.subject),
        body=SecretStr(said.body),
        secure=decided.action.channel is Channel.SECURE_EMAIL,
    )


def callback(bench: Workbench, way: Way, attempt_id: AttemptId) -> str:
    """Where the vendor reports this attempt's status: our reference is part of the URL it signs."""
    if not bench.callback_url:
        return ""
    place = f"{bench.callback_url}/{way.connection.vendor}/{bench.config.practice.practice_id}/{way.connection.connection_id}"
    return f"{place}?{urlencode({'ref': attempt_id})}"
