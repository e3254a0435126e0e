"""Twilio: texts out, their fate, and the answers that come back. See README.md; nothing is imported here."""
