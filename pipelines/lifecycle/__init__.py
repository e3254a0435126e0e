"""What should be said, computed anew from the facts at every tick.

Pure: facts, settings and an instant come in, a typed plan comes out. The ledger renders and runs the plan; nothing
here opens one.
"""
