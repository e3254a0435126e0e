"""The memory, and the only package that speaks DuckDB.

One encrypted file per practice and one for the installation. Every access is short: pass the turnstile, open, work for
milliseconds, close. Whatever happened is a row here; whatever cannot be explained from here did not happen.
"""
