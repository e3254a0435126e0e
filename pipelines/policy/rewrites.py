"""The named rewrites a rule may ask for. `messages` renders them; the policy only names them."""

NEUTRAL = "neutral"
"""Practice, time and call-back number only (PHI-03)."""
SENDER_AND_STOP = "sender_and_stop"
"""The sender's name, STOP and HELP, where they lack (TCPA-17)."""
LATE = "late_text"
"""The answer to an inquiry first seen after an hour: no promise of an hour, and no longer a requested reply (R30)."""
