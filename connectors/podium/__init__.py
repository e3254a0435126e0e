"""Podium: texts and one inbox for all channels, contacts, reviews and invitations to them. See README.md; nothing is imported here."""
