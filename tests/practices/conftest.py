"""An example practice is lived through with its ledger attached once."""

from tests.kept_open import ledgers

__all__ = ["ledgers"]
