"""The door: the public webhook port and the worker behind it.

It checks a signature over the raw bytes, writes the event to the spool, answers, and carries that one event through
every stage at once. It never serves the pages people sign in to, and runs as a process of its own.
"""
