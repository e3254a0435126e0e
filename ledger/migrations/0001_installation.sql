-- The ledger of the installation: what belongs to no single practice. Same format, same rules as a practice's.

CREATE TABLE ledger_head (
    practice_id VARCHAR, origin VARCHAR, created_at TIMESTAMPTZ, schema_number INTEGER, min_reader INTEGER,
    seq BIGINT, audit_size BIGINT, audit_hash BLOB, audit_range VARCHAR, business_high_water TIMESTAMPTZ,
    checkpoint_size BIGINT, checkpoint_at TIMESTAMPTZ, read_only_why VARCHAR,
    secret BLOB                          -- born with the ledger; purposes are derived from it, so that a rotated key moves no id
);
CREATE TABLE migrations (number INTEGER, name VARCHAR, checksum VARCHAR, min_reader INTEGER, applied_at TIMESTAMPTZ);
CREATE TABLE audit (seq BIGINT PRIMARY KEY, prev_hash BLOB, hash BLOB, body BLOB);
CREATE TABLE checkpoints (           -- signed and exported; `last_hash` and `tree` are the audit's head as it stood then
    size BIGINT, root BLOB, note VARCHAR, signed_at TIMESTAMPTZ, exported_to VARCHAR, last_hash BLOB, tree VARCHAR
);
CREATE TABLE adoptions (             -- exported checkpoints of a history that was lost, which a person accepted (AUD-02)
    seq BIGINT, name VARCHAR, size BIGINT, restored BIGINT, lost_from TIMESTAMPTZ, lost_until TIMESTAMPTZ,
    user_id VARCHAR, recorded_at TIMESTAMPTZ
);
CREATE TABLE practices (practice_id VARCHAR, folder VARCHAR, demo BOOLEAN, added_at TIMESTAMPTZ, removed_at TIMESTAMPTZ);
CREATE TABLE accounts (              -- which vendor account, and which slice of it, belongs to which practice
    vendor VARCHAR, account VARCHAR, practice_id VARCHAR, connection_id VARCHAR, addresses VARCHAR, recorded_at TIMESTAMPTZ
);
CREATE TABLE unrouted (              -- events that belong to no practice we know
    event_id VARCHAR, vendor VARCHAR, account VARCHAR, body BLOB, why VARCHAR, recorded_at TIMESTAMPTZ
);
CREATE TABLE shared_opt_outs (       -- opt-outs of a sender that several practices share
    seq BIGINT, sender VARCHAR, contact_hash VARCHAR, brand VARCHAR, lifted BOOLEAN, effective_at TIMESTAMPTZ, recorded_at TIMESTAMPTZ
);
CREATE TABLE seen_events (vendor VARCHAR, event_id VARCHAR, seen_at TIMESTAMPTZ);
CREATE TABLE clock (business_at TIMESTAMPTZ, machine_at TIMESTAMPTZ, turned_by VARCHAR);
CREATE TABLE sign_ins (who VARCHAR, happened_at TIMESTAMPTZ, outcome VARCHAR);
CREATE TABLE pauses (
    seq BIGINT, pause_id VARCHAR, scope VARCHAR, value VARCHAR, who VARCHAR, why VARCHAR, set_at TIMESTAMPTZ,
    until TIMESTAMPTZ, released_at TIMESTAMPTZ, released_by VARCHAR
);
CREATE VIEW current_pauses AS
    SELECT * FROM (SELECT * FROM pauses QUALIFY row_number() OVER (PARTITION BY pause_id ORDER BY seq DESC) = 1) WHERE released_at IS NULL;
