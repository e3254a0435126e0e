"""What a connector can do, told from its manifest; and which file each ability lives in."""

from pathlib import Path

from canonical.problems import NotOffered, Where
from connectors.kit.manifest import Manifest

FILES = ("pull", "push", "webhook", "verify")
"""The files of a connector that exist if and only if the manifest declares what they do."""


def promised(manifest: Manifest) -> frozenset[str]:
    """Which of `FILES` the manifest promises."""
    declared = {
        "pull": bool(manifest.pulled()),
        "push": bool(manifest.commands),
        "webhook": manifest.webhook is not None,
        "verify": manifest.verify is not None,
    }
    return frozenset(name for name, present in declared.items() if present)


def present(folder: Path) -> frozenset[str]:
    """Which of `FILES` stand in a connector's folder."""
    return frozenset(name for name in FILES if (folder / f"{name}.py").is_file())


def require_stream(manifest: Manifest, stream: str) -> None:
    """Raises `NotOffered` unless a pull can read that stream."""
    declared = manifest.stream(stream)
    if declared is None or (stream not in manifest.pulled() and "*" not in manifest.streams):
        raise NotOffered(
            Where(manifest.vendor, f"pull.{stream}"),
            f"there is no such stream; there are: {', '.join(manifest.pulled()) or 'none'}.",
            next_step=_gap(manifest, f"pull.{stream}") or "Take the stream out of the connection's `streams`.",
        )


def require_by_id(manifest: Manifest, stream: str) -> None:
    """Raises `NotOffered` unless records of that stream can be read again by their ids."""
    declared = manifest.streams.get(stream)
    if declared is None or not declared.by_id:
        raise NotOffered(
            Where(manifest.vendor, f"pull.{stream}"),
            "records of this stream cannot be read by id.",
            next_step="Wait for the next pull.",
        )


def require_command(manifest: Manifest, command: str) -> None:
    """Raises `NotOffered` unless this vendor takes that command."""
    if command not in manifest.commands:
        raise NotOffered(
            Where(manifest.vendor, f"push.{command}"),
            f"there is no such command; there are: {', '.join(manifest.commands) or 'none'}.",
            next_step=_gap(manifest, f"push.{command}") or "Choose a connection whose vendor can do this.",
        )


def require_file(manifest: Manifest, name: str) -> None:
    """Raises `NotOffered` unless the manifest promises that file of `FILES`."""
    if name not in promised(manifest):
        raise NotOffered(
            Where(manifest.vendor, name),
            f"{manifest.name} has no {name} here.",
            next_step=_gap(manifest, name) or "Nothing to do: the manifest says so.",
        )


def _gap(manifest: Manifest, key: str) -> str:
    return manifest.gaps[key].why if key in manifest.gaps else ""
