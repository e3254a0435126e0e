"""Forgetting people: the plan, the answer, and what is left in the ledger."""
