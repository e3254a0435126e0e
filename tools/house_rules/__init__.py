"""What this repository asks of itself beyond ruff, mypy and import-linter, as a table of rules.

`python -m tools.house_rules` reads every file git knows or would know, and prints each finding with file, line, and
what to write instead. `places` holds the few places where something may happen that may not happen elsewhere, each
with its reason; an entry that is no longer needed is itself a finding.
"""
