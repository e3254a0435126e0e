"""What comes in (stub)."""
