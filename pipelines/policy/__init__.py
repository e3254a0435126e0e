"""May this action go now: a pure function from action, facts, settings and instant to a verdict.

Every rule of the table answers, and every answer is kept: block > need_approval > delay_until > rewrite >
allow_with_risk > allow. Nobody overrides a block; a rule that is not built never counts as a yes.
"""
