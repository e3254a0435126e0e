"""The people's side: the `glowline` command and the pages.

Everything shown here is read from the ledger, and a look at patient data is itself an audited event.
"""
