"""What should be said, computed anew from the facts at every tick.

Pure: facts, settings and an instant come in, actions and changes come out. The ledger renders and runs the plan; nothing
here opens one. In the order of a tick:

    ranges         journeys compiled to ranges: which subjects are worth a look
    watermark      LIVE-01 and OWN-01: whose row it is, and since when
    desired        every step's answer for every subject found: owed, or withheld for a reason
    visit_steps    the rules of one step and one visit (R9 to R18)
    inquiry_steps  the rules of one step and one inquiry (R3, R4, R30)
    event_steps    the rules of steps that answer a reply, an opt-out or a task
    due, hours     when, and until when
    memory         what was said so far, and what the person was last told
    together       due times of what one phone reads together (R5, R6)
    diff           what is owed against what the ledger has
    bundles        cleared actions that become one message
    explain        the same judgment, asked why not

`reasons` names every reason once, with its sentence; `moment` and `drafts` are what the judgments share.
"""
