"""Where the tests find the material that lies beside the repository, and what they do where it does not."""

from pathlib import Path

import pytest

SHARED = Path(__file__).parents[2] / "shared"


def shared(*parts: str) -> Path:
    """The file or folder `../shared/<parts>`; the calling test is skipped, with the reason, where it is absent."""
    path = SHARED.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"{'/'.join(('../shared', *parts))} is not beside this checkout")
    return path
