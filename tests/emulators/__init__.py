"""The pretend vendors, held against what the real ones document."""
