"""Meta: lead ads and direct messages in, answers inside the window out. See README.md; nothing is imported here."""
