"""For developers: the demo, the scaffold of a connector, the doctor, the house rules.

Nothing that runs for a practice imports this package. The demo drives the rest as a stranger would, over HTTP and as
subprocesses.
"""
