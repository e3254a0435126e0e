"""Webhook to raw: what a vendor told us lies in the spool before it is answered, and leaves it once a ledger holds it.

`spool` is the folder; `call` is one call as it lies there; `routing` says whose an event is; `stage` takes what lies there,
sorts it by practice and lands it. Whoever finds a file may take it: the receiver's worker, a sweep, a claim. A crash at any
point leaves the file, and landing it again changes nothing.
"""
