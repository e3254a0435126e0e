-- The head: one row that every writing transaction takes first, and what stands in it.

-- name: take_head
-- about: Take the head for this transaction: a second writer conflicts. It has to change something, or DuckDB leaves it out.
UPDATE ledger_head SET seq = seq + 1;

-- name: read_head
-- about: The head as this transaction sees it.
SELECT practice_id, origin, created_at, schema_number, min_reader, seq, audit_size, audit_hash, audit_range, business_high_water,
       checkpoint_size, checkpoint_at, read_only_why, secret
FROM ledger_head;

-- name: write_head
-- about: Leave the head as the transaction has moved it.
UPDATE ledger_head SET seq = $seq, audit_size = $audit_size, audit_hash = $audit_hash, audit_range = $audit_range, business_high_water = $business_high_water;

-- name: first_head
-- about: The head of a ledger in which nothing has happened yet.
INSERT INTO ledger_head (practice_id, origin, created_at, schema_number, min_reader, seq, audit_size, audit_range, secret)
VALUES ($practice_id, $origin, $created_at, $schema_number, $min_reader, 0, 0, '[]', $secret);

-- name: record_migration
-- about: Remember that a migration was applied, and what its text was.
INSERT INTO migrations (number, name, checksum, min_reader, applied_at) VALUES ($number, $name, $checksum, $min_reader, $applied_at);

-- name: applied_migrations
-- about: Which migrations this file has seen, oldest first.
SELECT number, name, checksum, min_reader FROM migrations ORDER BY number;

-- name: set_schema
-- about: The schema this file now has, and the oldest release that can still read it.
UPDATE ledger_head SET schema_number = $schema_number, min_reader = $min_reader;

-- name: table_columns
-- about: Every column of every table of this ledger, in their order.
SELECT c.table_name, c.column_name, c.data_type
FROM duckdb_columns() AS c
JOIN duckdb_tables() AS t USING (database_name, schema_name, table_name)
WHERE c.database_name = current_database() AND c.schema_name = current_schema()
ORDER BY c.table_name, c.column_index;

-- name: mark_read_only
-- about: From now on this ledger may be read, not written, and says why.
UPDATE ledger_head SET read_only_why = $why;

-- name: configuration_by_hash
-- about: A configuration by what it says.
SELECT name, body, first_used_at FROM configuration WHERE hash = $hash AND kind = $kind LIMIT 1;
