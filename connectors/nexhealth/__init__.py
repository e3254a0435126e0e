"""NexHealth: the calendar and the patients of whichever health record lies behind it. See README.md; nothing is imported here."""
