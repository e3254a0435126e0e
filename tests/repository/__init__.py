"""The repository held against its own promises."""
