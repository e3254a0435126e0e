"""The clockwork over real ledgers and a pretend vendor."""
