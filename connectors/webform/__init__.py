"""Web forms: whoever asks on the practice's site, whatever tool made the form. See README.md; nothing is imported here."""
