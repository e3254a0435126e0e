"""What `glowline check` says of a vendor account that several practices use."""

from typing import Any

from console.cli.findings import Finding

_SAY_WHICH = "Say which part is this practice's: `select:` or `locations:` in connections.yaml; the connector's README has the keys."


def sharing(one: Any) -> list[Finding]:  # noqa: ANN401 - imported late
    """A connection that reads the whole of an account would take another practice's records for its own."""
    whole = [each for each in one.config.practice.connections if each.streams and not (each.select or each.locations)]
    others = _accounts_of_others(one) if whole else {}
    return [
        Finding(
            one.practice_id,
            f"connection {each.connection_id}",
            good=False,
            says=f"reads all of {each.account}, which is {' and '.join(others[account])}'s too",
            next_step=_SAY_WHICH,
            only_warns=True,
        )
        for each in whole
        if (account := (each.vendor, each.account)) in others
    ]


def _accounts_of_others(one: Any) -> dict[tuple[str, str], list[str]]:  # noqa: ANN401 - imported late
    from canonical.problems import GlowlineError

    found: dict[tuple[str, str], list[str]] = {}
    for name in one.hub.practices():
        if name == one.practice_id:
            continue
        try:
            connections = one.hub.open(name).config.practice.connections
        except GlowlineError:
            continue  # its own check says what is wrong with it
        for each in connections:
            users = found.setdefault((each.vendor, each.account), [])
            users += [] if name in users else [name]
    return found
