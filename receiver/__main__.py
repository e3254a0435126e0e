"""`python -m receiver --home FOLDER`: the door of an installation, until SIGTERM. `glowline serve` starts it."""

import argparse
import sys
from pathlib import Path

from canonical.problems import GlowlineError
from receiver.run import serve
from settings.installation import home


def main() -> int:
    """Serve; a problem we know ends in two lines and 1."""
    parser = argparse.ArgumentParser(prog="python -m receiver", description=__doc__)
    parser.add_argument("--home", type=Path, default=None, help="folder that holds installation.yaml")
    parser.add_argument("--host", default="", help="instead of the one in installation.yaml")
    parser.add_argument("--port", type=int, default=0, help="instead of the one in installation.yaml")
    given = parser.parse_args()
    try:
        serve(given.home or home(), host=given.host, port=given.port)
    except GlowlineError as problem:
        sys.stderr.write(f"{problem}\nNext: {problem.next_step}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
