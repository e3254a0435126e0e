"""GoHighLevel: contacts, calendar and conversations of one sub-account, read and answered. See README.md; nothing is imported here."""
