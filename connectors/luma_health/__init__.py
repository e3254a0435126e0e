"""Luma Health: patients, appointments and messages in, portal messages and reminders out. See README.md; nothing is imported here."""
