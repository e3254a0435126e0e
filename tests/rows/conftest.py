"""The clinic, for every file of this folder, and its ledger, attached once a test."""

from tests.kept_open import ledgers
from tests.rows.clinic import clinic

__all__ = ["clinic", "ledgers"]
