"""Paubox: mail that stays encrypted on its way, and what became of it. See README.md; nothing is imported here."""
