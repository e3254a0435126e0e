"""Pretend vendors over real HTTP and SMTP on loopback, with faults to switch on and a clock to turn.

They import nothing of ours, so that what they accept and refuse is judged by the vendor's documentation alone. Each
keeps a journal of what reached it; the demo and the tests hold that journal against the ledger.
"""
