"""One conversation with a mail host, stage by stage, so that we know at every moment what it may have accepted.

A host takes a mail over when it has read the line with the single dot (RFC 5321, 6.1). Until that line is handed to the
network, whatever breaks off has sent nothing; from then on, silence is doubt.
"""

import contextlib
import re
import smtplib
import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from canonical.problems import Ambiguous, ConnectorProblem, NeedsOperator, TryLater
from connectors.kit.access import Access
from connectors.smtp.client import Host, Reply, Stage, Tls, problem_of
from connectors.smtp.letter import Letter

WHOLE, LONGEST = 3, 45.0
"""Replies' worth of time for a whole conversation, and at most so many seconds: well under a claim's lease of 60."""
END: Final = b".\r\n"
MECHANISMS: Final = {"PLAIN": "auth_plain", "LOGIN": "auth_login"}
"""Ways to sign in, the better first; inside TLS both are as private as the connection."""
_DETAIL: Final = re.compile(rb"^([245]\.\d{1,3}\.\d{1,3})\b")


class _Refusal(Exception):
    """The host said no; its words stay here."""

    def __init__(self, reply: Reply) -> None:
        super().__init__()
        self.reply = reply


class _NoTls(Exception):
    """The host offers none."""


@dataclass
class Conversation:
    """What was said so far. Use `opened`; not thread-safe."""

    access: Access
    host: Host
    capability: str
    reference: str = ""
    us: str = "localhost"
    """How we greet: a domain, never this machine's name."""
    stage: Stage = Stage.CONNECT
    ended: bool = False
    """Whether the line that ends the mail may have left."""
    _deadline: float = 0.0
    _client: smtplib.SMTP = field(init=False, repr=False)

    def open(self) -> None:
        """Connect, greet, and be private.

        Raises:
            TryLater: the host cannot be reached or asks to come again.
            NeedsOperator: it does not prove who it is, or offers no TLS.
        """
        self._deadline = time.monotonic() + min(LONGEST, WHOLE * self.host.timeout)
        self._guarded(self._connect)

    def sign_in(self) -> None:
        """User and password. Raises `NeedsOperator` when the host does not accept them, `TryLater` when not now."""
        password = self.access.credential("password").get_secret_value()
        self._guarded(lambda: self._login(password))

    def deliver(self, letter: Letter) -> None:
        """Hand the mail over; returning means that the host has taken it.

        Raises:
            TryLater: it has not. Refused: it never will. Ambiguous: nobody knows.
        """
        self._guarded(lambda: self._hand_over(letter))

    def still_there(self) -> None:
        """Ask for nothing and hear that it is heard."""
        self._guarded(lambda: self._say("NOOP", self.stage))

    def close(self) -> None:
        """Say goodbye without waiting for the answer: by now nothing depends on it."""
        client = self.__dict__.get("_client")
        if client is not None:
            with contextlib.suppress(OSError, smtplib.SMTPException):
                client.putcmd("QUIT")
            client.close()

    def _connect(self) -> None:
        """Connecting also hears the greeting, and knows whose certificate is wanted."""
        host, wait = self.host, self.host.timeout
        if host.tls is Tls.IMPLICIT:
            self._client = smtplib.SMTP_SSL(host.name, host.port, self.us, timeout=wait, context=host.context())
        else:
            self._client = smtplib.SMTP(host.name, host.port, self.us, timeout=wait)
        self._greet()
        if host.tls is Tls.STARTTLS:
            self._turn_private()
            self._greet()

    def _greet(self) -> None:
        self.stage = Stage.HELLO
        self._patient()
        self._heard(Stage.HELLO, *self._client.ehlo())

    def _turn_private(self) -> None:
        self.stage = Stage.TLS
        if not self._client.has_extn("starttls"):
            raise _NoTls
        self._patient()
        self._heard(Stage.TLS, *self._client.starttls(context=self.host.context()))

    def _login(self, password: str) -> None:
        self.stage = Stage.LOGIN
        self._patient()
        client = self._client
        offered = client.esmtp_features.get("auth", "").upper().split()
        wanted = next((name for name in MECHANISMS if name in offered), None)
        if wanted is None:
            raise smtplib.SMTPNotSupportedError
        client.user, client.password = self.host.user, password
        # Once: the library's own `login` tries a refused password again in every other way, and boxes get locked.
        self._heard(Stage.LOGIN, *client.auth(wanted, getattr(client, MECHANISMS[wanted])))

    def _hand_over(self, letter: Letter) -> None:
        self._say(f"MAIL FROM:<{letter.sender}>", Stage.SENDER)
        self._say(f"RCPT TO:<{letter.recipient}>", Stage.RECIPIENT)
        self._say("DATA", Stage.DATA)
        self._patient()
        self._client.send(letter.content)
        self.stage, self.ended = Stage.END, True
        self.access.trace.written = True
        self._patient(whole=True)  # hosts that look for viruses take their time here
        self._client.send(END)
        self._heard(Stage.END, *self._client.getreply())

    def _say(self, command: str, stage: Stage) -> None:
        self.stage = stage
        self._patient()
        self._heard(stage, *self._client.docmd(command))

    def _heard(self, stage: Stage, code: int, text: bytes) -> None:
        found = _DETAIL.match(text)
        reply = Reply(code, found[1].decode() if found else "")
        if code < 0:
            raise smtplib.SMTPServerDisconnected
        if not reply.is_yes(stage):
            self.stage = stage
            raise _Refusal(reply)

    def _patient(self, *, whole: bool = False) -> None:
        if self._client.sock is not None:
            left = self._left()
            self._client.sock.settimeout(left if whole else min(left, self.host.timeout))

    def _left(self) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def _guarded(self, act: Callable[[], None]) -> None:
        """Every way a conversation can break, as one of the six. Raised out here, where no library's words hang on."""
        problem: ConnectorProblem
        try:
            act()
        except _Refusal as no:
            problem = self._said(no.reply)
        except smtplib.SMTPResponseException as no:
            # The library also makes up a code of its own, for a reply that is too long to be one.
            problem = self._silent() if self.ended else self._said(Reply(no.smtp_code, _detail(no.smtp_error)))
        except (_NoTls, smtplib.SMTPException, OSError, UnicodeError) as error:
            problem = self._cannot() if _is_for_good(error, self.stage) else self._silent()
        else:
            return
        raise problem

    def _said(self, reply: Reply) -> ConnectorProblem:
        if self.ended and not 400 <= reply.code < 600:  # noqa: PLR2004 - neither a yes nor a no
            return self._silent()
        return problem_of(self.access, self.capability, self.reference, self.stage, reply)

    def _cannot(self) -> ConnectorProblem:
        """The host cannot prove who it is, or has no way to let us in: the same for every mail, so somebody must look."""
        if self.ended:
            return self._silent()
        where = self.access.where(self.capability, reference=self.reference, code=self.stage)
        says, step = _CANNOT[self.stage is Stage.LOGIN]
        return NeedsOperator(where, says, next_step=step)

    def _silent(self) -> ConnectorProblem:
        where = self.access.where(self.capability, reference=self.reference, code=self.stage)
        if self.ended:
            return Ambiguous(
                where, "the host did not say whether it took the mail.", next_step="It is never sent again by itself."
            )
        return TryLater(where, "the conversation with the host broke off before it took anything.")


_CANNOT: Final = {
    False: (
        "the host offers no verified TLS, and no mail goes without.",
        "Compare host, port and tls with the host's documentation; a certificate must be valid for that name.",
    ),
    True: ("the host lets nobody sign in this way.", "Compare host, port and tls with the host's documentation."),
}


def _is_for_good(error: Exception, stage: Stage) -> bool:
    """Whether it would end like that every time: no TLS, a certificate that proves nothing, no way to sign in."""
    if stage in {Stage.CONNECT, Stage.TLS} and isinstance(error, ssl.SSLError):
        return not isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError)
    return isinstance(error, _NoTls | smtplib.SMTPNotSupportedError | UnicodeError)


def _detail(text: bytes | str) -> str:
    written = text.encode("utf-8", "replace") if isinstance(text, str) else text
    found = _DETAIL.match(written)
    return found[1].decode() if found else ""


@contextlib.contextmanager
def opened(conversation: Conversation) -> Iterator[Conversation]:
    """The conversation, open and signed in; closed at the end whatever happened."""
    try:
        conversation.open()
        conversation.sign_in()
        yield conversation
    finally:
        conversation.close()
