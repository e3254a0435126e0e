"""The vocabulary: every noun, enum and state that Glowline speaks, and nothing that does anything.

Reading order: `ids` and `clock`, then the practice (`practice`, `agreements`), the people (`people`, `consent`), what
they do (`inquiries`, `visits`, `appointments`, `conversations`, `reviews`, `surveys`, `payments`, `intakes`, `tasks`),
what should be said to them (`plan`, `actions`), what became of it (`delivery`) and what can go wrong (`problems`).

Nothing here performs I/O, reads a clock or imports another package of ours. Models are frozen, refuse unknown fields
and keep values out of their error texts, because an error about a patient must not quote the patient.
"""
