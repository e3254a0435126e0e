"""Salesforce: leads, people and appointments in, leads, tasks and logged copies out. See README.md; nothing is imported here."""
