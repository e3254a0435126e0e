"""What watches over sending: what must wait for a yes, what was more than expected, what never reached anybody, what came too late.

`approvals` asks people and carries out what they say; `mass_changes`, `closures`, `surges` and `canaries` hold what should not go
unseen; `untold` puts visits on the call list; `late_truths` and `expiries` say what nobody would notice by themselves. Nothing
here sends: it moves actions before the claim, and opens tasks.
"""
