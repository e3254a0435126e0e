"""The pretend mail server."""

import asyncio
import ssl
from pathlib import Path
from typing import Any, Literal

from aiosmtpd.smtp import Envelope, Session
from typing_extensions import Unpack, override

from emulators.kit.clock import iso
from emulators.kit.emulator import Emulator, Settings
from emulators.kit.exchange import Given, Json
from emulators.kit.faults import Fault
from emulators.kit.journal import Entry
from emulators.kit.listener import HOST, Port
from emulators.smtp.certificates import Authority, Certificate
from emulators.smtp.mailbox import Mailbox, parsed
from emulators.smtp.session import Conversation

Tls = Literal["starttls", "implicit", "none"]
SILENT = frozenset({"reset", "refuse", "hang", "drop"})
OK = 250
USERS = {"office@clinic.example": "an-invented-password"}


class SmtpPort(Port):
    """A port that speaks SMTP, with TLS from the first byte when that is wanted."""

    def __init__(self, smtp: "SmtpEmulator", port: int) -> None:
        super().__init__(port, smtp.conversation)
        self._smtp = smtp

    @override
    async def listen(self) -> asyncio.Server:
        implicit = self._smtp.context() if self._smtp.tls == "implicit" else None
        return await asyncio.get_running_loop().create_server(self._make, HOST, self.port, ssl=implicit)


class SmtpEmulator(Emulator):
    """A mail server on loopback.

    `tls`: `starttls` (required, like port 587), `implicit` (like 465) or `none` (STARTTLS is not offered and everything
    goes in clear). `certificate`: `good`, or one a client must refuse. `ca_file` is the authority to trust. AUTH is
    required except with `none`.
    """

    vendor = "smtp"

    def __init__(
        self, *, tls: Tls = "starttls", certificate: Certificate = "good", users: dict[str, str] | None = None,
        **settings: Unpack[Settings],
    ) -> None:  # fmt: skip
        super().__init__(**settings)
        self.tls: Tls = tls
        self.certificate: Certificate = certificate
        self.users = dict(USERS if users is None else users)
        self.rejected: dict[str, tuple[int, str]] = {}
        self.mailbox = Mailbox(self.state / "smtp-messages")
        self._authority = Authority(self.state)
        self.smtp = SmtpPort(self, self._wanted_port)
        self.controls |= {"reject": self._reject, "settings": self._settings}
        self.views |= {"messages": self._messages}

    @property
    def ca_file(self) -> Path:
        """The certificate authority a client has to trust, PEM."""
        return self._authority.ca_file

    def context(self) -> ssl.SSLContext:
        """A server context with the certificate of the day."""
        return self._authority.context(self.certificate)

    def conversation(self) -> Conversation:
        """A new conversation; certificate and TLS mode may change between two."""
        return Conversation(self, self.context() if self.tls == "starttls" else None)

    @override
    def vendor_port(self) -> Port:
        return self.smtp

    @override
    def describe_ports(self) -> dict[str, Any]:
        return super().describe_ports() | {"tls": self.tls, "ca": str(self.ca_file), "users": self.users}

    @override
    def forget(self) -> None:
        self.mailbox.clear()
        self.rejected.clear()

    # What conversations report

    def received(self, session: Session, envelope: Envelope, content: bytes, fault: Fault | None) -> None:
        """A message was read to its end: keep it when it is accepted, and write both down."""
        accepted = fault is None or fault.accepts
        message_id = str(parsed(content)["Message-ID"] or "").strip() or None
        recipients = tuple(envelope.rcpt_tos)
        number = None
        if accepted:
            user = session.auth_data if session.authenticated else None
            number = self.mailbox.keep(
                content, at=iso(self.clock.now()), message_id=message_id, mail_from=envelope.mail_from or "",
                recipients=recipients, secure=self.tls != "none", user=user,
            ).number  # fmt: skip
        self._record("BODY", recipients, message_id, number, fault)

    def turned_away(self, stage: str, recipient: str | None, fault: Fault) -> None:
        """A conversation failed before its message was read."""
        self._record(stage, (recipient,), None, None, fault)

    def _record(
        self, stage: str, recipients: tuple[str | None, ...], reference: str | None, number: int | None,
        fault: Fault | None,
    ) -> None:  # fmt: skip
        request, at = self.journal.next_request(), iso(self.clock.now())
        kind = fault.kind if fault else None
        answered = fault.status if fault and kind == "status" else OK
        self.journal.append(
            Entry(
                seq=0, request=request, at=at, vendor=self.vendor, method=stage, path="", action="send",
                accepted=number is not None, reference=reference, recipient=recipient,
                vendor_id=str(number) if number else None, status=None if kind in SILENT else answered, fault=kind,
            )
            for recipient in recipients
        )  # fmt: skip

    # Controls

    def _reject(self, given: Given) -> Json:
        """`{to, status?, text?}`: this address does not exist here; `{to, status: null}` takes that back."""
        address, status = given["to"].lower(), given.get("status", 550)
        if status is None:
            self.rejected.pop(address, None)
        else:
            self.rejected[address] = (int(status), given.get("text", "5.1.1 No such user here"))
        return {"rejected": sorted(self.rejected)}

    def _settings(self, given: Given) -> Json:
        """`{certificate?, tls?}` from the next connection on; `implicit` cannot be changed while running."""
        if given.get("tls", self.tls) != self.tls and "implicit" in (given["tls"], self.tls):
            raise ValueError("Implicit TLS belongs to the port: start another emulator.")
        self.tls = given.get("tls", self.tls)
        self.certificate = given.get("certificate", self.certificate)
        return {"tls": self.tls, "certificate": self.certificate}

    def _messages(self, given: Given) -> Json:
        """Accepted messages, oldest first; filters `to` and `message_id`."""
        chosen = [
            mail
            for mail in self.mailbox.mails
            if given.get("to", "") in (*mail.recipients, "")
            and given.get("message_id", mail.message_id) == mail.message_id
        ]
        return {"messages": [self.mailbox.read(mail) for mail in chosen]}
