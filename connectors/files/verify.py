"""That the drop folder is there, may be read, and holds something for every stream."""

from canonical.problems import NeedsOperator
from connectors.files.client import dropped, folder
from connectors.files.pull import declaration
from connectors.kit.access import Access
from connectors.kit.registry import Verified


def verify(access: Access) -> Verified:
    """Lists the folder; opens no file.

    Raises:
        NeedsOperator: the folder is not there or may not be read, no stream is named, or one has no id.
    """
    streams = access.connection.streams
    if not streams:
        raise NeedsOperator(
            access.where("verify"),
            f"connection {access.connection.connection_id} names no streams.",
            next_step="Add to the connection:  streams: [appointments, contacts]",
        )
    folder(access)
    found = {stream: len(dropped(access, stream)) for stream in streams}
    for stream in streams:
        declaration(access, stream)
    return Verified(
        proved=("folder", "streams"),
        warnings=tuple(_waiting(access, stream) for stream, files in found.items() if not files),
        facts={f"files.{stream}": str(files) for stream, files in found.items()},
    )


def _waiting(access: Access, stream: str) -> str:
    pattern = access.setting(f"{stream}.files", f"{stream}*")
    return f"No file for stream {stream} yet. Put one there that is called {pattern}, or set `{stream}.files`."
