"""What the stages do with a ledger is looked at here, not how its file comes and goes."""

from tests.kept_open import ledgers

__all__ = ["ledgers"]
