"""The way out: what a claim asks, what an answer means, what becomes of a doubt."""
