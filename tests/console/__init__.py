"""The `glowline` command, on a small real installation."""
