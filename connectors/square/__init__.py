"""Square: customers, appointments, payments, open slots, and links to pay a deposit. See README.md; nothing is imported here."""
