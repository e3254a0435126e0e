"""The mail host: where it is, who we are there, and what its replies mean at each stage.

Sources: RFC 5321 (4.2.3, 4.2.4, 6.1), RFC 3463 for the second number, RFC 4954 for signing in. A host's text is never kept:
it likes to quote the address.
"""

import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from canonical.problems import ConnectorProblem, NeedsOperator, RefusalReason, Refused, TryLater
from connectors.kit.access import Access
from connectors.kit.problem_table import Rule


class Stage(StrEnum):
    """Where in a conversation something was said. A mail is accepted by the reply to its end, and by nothing before."""

    CONNECT = "connect"
    HELLO = "hello"
    TLS = "tls"
    LOGIN = "login"
    SENDER = "sender"
    RECIPIENT = "recipient"
    DATA = "data"
    END = "end"


class Tls(StrEnum):
    """How a conversation becomes private. There is no third way."""

    STARTTLS = "starttls"
    IMPLICIT = "implicit"


PORTS: Final[Mapping[Tls, int]] = {Tls.STARTTLS: 587, Tls.IMPLICIT: 465}

_HOST, _LOGIN = "Check host, port and tls of the connection.", "Check user and password, then run:  glowline check"
_SENDER = "Compare the practice's sender with the addresses this mailbox may send from."


def _refused(reason: RefusalReason, says: str, next_step: str = "") -> Rule:
    return Rule(Refused, says, next_step, reason)


PROBLEMS: Final[Mapping[tuple[Stage, str], Rule]] = {
    (Stage.CONNECT, "5"): Rule(NeedsOperator, "the host does not take mail here.", _HOST),
    (Stage.HELLO, "5"): Rule(NeedsOperator, "the host does not greet us.", _HOST),
    (Stage.TLS, "5"): Rule(NeedsOperator, "the host refuses TLS.", _HOST),
    (Stage.LOGIN, "5"): Rule(NeedsOperator, "the host does not accept user and password.", _LOGIN),
    (Stage.SENDER, "530"): Rule(NeedsOperator, "the host wants somebody signed in.", _LOGIN),
    (Stage.SENDER, "552"): _refused(RefusalReason.INVALID, "the mail is too large for the host."),
    (Stage.SENDER, "5"): _refused(RefusalReason.SENDER_NOT_ALLOWED, "the host does not accept this sender.", _SENDER),
    (Stage.RECIPIENT, "5.7"): _refused(
        RefusalReason.SENDER_NOT_ALLOWED, "the host does not pass mail on to that recipient for us.", _SENDER
    ),
    (Stage.RECIPIENT, "5.2.2"): _refused(RefusalReason.OTHER, "the recipient's mailbox is full."),
    (Stage.RECIPIENT, "552"): _refused(RefusalReason.OTHER, "the recipient's mailbox is full."),
    (Stage.RECIPIENT, "554"): _refused(RefusalReason.SENDER_NOT_ALLOWED, "the host refuses the recipient.", _SENDER),
    (Stage.RECIPIENT, "5"): _refused(RefusalReason.BAD_ADDRESS, "the recipient's address does not exist."),
    (Stage.DATA, "5"): _refused(RefusalReason.OTHER, "the host takes no mail from us now."),
    (Stage.END, "552"): _refused(RefusalReason.INVALID, "the mail is too large for the host."),
    (Stage.END, "5"): _refused(RefusalReason.CONTENT_REFUSED, "the host refused the mail itself."),
}
"""(stage, beginning of the reply) → what it means. The second number (5.7.1) is asked first, then the whole of the first."""

_GO_ON, _WELL = 354, 2
_SECONDS: Final = re.compile(r"\d{1,2}(\.\d+)?")
_LATER: Final = Rule(TryLater, "the host asks to come again.")
_STRANGE: Final = Rule(TryLater, "the host said something that is no reply to this.")


@dataclass(frozen=True, slots=True)
class Reply:
    """What a host said: three digits, and the three numbers that may follow (`5.7.1`)."""

    code: int
    detail: str = ""

    def is_yes(self, stage: Stage) -> bool:
        """Whether it went well; to DATA that is "go on", and nothing else is."""
        return self.code == _GO_ON if stage is Stage.DATA else self.code // 100 == _WELL


def problem_of(access: Access, capability: str, reference: str, stage: Stage, reply: Reply) -> ConnectorProblem:
    """The problem a host's no means at that stage. Every no says by itself that nothing was accepted."""
    written = str(reply.code)
    keys = (reply.detail, reply.detail.rpartition(".")[0], written, written[0])
    rule = next((PROBLEMS[stage, key] for key in keys if (stage, key) in PROBLEMS), None)
    if rule is None:
        rule = _LATER if written.startswith("4") else _STRANGE
    code = f"{stage} {written} {reply.detail}".strip()
    where = access.where(capability, reference=reference, code=code)
    if rule.problem is Refused:
        return Refused(where, rule.reason, rule.says, next_step=rule.next_step)
    return rule.problem(where, rule.says, next_step=rule.next_step)


@dataclass(frozen=True)
class Host:
    """A mail host as a connection names it."""

    name: str
    port: int
    tls: Tls
    user: str
    timeout: float
    """Seconds of machine time we wait for one reply."""
    trusts: str
    """A file with the authority to trust instead of the system's; empty for the system's."""

    def context(self) -> ssl.SSLContext:
        """What proves the host: its certificate, its name, TLS 1.2 or later."""
        return ssl.create_default_context(cafile=self.trusts or None)


def host_of(access: Access, capability: str) -> Host:
    """The host of a connection.

    Raises:
        NeedsOperator: the settings name none, or a way to be private that is none; a consumer's host that no agreement covers.
    """
    where = access.where(capability)
    name, tls = access.setting("host"), access.setting("tls", Tls.STARTTLS).lower()
    if not name:
        raise NeedsOperator(
            where, "the connection names no host.", next_step="Add to its settings:  host: smtp.example.com"
        )
    if tls not in set(Tls):
        raise NeedsOperator(where, "tls is neither starttls nor implicit.", next_step="There is no mail without TLS.")
    port, timeout = access.setting("port") or str(PORTS[Tls(tls)]), access.setting("timeout", "15")
    if not port.isdecimal() or not _SECONDS.fullmatch(timeout):
        raise NeedsOperator(where, "port or timeout is no number.", next_step=_HOST)
    user = access.optional_credential("user")
    return Host(
        name=name,
        port=int(port),
        tls=Tls(tls),
        user=user.get_secret_value() if user else access.setting("user"),
        timeout=float(timeout),
        trusts=access.setting("ca_file"),
    )
