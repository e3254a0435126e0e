"""The clockwork, and the only package that imports Dagster. It decides nothing.

Every asset calls one pipeline function and reports what that function returned: counts and ids, no names and no text,
because Dagster's store is not encrypted.
"""
