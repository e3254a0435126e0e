"""Pretend vendors over real HTTP and SMTP on loopback, with faults and a clock to turn.

    with running(TwilioEmulator()) as twilio:
        twilio.fail("drop", method="POST")      # accepted, but no answer
        ...
        assert len(twilio.journal.accepted(reference=attempt)) <= 1

This package imports nothing of ours: it is the other side of the wire. See README.md.
"""
