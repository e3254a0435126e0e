"""The audit's proof: vectors of others, attacks on a sample log, and two verifiers that must agree."""
