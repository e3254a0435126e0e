"""What a person's answer means, and what it does: opt-outs, help, wrong numbers, alarms, and everything a human reads (R20–R26).

`intents.yaml` is the table of branches in their order; `table` reads it; `stage` takes what came in since last time and
`effects` writes what follows. What means permission is read by the policy, whose reader is handed in: it is a later stage.
"""
