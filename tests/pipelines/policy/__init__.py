"""May this action go now: every built rule, the engine, the hours and the words."""
