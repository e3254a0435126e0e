"""What `glowline check` says of each connection: credentials, scopes, calls to us, the mode of an agreement, and its senders."""

from collections.abc import Iterator
from typing import Any

from console.cli.findings import Finding

_SPEAKS_OF_SCOPES = ("scope", "permission")
_SPEAKS_OF_CALLS = ("webhook", "calls us", "nowhere")
_SPEAKS_OF_MODE = ("hipaa",)
"""A vendor's own warning that holds one of these words has said it already, and better."""
_DESIGNATED = "designated"
_NOT_SHOWN = "not shown by the API"


def connections(one: Any) -> list[Finding]:  # noqa: ANN401 - imported late
    """Every connection, asked at its vendor."""
    return [finding for connection in one.config.practice.connections for finding in _connection(one, connection)]


def senders(one: Any) -> list[Finding]:  # noqa: ANN401 - imported late
    """Every number a location texts from is known, and every number that is known may text something (TCPA-18)."""
    known = {sender.address for sender in one.config.practice.senders}
    places = [
        Finding(
            one.practice_id,
            f"sender of {place.location_id}",
            good=place.sms_sender in known,
            says="registered" if place.sms_sender in known else "its number is not in senders.yaml",
            next_step="" if place.sms_sender in known else "Add it with its connection and registration.",
        )
        for place in one.config.practice.locations
    ]
    return places + [_registration(one.practice_id, sender) for sender in one.config.practice.senders]


def _registration(practice: str, sender: Any) -> Finding:  # noqa: ANN401 - imported late
    """A carrier lets a number text what its registration was approved for; a mail address has none."""
    from canonical.practice import Channel

    what = f"sender {sender.address} of connection {sender.connection}"
    if sender.channel is not Channel.SMS:
        says = f"sends {sender.channel.value}; its host says {sender.registration}"
        return Finding(practice, what, good=True, says=says)
    uses = ", ".join(sender.registered_uses)
    if sender.registration == "approved" and uses:
        return Finding(practice, what, good=True, says=f"approved for {uses}")
    says = "approved, and nobody wrote down for what" if sender.registration == "approved" else _unapproved(sender)
    step = "Register it with the carriers at its vendor; then write registration: approved and registered_uses in senders.yaml."
    return Finding(practice, what, good=False, says=says, next_step=step, only_warns=True)


def _unapproved(sender: Any) -> str:  # noqa: ANN401 - imported late
    return f"its registration is {sender.registration}, so carriers may drop what it texts"


def _connection(one: Any, connection: Any) -> Iterator[Finding]:  # noqa: ANN401 - imported late
    from canonical.problems import ConnectorProblem, NotOffered
    from connectors.kit.registry import manifest, verifier
    from console.cli.names_checked import unknown
    from pipelines.poll import as_mapped

    what = f"connection {connection.connection_id} ({connection.vendor})"
    try:
        described = manifest(connection.vendor)
        verified = verifier(as_mapped(connection, one.catalogue), one.hub.tools)()
    except NotOffered as missing:
        yield Finding(
            one.practice_id, what, good=False, says=str(missing), next_step=missing.next_step, only_warns=True
        )
        return
    except ConnectorProblem as problem:
        yield Finding(one.practice_id, what, good=False, says=str(problem), next_step=problem.next_step)
        return
    yield Finding(one.practice_id, what, good=True, says=_proved(verified))
    for warning in verified.warnings:
        yield _warning(one.practice_id, what, warning)
    yield from _scopes(one.practice_id, what, described, verified)
    yield from _calls(one, what, connection, described, verified)
    yield from _mode(one.practice_id, what, connection, described, verified)
    yield from unknown(one.practice_id, what, one.config.practice, verified)


def _proved(verified: Any) -> str:  # noqa: ANN401 - imported late
    facts = "".join(f" · {name.replace('_', ' ')}: {value}" for name, value in verified.facts.items() if value)
    return f"proved: {', '.join(verified.proved)}{facts}"


def _warning(practice: str, what: str, warning: str) -> Finding:
    says, _, step = warning.partition(". ")
    return Finding(practice, what, good=False, says=says.rstrip("."), next_step=step, only_warns=True)


def _unsaid(verified: Any, name: str, words: tuple[str, ...]) -> bool:  # noqa: ANN401 - imported late
    """Whether the vendor neither proved it nor was told of it in a warning."""
    told = any(word in warning.lower() for warning in verified.warnings for word in words)
    return name not in verified.proved and not told


def _scopes(practice: str, what: str, described: Any, verified: Any) -> Iterator[Finding]:  # noqa: ANN401 - imported late
    needed = ", ".join(described.auth.scopes)
    if needed and _unsaid(verified, "scopes", _SPEAKS_OF_SCOPES):
        says = f"scopes: the vendor does not show which it has; needed are {needed}"
        step = f"Compare them at the vendor; connectors/{described.vendor}/README.md says what each is for."
        yield Finding(practice, what, good=False, says=says, next_step=step, only_warns=True)


def _calls(
    one: Any,  # noqa: ANN401 - imported late
    what: str,
    connection: Any,  # noqa: ANN401 - imported late
    described: Any,  # noqa: ANN401 - imported late
    verified: Any,  # noqa: ANN401 - imported late
) -> Iterator[Finding]:
    if described.webhook is None or not _unsaid(verified, "webhook", _SPEAKS_OF_CALLS):
        return
    public = one.hub.installation.receiver.public_url.rstrip("/")
    address = f"{public}/hooks/{connection.vendor}/{one.practice_id}/{connection.connection_id}"
    says = "calls to us: the vendor does not show whether it calls, and where"
    step = f"Compare its webhook at the vendor with {address}"
    yield Finding(one.practice_id, what, good=False, says=says, next_step=step, only_warns=True)


def _mode(practice: str, what: str, connection: Any, described: Any, verified: Any) -> Iterator[Finding]:  # noqa: ANN401 - imported late
    """The switch an account under an agreement must have on: what the practice says, beside what the account says (BAA-03)."""
    if not described.baa.mode:
        return
    theirs = verified.facts.get("hipaa_mode", _NOT_SHOWN)
    ours = connection.settings.get("hipaa_mode", "")
    if ours == _DESIGNATED:
        says = f"mode of the agreement: the practice says {ours}; the account: {theirs}"
        yield Finding(practice, what, good=True, says=says)
        return
    if not _unsaid(verified, "hipaa_mode", _SPEAKS_OF_MODE):
        return
    says = f"mode of the agreement: nobody says that {described.baa.mode}; the account: {theirs}"
    step = "Switch it on at the vendor, then write `settings: {hipaa_mode: designated}` in connections.yaml (BAA-03)."
    yield Finding(practice, what, good=False, says=says, next_step=step, only_warns=True)
