"""Acuity Scheduling: appointments, the people in them, their forms, and open slots. See README.md; nothing is imported here."""
