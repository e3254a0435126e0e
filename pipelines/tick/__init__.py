"""The sequence of all stages, what they work with, and the sums that must close.

`hub` puts an installation together; `planning` carries what is owed into the ledger; `sequence` runs the stages of one
practice in order; `conservation` refuses a run whose sums do not close.
"""
