"""What goes on in the practice's other tools, and what follows from it here.

strangers   messages that left for people and are none of ours
foreign     another tool writes about a visit whose row is ours (R40)
calls       somebody called or wrote to a lead, or finished a task (R56)
tags        the desk says something by a tag (R60)
interest    a lead's stage or tag says that somebody wants to come (row 2.1)
drift       a tool has somebody as subscribed who opted out (R34)
missed      somebody did not come (R16)
scores      somebody gave a score to a tool that asks instead of us (row 6.4)
minors      a child has a visit ahead and no guardian on file (R36)
"""

from pipelines.elsewhere.calls import note_calls
from pipelines.elsewhere.drift import watch_drift
from pipelines.elsewhere.foreign import watch_foreign
from pipelines.elsewhere.interest import note_interests
from pipelines.elsewhere.minors import watch_minors
from pipelines.elsewhere.missed import watch_missed
from pipelines.elsewhere.scores import note_scores
from pipelines.elsewhere.tags import obey_tags

__all__ = [
    "note_calls",
    "note_interests",
    "note_scores",
    "obey_tags",
    "watch_drift",
    "watch_foreign",
    "watch_minors",
    "watch_missed",
]
