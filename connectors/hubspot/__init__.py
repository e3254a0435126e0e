"""HubSpot: contacts and leads in, leads, tasks and logged copies out. See README.md; nothing is imported here."""
