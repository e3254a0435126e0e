"""A pretend Square: customers, bookings, free slots, payments, refunds, payment links, and its signed calls.

Sources: square/connect-api-specification @ 5733f662 and answers recorded in 2026-07.

Modelled: bearer tokens with scopes · locations, token status, webhook subscriptions · customers (create, change, delete, list, one, search by
address, phone and date of change) · bookings (book, change with the right `version`, cancel, list by start, place, customer and team
member in windows of 31 days) · free slots by service and team member, a taken one refused · payments by date of change at one place, refunds
that move the payment · payment links, whose order and note come back with the payment · idempotency keys: the same answer for the
same request, `IDEMPOTENCY_KEY_REUSED` for another · empty lists left out, pages by cursor · calls on changes, signed over address and body.
Not modelled: catalog, orders by themselves, invoices, disputes, cards.

Controls: `customer {…}`, `book {…}`, `move {id, start_at}`, `cancel {id}`, `no_show {id}`, `pay {link | amount, …}`, `refund {payment, amount?}`,
`settings {hook?, scopes?}`; views `bookings`, `payments`, `links`. Checked against: Square's own SDK (`squareup` 46, PyPI), `unibooking` 0.4.0
(npm), Square's OpenAPI and both signature vectors.
"""

from emulators.square.emulator import SquareEmulator

__all__ = ["SquareEmulator"]
