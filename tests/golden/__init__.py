"""Wordings a reviewer reads: what our texts say, with every value taken out. `python -m tests.golden` writes them anew."""
