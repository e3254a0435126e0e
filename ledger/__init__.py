"""The memory, and the only package that speaks DuckDB.

One encrypted file per practice and one for the installation. Every access is short: pass the turnstile, open, work for
milliseconds, close. Whatever happened is a row here; whatever cannot be explained from here did not happen. In order:

    store, session            what everybody else uses: `with store.writing() as session`
    named_queries, queries/   SQL, by name                        tables, rows, head, transactions   what a session is made of
    embedded, ducklake        the two places a ledger can be      place   what both offer
    files, engine             DuckDB and its files                turnstile, network_guard           who may, and when
    keys, rotation            secrets, and changing them          migration, migrating, rewriting    changing the tables
    audit/, audit_log         the proof                           checkpoint_folder, adopt           what lies off the box
    installation, erasure     what belongs to no practice, and what must go
    raw, records, people, actions, outbox, tasks …   the stages' own tables
"""
