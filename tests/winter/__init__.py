"""A practice through a whole winter, drawn from a seed, and judged every day by what can be seen from outside."""
