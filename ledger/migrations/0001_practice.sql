-- The ledger of one practice. Types and statements stay inside what DuckLake also understands; the PRIMARY KEY clauses
-- are dropped there. Times are UTC. JSON is canonical text in VARCHAR. Large tables only grow; `open_*`, `cursors`,
-- `progress` and `ledger_head` are the small ones that are updated.

-- memory ---------------------------------------------------------------------------------------------------------

CREATE TABLE ledger_head (
    practice_id VARCHAR, origin VARCHAR, created_at TIMESTAMPTZ, schema_number INTEGER, min_reader INTEGER,
    seq BIGINT,                          -- the last number given to any row
    audit_size BIGINT, audit_hash BLOB, audit_range VARCHAR,
    business_high_water TIMESTAMPTZ,     -- business time never goes back behind this
    checkpoint_size BIGINT, checkpoint_at TIMESTAMPTZ, read_only_why VARCHAR,
    secret BLOB                          -- born with the ledger; purposes are derived from it, so that a rotated key moves no id
);
CREATE TABLE migrations (number INTEGER, name VARCHAR, checksum VARCHAR, min_reader INTEGER, applied_at TIMESTAMPTZ);
CREATE TABLE configuration (hash VARCHAR, kind VARCHAR, name VARCHAR, body VARCHAR, first_used_at TIMESTAMPTZ);
CREATE TABLE runs (run_id VARCHAR, kind VARCHAR, started_at TIMESTAMPTZ, ended_at TIMESTAMPTZ, outcome VARCHAR, counts VARCHAR);
CREATE TABLE audit (seq BIGINT PRIMARY KEY, prev_hash BLOB, hash BLOB, body BLOB);
CREATE TABLE checkpoints (           -- signed and exported; `last_hash` and `tree` are the audit's head as it stood then
    size BIGINT, root BLOB, note VARCHAR, signed_at TIMESTAMPTZ, exported_to VARCHAR, last_hash BLOB, tree VARCHAR
);
CREATE TABLE adoptions (             -- exported checkpoints of a history that was lost, which a person accepted (AUD-02)
    seq BIGINT, name VARCHAR, size BIGINT, restored BIGINT, lost_from TIMESTAMPTZ, lost_until TIMESTAMPTZ,
    user_id VARCHAR, recorded_at TIMESTAMPTZ
);

-- in -------------------------------------------------------------------------------------------------------------

CREATE TABLE cursors (connection_id VARCHAR, stream VARCHAR, cursor VARCHAR, complete_read_at TIMESTAMPTZ, updated_at TIMESTAMPTZ);
CREATE TABLE progress (stage VARCHAR, seq BIGINT);   -- how far each stage has read the growing tables
CREATE TABLE raw (
    seq BIGINT, raw_id VARCHAR, record_id VARCHAR, connection_id VARCHAR, stream VARCHAR, vendor_id VARCHAR,
    content_hash VARCHAR,                -- of the bytes as stored
    change_hash VARCHAR,                 -- of what they say, volatile fields left out: a new row only when this changed
    format VARCHAR,                      -- how to read the body (canonical.raw.WireFormat)
    body BLOB, origin VARCHAR, deleted BOOLEAN, run_id VARCHAR,
    recorded_at TIMESTAMPTZ, effective_at TIMESTAMPTZ, person_id VARCHAR, tombstone VARCHAR
);
CREATE TABLE quarantine (
    seq BIGINT, raw_id VARCHAR, connection_id VARCHAR, stream VARCHAR, origin VARCHAR, stage VARCHAR, code VARCHAR,
    problem VARCHAR, next_step VARCHAR, mapping_hash VARCHAR, run_id VARCHAR, recorded_at TIMESTAMPTZ,
    tombstone VARCHAR
);
CREATE TABLE quarantine_released (raw_id VARCHAR, stage VARCHAR, why VARCHAR, recorded_at TIMESTAMPTZ);
CREATE TABLE versions (
    seq BIGINT, version_id VARCHAR, record_id VARCHAR, ordinal INTEGER, kind VARCHAR, connection_id VARCHAR,
    stream VARCHAR, vendor_id VARCHAR, location_id VARCHAR, raw_id VARCHAR,
    raw_seq BIGINT,                      -- of the raw row: what arrived earlier and is mapped later says nothing new
    mapping_hash VARCHAR, body VARCHAR, body_hash VARCHAR, deleted BOOLEAN, run_id VARCHAR,
    recorded_at TIMESTAMPTZ, effective_at TIMESTAMPTZ, person_id VARCHAR, tombstone VARCHAR
);

-- people ---------------------------------------------------------------------------------------------------------

CREATE TABLE person_links (          -- latest row per record wins; an undone link is a later row
    seq BIGINT, record_id VARCHAR, person_id VARCHAR, rule VARCHAR, version_id VARCHAR, undone BOOLEAN,
    recorded_at TIMESTAMPTZ
);
CREATE TABLE person_records (        -- what a record says about who it is, in comparable form; latest row per record wins
    seq BIGINT, record_id VARCHAR, version_id VARCHAR, raw_id VARCHAR, kind VARCHAR, connection_id VARCHAR,
    stream VARCHAR, vendor_id VARCHAR, evidence VARCHAR, deleted BOOLEAN, first_recorded_at TIMESTAMPTZ,
    recorded_at TIMESTAMPTZ, tombstone VARCHAR
);
CREATE TABLE record_keys (           -- what records may meet on: contact points and vendor ids, those it has lost included
    seq BIGINT, record_id VARCHAR, join_key VARCHAR, recorded_at TIMESTAMPTZ
);
CREATE TABLE person_cuts (           -- two records that somebody said are not one person; never joined again (R1)
    seq BIGINT, record_id VARCHAR, other_record_id VARCHAR, who VARCHAR, why VARCHAR, recorded_at TIMESTAMPTZ
);
CREATE TABLE persons (               -- latest row per person wins
    seq BIGINT, person_id VARCHAR, household_id VARCHAR, first_name VARCHAR, display_name VARCHAR, birth_date DATE,
    language VARCHAR, address_state VARCHAR, zone VARCHAR, is_patient BOOLEAN, flags VARCHAR, tags VARCHAR,
    guardian_contact_point_id VARCHAR, recorded_at TIMESTAMPTZ, tombstone VARCHAR,
    merged_into VARCHAR              -- set when all records of this person now belong to another one
);
CREATE TABLE contact_points (        -- latest row per contact point wins
    seq BIGINT, contact_point_id VARCHAR, kind VARCHAR, value VARCHAR, line_type VARCHAR, textable BOOLEAN,
    why VARCHAR, recorded_at TIMESTAMPTZ, tombstone VARCHAR
);
CREATE TABLE person_contacts (       -- latest row per (person, contact point) wins; ended = no longer theirs
    seq BIGINT, person_id VARCHAR, contact_point_id VARCHAR, rank INTEGER, ended BOOLEAN, record_id VARCHAR,
    recorded_at TIMESTAMPTZ
);
CREATE TABLE households (seq BIGINT, household_id VARCHAR, person_id VARCHAR, contact_point_id VARCHAR, ended BOOLEAN, recorded_at TIMESTAMPTZ);
CREATE TABLE consents (
    seq BIGINT, consent_id VARCHAR, contact_point_id VARCHAR, brand VARCHAR, category VARCHAR, kind VARCHAR,
    granted BOOLEAN, given_at TIMESTAMPTZ, source VARCHAR, wording_sha256 VARCHAR, form_version VARCHAR,
    raw_id VARCHAR, recorded_at TIMESTAMPTZ
);
CREATE TABLE suppressions (
    seq BIGINT, suppression_id VARCHAR, contact_point_id VARCHAR, person_id VARCHAR, brand VARCHAR, scope VARCHAR,
    lifted BOOLEAN, provisional BOOLEAN, effective_at TIMESTAMPTZ, source VARCHAR, word VARCHAR, raw_id VARCHAR,
    recorded_at TIMESTAMPTZ
);

-- what people do -------------------------------------------------------------------------------------------------

CREATE TABLE visit_versions (
    seq BIGINT, visit_id VARCHAR, ordinal INTEGER, person_id VARCHAR, record_id VARCHAR, version_id VARCHAR,
    connection_id VARCHAR, stream VARCHAR, location_id VARCHAR, provider_id VARCHAR, service_id VARCHAR,
    service_family VARCHAR, kind VARCHAR, status VARCHAR, start_at TIMESTAMPTZ, end_at TIMESTAMPTZ,
    booked_at TIMESTAMPTZ, booked_vendor_time BOOLEAN, booked_by VARCHAR, changed_at TIMESTAMPTZ, change VARCHAR,
    completion VARCHAR, first_visit BOOLEAN, walk_in BOOLEAN, recorded_at TIMESTAMPTZ,
    moved_at TIMESTAMPTZ              -- when its start last changed; null = never (R13, R15)
);
CREATE TABLE open_visits (           -- the latest version of every visit that can still ask for something
    visit_id VARCHAR, seq BIGINT, ordinal INTEGER, person_id VARCHAR, record_id VARCHAR, version_id VARCHAR,
    connection_id VARCHAR, stream VARCHAR, location_id VARCHAR, provider_id VARCHAR, service_id VARCHAR,
    service_family VARCHAR, kind VARCHAR, status VARCHAR, start_at TIMESTAMPTZ, end_at TIMESTAMPTZ,
    booked_at TIMESTAMPTZ, booked_vendor_time BOOLEAN, booked_by VARCHAR, changed_at TIMESTAMPTZ, change VARCHAR,
    completion VARCHAR, first_visit BOOLEAN, walk_in BOOLEAN, recorded_at TIMESTAMPTZ,
    moved_at TIMESTAMPTZ              -- when its start last changed; null = never (R13, R15)
);
CREATE TABLE appointment_records (   -- what an appointment record says now, with the times at which it changed; latest row per record wins
    seq BIGINT, record_id VARCHAR, version_id VARCHAR, connection_id VARCHAR, stream VARCHAR, vendor_id VARCHAR,
    person_key VARCHAR, start_at TIMESTAMPTZ, status VARCHAR, facts VARCHAR, visit_id VARCHAR, why VARCHAR,
    recorded_at TIMESTAMPTZ, tombstone VARCHAR
);
CREATE TABLE visit_records (seq BIGINT, record_id VARCHAR, visit_id VARCHAR, why VARCHAR, recorded_at TIMESTAMPTZ);
CREATE TABLE inquiries (             -- latest row per inquiry wins
    seq BIGINT, inquiry_id VARCHAR, person_id VARCHAR, record_id VARCHAR, version_id VARCHAR, connection_id VARCHAR,
    phone_id VARCHAR, email_id VARCHAR, location_id VARCHAR, source VARCHAR, received_at TIMESTAMPTZ,
    vendor_time BOOLEAN, suspected_spam BOOLEAN, spam_reason VARCHAR, same_as VARCHAR, language VARCHAR,
    called_at TIMESTAMPTZ, booked_at TIMESTAMPTZ, closed BOOLEAN, recorded_at TIMESTAMPTZ
);
CREATE TABLE replies (
    seq BIGINT, reply_id VARCHAR, record_id VARCHAR, version_id VARCHAR, contact_point_id VARCHAR, person_id VARCHAR,
    channel VARCHAR, intent VARCHAR, matched VARCHAR, received_at TIMESTAMPTZ, answered_to VARCHAR,
    recorded_at TIMESTAMPTZ, location_id VARCHAR, raw_id VARCHAR
);
CREATE TABLE opt_out_copies (        -- one row for each tool that must know of a suppression (R34)
    seq BIGINT, copy_id VARCHAR, suppression_id VARCHAR, contact_point_id VARCHAR, connection_id VARCHAR,
    effective_at TIMESTAMPTZ, recorded_at TIMESTAMPTZ
);
CREATE TABLE tasks (                 -- latest row per task wins
    seq BIGINT, task_id VARCHAR, kind VARCHAR, subject_id VARCHAR, person_id VARCHAR, location_id VARCHAR,
    title VARCHAR, due_at TIMESTAMPTZ, expires_at TIMESTAMPTZ, opened_at TIMESTAMPTZ, closed_at TIMESTAMPTZ,
    closed_by VARCHAR, urgent BOOLEAN, recorded_at TIMESTAMPTZ
);

-- what is said ---------------------------------------------------------------------------------------------------

CREATE TABLE open_actions (
    action_id VARCHAR PRIMARY KEY, step VARCHAR, "row" VARCHAR, subject_kind VARCHAR, subject_id VARCHAR,
    occurrence INTEGER, person_id VARCHAR, contact_point_id VARCHAR, location_id VARCHAR, channel VARCHAR,
    command VARCHAR, purpose VARCHAR, hipaa VARCHAR, tcpa VARCHAR, template VARCHAR, due_at TIMESTAMPTZ,
    expires_at TIMESTAMPTZ, not_before TIMESTAMPTZ, anchor_at TIMESTAMPTZ, state VARCHAR, urgent BOOLEAN,
    priority INTEGER, journeys VARCHAR, facts VARCHAR, message_id VARCHAR, verdict_id VARCHAR, attempt_id VARCHAR,
    absorbed_by VARCHAR, planned_at TIMESTAMPTZ, updated_at TIMESTAMPTZ, claimed_at TIMESTAMPTZ,
    fact_seq BIGINT                   -- the version of the subject that asked for it as it stands
);
CREATE TABLE closed_actions (        -- an action's row as it stood when it left the open table
    seq BIGINT, action_id VARCHAR, step VARCHAR, "row" VARCHAR, subject_kind VARCHAR, subject_id VARCHAR,
    occurrence INTEGER, person_id VARCHAR, contact_point_id VARCHAR, location_id VARCHAR, channel VARCHAR,
    command VARCHAR, purpose VARCHAR, hipaa VARCHAR, tcpa VARCHAR, template VARCHAR, due_at TIMESTAMPTZ,
    expires_at TIMESTAMPTZ, not_before TIMESTAMPTZ, anchor_at TIMESTAMPTZ, state VARCHAR, urgent BOOLEAN,
    priority INTEGER, journeys VARCHAR, facts VARCHAR, message_id VARCHAR, verdict_id VARCHAR, attempt_id VARCHAR,
    absorbed_by VARCHAR, planned_at TIMESTAMPTZ, updated_at TIMESTAMPTZ, claimed_at TIMESTAMPTZ,
    fact_seq BIGINT                   -- the version of the subject that asked for it as it stands
);
CREATE TABLE remembered (            -- what closed_actions says about subjects that can still ask for something, so that
    seq BIGINT, subject_id VARCHAR, action_id VARCHAR, step VARCHAR, occurrence INTEGER, state VARCHAR,
    anchor_at TIMESTAMPTZ, tells VARCHAR, told_at TIMESTAMPTZ, location_id VARCHAR, provider_id VARCHAR,
    absorbed_by VARCHAR, carrier_state VARCHAR, closed_at TIMESTAMPTZ
);                                   -- planning never reads history; latest row per action wins, forgotten with its subject
CREATE TABLE transitions (
    seq BIGINT, action_id VARCHAR, before VARCHAR, after VARCHAR, reason VARCHAR, refs VARCHAR, run_id VARCHAR,
    happened_at TIMESTAMPTZ
);
CREATE TABLE verdicts (
    seq BIGINT, verdict_id VARCHAR, action_id VARCHAR, outcome VARCHAR, stage VARCHAR, decided_at TIMESTAMPTZ,
    until TIMESTAMPTZ, policy VARCHAR, facts VARCHAR, answers VARCHAR, local_time VARCHAR, consent_id VARCHAR,
    suppression_checked_at TIMESTAMPTZ
);
CREATE TABLE messages (
    seq BIGINT, message_id VARCHAR, carrier VARCHAR, carries VARCHAR, channel VARCHAR, contact_point_id VARCHAR,
    person_id VARCHAR, sender VARCHAR, template VARCHAR, template_hash VARCHAR, language VARCHAR, subject VARCHAR,
    body VARCHAR, segments INTEGER, names_start TIMESTAMPTZ, rewrites VARCHAR, rendered_at TIMESTAMPTZ,
    tombstone VARCHAR
);
CREATE TABLE attempts (
    seq BIGINT, attempt_id VARCHAR PRIMARY KEY, action_id VARCHAR, message_id VARCHAR, connection_id VARCHAR,
    vendor VARCHAR, product VARCHAR, command VARCHAR, contact_point_id VARCHAR, person_id VARCHAR,
    claimed_at TIMESTAMPTZ, lease_until TIMESTAMPTZ, verdict_id VARCHAR
);
CREATE TABLE open_attempts (attempt_id VARCHAR, action_id VARCHAR, connection_id VARCHAR, vendor VARCHAR, lease_until TIMESTAMPTZ, ambiguous_since TIMESTAMPTZ);
CREATE TABLE attempt_outcomes (
    seq BIGINT, attempt_id VARCHAR, outcome VARCHAR, vendor_id VARCHAR, code VARCHAR, reason VARCHAR,
    how VARCHAR, happened_at TIMESTAMPTZ
);
CREATE TABLE receipts (
    seq BIGINT, attempt_id VARCHAR, vendor_id VARCHAR, status VARCHAR, code VARCHAR, raw_id VARCHAR,
    happened_at TIMESTAMPTZ, recorded_at TIMESTAMPTZ
);
CREATE TABLE held_in_plan (run_id VARCHAR, rule VARCHAR, "row" VARCHAR, held BIGINT, recorded_at TIMESTAMPTZ);
CREATE TABLE pauses (                -- latest row per pause wins
    seq BIGINT, pause_id VARCHAR, scope VARCHAR, value VARCHAR, who VARCHAR, why VARCHAR, set_at TIMESTAMPTZ,
    until TIMESTAMPTZ, released_at TIMESTAMPTZ, released_by VARCHAR
);
CREATE TABLE approvals (             -- latest row per approval wins
    seq BIGINT, approval_id VARCHAR, action_ids VARCHAR, rule VARCHAR, why VARCHAR, asked_at TIMESTAMPTZ,
    expires_at TIMESTAMPTZ, decided VARCHAR, decided_by VARCHAR, decided_at TIMESTAMPTZ
);
CREATE TABLE erasures (
    seq BIGINT, request_id VARCHAR, person_id VARCHAR, keyed_hashes VARCHAR, counts VARCHAR, requested_at TIMESTAMPTZ,
    done_at TIMESTAMPTZ
);

-- what is true now -----------------------------------------------------------------------------------------------

CREATE VIEW open_quarantine AS       -- a mark is open until it is released; marked again, it is open again
    SELECT q.* FROM quarantine q
    LEFT JOIN (SELECT raw_id, stage, count(*) AS releases FROM quarantine_released GROUP BY raw_id, stage) r
        ON r.raw_id = q.raw_id AND r.stage = q.stage
    QUALIFY row_number() OVER (PARTITION BY q.raw_id, q.stage ORDER BY q.seq) > coalesce(r.releases, 0);
CREATE VIEW latest_versions AS SELECT * FROM versions QUALIFY row_number() OVER (PARTITION BY record_id ORDER BY seq DESC) = 1;
CREATE VIEW current_links AS
    SELECT * FROM (SELECT * FROM person_links QUALIFY row_number() OVER (PARTITION BY record_id ORDER BY seq DESC) = 1) WHERE NOT undone;
CREATE VIEW current_persons AS
    SELECT * FROM (SELECT * FROM persons QUALIFY row_number() OVER (PARTITION BY person_id ORDER BY seq DESC) = 1) WHERE merged_into IS NULL;
CREATE VIEW current_contact_points AS
    SELECT * FROM contact_points QUALIFY row_number() OVER (PARTITION BY contact_point_id ORDER BY seq DESC) = 1;
CREATE VIEW current_person_contacts AS
    SELECT * FROM (
        SELECT * FROM person_contacts QUALIFY row_number() OVER (PARTITION BY person_id, contact_point_id ORDER BY seq DESC) = 1
    ) WHERE NOT ended;
CREATE VIEW current_visits AS SELECT * FROM visit_versions QUALIFY row_number() OVER (PARTITION BY visit_id ORDER BY seq DESC) = 1;
CREATE VIEW current_inquiries AS SELECT * FROM inquiries QUALIFY row_number() OVER (PARTITION BY inquiry_id ORDER BY seq DESC) = 1;
CREATE VIEW current_tasks AS SELECT * FROM tasks QUALIFY row_number() OVER (PARTITION BY task_id ORDER BY seq DESC) = 1;
CREATE VIEW current_pauses AS
    SELECT * FROM (SELECT * FROM pauses QUALIFY row_number() OVER (PARTITION BY pause_id ORDER BY seq DESC) = 1) WHERE released_at IS NULL;
CREATE VIEW current_suppressions AS
    SELECT * FROM (
        SELECT * FROM suppressions QUALIFY row_number() OVER (PARTITION BY contact_point_id, brand, scope, coalesce(person_id, '') ORDER BY seq DESC) = 1
    ) WHERE NOT lifted;
CREATE VIEW current_consents AS      -- the newest evidence wins; a yes without a date is older than any dated no, a no without one is as new as its row
    SELECT * FROM consents
    QUALIFY row_number() OVER (
        PARTITION BY contact_point_id, brand, category
        ORDER BY CASE WHEN granted THEN coalesce(given_at, TIMESTAMPTZ '1970-01-01 00:00:00+00') ELSE coalesce(given_at, recorded_at) END DESC, seq DESC
    ) = 1;
CREATE VIEW told AS                  -- every message that left the house, or may have, and what it told of which visit (R9, R10)
    WITH closed AS (SELECT * FROM closed_actions QUALIFY row_number() OVER (PARTITION BY action_id ORDER BY seq DESC) = 1)
    SELECT a.subject_id AS visit_id, CASE WHEN a.facts ->> '$.tells' = 'time' THEN a.anchor_at END AS names_start,
           a.location_id AS names_place, coalesce(c.claimed_at, a.claimed_at) AS told_at, a.step, a.occurrence, a.action_id,
           CASE WHEN coalesce(c.state, a.state) = 'abandoned' THEN 'ambiguous' ELSE 'sent' END AS certainty
    FROM closed a
    LEFT JOIN closed c ON a.state = 'absorbed' AND c.action_id = a.absorbed_by AND c.message_id = a.message_id
    WHERE coalesce(a.facts ->> '$.tells', '') <> '' AND coalesce(c.state, a.state) IN ('sent', 'abandoned');
