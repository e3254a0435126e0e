"""The demo: three weeks at a practice that does not exist, with vendors that do not either, over real sockets.

It talks to everything else by HTTP and subprocess only, as a stranger would.
"""
