"""A pretend Acuity Scheduling: appointments, clients, forms, free times, and its signed calls.

Sources: answers recorded in 2026-06 and developers.acuityscheduling.com as of November 2026.

Modelled: Basic authentication or a bearer token · `GET /me`, `/calendars`, `/appointment-types`, `/clients`, `/forms`, `/webhooks` · lists of
appointments by day, calendar, type, `canceled`, `showall`, `excludeForms`, `max` (100 unless asked, the newest first unless
`direction=ASC`) · one appointment · book, change (a list of allowed fields; notes for administrators only), move (the id stays),
cancel, which is where a no-show is marked · starts that are free, a taken one refused · calls on scheduled, rescheduled, canceled,
and beside each `changed`, form-encoded and signed. Not modelled: blocks, classes, certificates, orders, time-outs of a client's right to cancel.

Controls: `book {…}`, `move {id, datetime, calendarID?}`, `cancel {id, noShow?}`, `no_show {id}`, `label {id, name}`, `answer {id, answers}`, `settings {hook?, is_hipaa?}`;
views `appointments`. Checked against: the recorded answers' fields, and `unibooking` 0.4.0 (npm), which books, moves, cancels and reads here.
"""

from emulators.acuity.emulator import AcuityEmulator

__all__ = ["AcuityEmulator"]
