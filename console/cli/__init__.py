"""The `glowline` command: `main` is the entry point, every command a small module of its own.

Nothing heavy is imported before a command runs: help and a typing mistake answer at once.
"""

from console.cli.app import main

__all__ = ["main"]
