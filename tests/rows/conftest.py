"""The clinic, for every file of this folder."""

from tests.rows.clinic import clinic

__all__ = ["clinic"]
