"""One SMTP conversation, with trouble at the stage it was ordered for."""

from __future__ import annotations

import asyncio
import ssl
from typing import TYPE_CHECKING

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from typing_extensions import override

from emulators.kit.faults import Fault
from emulators.kit.listener import reset

if TYPE_CHECKING:
    from emulators.smtp.emulator import SmtpEmulator

UNAVAILABLE = 421
CONNECT = Fault("status", method="CONNECT", status=UNAVAILABLE, text="4.3.2 Service not available")
SILENCE = Fault("hang", method="CONNECT")


class Conversation(SMTP):
    """aiosmtpd's server, asked at every stage whether something goes wrong there."""

    def __init__(self, smtp: SmtpEmulator, context: ssl.SSLContext | None) -> None:
        starttls = smtp.tls == "starttls"
        super().__init__(
            Receiver(smtp), hostname="mail.emulator.invalid", ident="ESMTP", enable_SMTPUTF8=True,
            tls_context=context if starttls else None, require_starttls=starttls, timeout=120,
            auth_require_tls=starttls, authenticator=self._sign_in, loop=asyncio.get_running_loop(),
        )  # fmt: skip
        # Set here and not above: aiosmtpd warns of AUTH without STARTTLS, which is right with TLS from the start.
        self._auth_required = bool(smtp.users) and smtp.tls != "none"
        self._smtp = smtp
        self._wire: asyncio.Transport | None = None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if self._wire is None and isinstance(transport, asyncio.Transport):
            self._wire = transport
            self._smtp.smtp.connections.add(transport)
        super().connection_made(transport)

    @override
    def connection_lost(self, error: Exception | None) -> None:
        if self._wire is not None:
            self._smtp.smtp.connections.discard(self._wire)
        super().connection_lost(error)

    @override
    async def _handle_client(self) -> None:
        outage = {"hang": SILENCE, "status": CONNECT}.get(self._smtp.outage or "")
        if await (self.undergo(outage) if outage else self._suffers("CONNECT")):
            self.end()
            return
        await super()._handle_client()

    @override
    async def smtp_EHLO(self, hostname: str) -> None:
        """EHLO."""
        if not await self._suffers("EHLO"):
            await super().smtp_EHLO(hostname)

    @override
    async def smtp_AUTH(self, arg: str) -> None:
        """AUTH."""
        if not await self._suffers("AUTH"):
            await super().smtp_AUTH(arg)

    @override
    async def smtp_MAIL(self, arg: str | None) -> None:
        """MAIL FROM."""
        if not await self._suffers("MAIL", arg or ""):
            await super().smtp_MAIL(arg)

    @override
    async def smtp_RCPT(self, arg: str | None) -> None:
        """RCPT TO; addresses the mailbox rejects are refused here."""
        address = (arg or "").partition("<")[2].partition(">")[0]
        rejected = self._smtp.rejected.get(address.lower())
        if rejected is not None:
            self._smtp.turned_away("RCPT", address, Fault("status", status=rejected[0]))
            await self.push(f"{rejected[0]} {rejected[1]}")
        elif not await self._suffers("RCPT", address):
            await super().smtp_RCPT(arg)

    @override
    async def smtp_DATA(self, arg: str) -> None:
        """DATA, before the message is read."""
        if not await self._suffers("DATA"):
            await super().smtp_DATA(arg)

    async def _suffers(self, stage: str, text: str = "") -> bool:
        """Whether a fault took this stage over."""
        taken = self._smtp.faults.take(stage, text)
        if taken is None:
            return False
        if taken.fault.kind != "delay":
            self._smtp.turned_away(stage, text if stage == "RCPT" else None, taken.fault)
        return await self.undergo(taken.fault)

    async def undergo(self, fault: Fault) -> bool:
        """Let a fault happen; false when the stage goes on afterwards."""
        if fault.seconds:
            await asyncio.sleep(fault.seconds)
        if fault.kind == "delay":
            return False
        if fault.kind == "status":
            await self.push(f"{fault.status} {fault.text or 'Ordered by a test'}")
            if fault.status == UNAVAILABLE:
                self.end()
        elif fault.kind == "hang":
            await self._smtp.lifted.wait()
            self.end()
        else:
            self.end(with_reset=fault.kind in ("reset", "refuse"))
        return True

    def end(self, *, with_reset: bool = False) -> None:
        """Close the connection, politely or not."""
        if self._wire is None or self._wire.is_closing():
            return
        if with_reset:
            reset(self._wire)
        else:
            self._wire.close()

    def _sign_in(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object) -> AuthResult:
        del server, session, envelope, mechanism
        if not isinstance(data, LoginPassword):
            return AuthResult(success=False, handled=False)
        user = data.login.decode("utf-8", "replace")
        known = self._smtp.users.get(user)
        right = known is not None and known.encode() == data.password
        return AuthResult(success=right, handled=False, auth_data=user)


class Receiver:
    """What happens to a message that was read to its end."""

    def __init__(self, smtp: SmtpEmulator) -> None:
        self._smtp = smtp

    async def handle_DATA(self, server: Conversation, session: Session, envelope: Envelope) -> str:  # noqa: N802 - because aiosmtpd looks for this name
        """Keep it and answer, or what a fault leaves of that."""
        taken = self._smtp.faults.take("BODY", " ".join(envelope.rcpt_tos))
        fault = taken.fault if taken else None
        content = envelope.original_content or b""
        self._smtp.received(session, envelope, content, fault)
        if fault is not None and fault.kind == "status":
            return f"{fault.status} {fault.text or 'Ordered by a test'}"
        if fault is not None and await server.undergo(fault):
            await asyncio.Event().wait()  # the conversation is over; its task ends with the connection
        return "250 2.0.0 Ok: queued"
