-- Erasing a person: the one sanctioned update of tables that only grow. Ids stay, so that the audit and lineage still lead
-- somewhere; what they lead to is a tombstone. The audit itself is never touched.

-- name: persons_to_erase
-- about: A person, and everybody who was merged into them.
WITH RECURSIVE merged AS (
    SELECT $person_id::VARCHAR AS person_id
    UNION
    SELECT p.person_id FROM persons p JOIN merged m ON p.merged_into = m.person_id
)
SELECT m.person_id, count(p.person_id) AS rows FROM merged m LEFT JOIN persons p ON p.person_id = m.person_id GROUP BY m.person_id;

-- name: records_to_erase
-- about: Every vendor record that is about some persons: joined to them, of their visits, inquiries and replies, or of their forms and money.
WITH said AS (
    SELECT v.connection_id, v.vendor_id, v.body FROM current_links l JOIN versions v USING (record_id)
    WHERE l.person_id IN (SELECT unnest($persons::VARCHAR[])) AND v.kind = 'person' AND v.body IS NOT NULL
),
known AS (  -- the ids under which each tool knows them
    SELECT connection_id, vendor_id FROM said
    UNION SELECT connection_id, unnest(from_json(body -> '$.aliases', '["VARCHAR"]')) FROM said
),
placed AS (  -- and their appointments
    SELECT connection_id, vendor_id FROM appointment_records
    WHERE visit_id IN (SELECT visit_id FROM visit_versions WHERE person_id IN (SELECT unnest($persons::VARCHAR[])))
),
billed AS (
    SELECT record_id, connection_id, vendor_id, coalesce(body ->> '$.person_vendor_id', '') AS patient,
           coalesce(body ->> '$.appointment_vendor_id', '') AS appointment, coalesce(body ->> '$.returned_from', '') AS returned_from
    FROM versions WHERE kind = 'invoice' AND body IS NOT NULL
),
theirs AS (
    SELECT b.* FROM billed b JOIN known k ON k.connection_id = b.connection_id AND k.vendor_id = b.patient WHERE b.patient <> ''
    UNION SELECT b.* FROM billed b JOIN placed p ON p.connection_id = b.connection_id AND p.vendor_id = b.appointment
    WHERE b.appointment <> '' AND b.patient = ''
)
SELECT record_id FROM theirs
UNION SELECT b.record_id FROM billed b JOIN theirs t ON t.connection_id = b.connection_id AND t.vendor_id = b.returned_from WHERE b.patient = ''
UNION SELECT record_id FROM intakes WHERE person_id IN (SELECT unnest($persons::VARCHAR[])) AND record_id IS NOT NULL
UNION SELECT record_id FROM payments WHERE person_id IN (SELECT unnest($persons::VARCHAR[])) AND record_id IS NOT NULL
UNION SELECT record_id FROM current_links WHERE person_id IN (SELECT unnest($persons::VARCHAR[]))
UNION SELECT record_id FROM visit_versions WHERE person_id IN (SELECT unnest($persons::VARCHAR[])) AND record_id IS NOT NULL
UNION SELECT r.record_id FROM visit_records r JOIN visit_versions v ON v.visit_id = r.visit_id WHERE v.person_id IN (SELECT unnest($persons::VARCHAR[]))
UNION SELECT record_id FROM inquiries WHERE person_id IN (SELECT unnest($persons::VARCHAR[])) AND record_id IS NOT NULL
UNION SELECT record_id FROM replies WHERE person_id IN (SELECT unnest($persons::VARCHAR[])) AND record_id IS NOT NULL
UNION SELECT record_id FROM raw WHERE person_id IN (SELECT unnest($persons::VARCHAR[])) AND record_id IS NOT NULL
UNION SELECT record_id FROM versions WHERE person_id IN (SELECT unnest($persons::VARCHAR[])) AND record_id IS NOT NULL;

-- name: contacts_to_erase
-- about: Contact points of some persons, ever, that reach nobody else now.
SELECT p.contact_point_id, any_value(p.kind) AS kind, any_value(p.value) AS value
FROM contact_points p
WHERE p.value IS NOT NULL
  AND (p.contact_point_id IN (SELECT contact_point_id FROM person_contacts WHERE person_id IN (SELECT unnest($persons::VARCHAR[])))
       OR p.contact_point_id IN (SELECT unnest([phone_id, email_id, thread_id]) FROM inquiries WHERE person_id IN (SELECT unnest($persons::VARCHAR[]))))
  AND p.contact_point_id NOT IN (SELECT contact_point_id FROM current_person_contacts WHERE person_id NOT IN (SELECT unnest($persons::VARCHAR[])))
GROUP BY p.contact_point_id;

-- name: raw_to_erase
-- about: Raw rows of some records, with the hash of their bytes.
SELECT raw_id, seq, connection_id, stream, vendor_id, content_hash FROM raw
WHERE tombstone IS NULL AND (record_id IN (SELECT unnest($records::VARCHAR[])) OR person_id IN (SELECT unnest($persons::VARCHAR[])));

-- name: erase_raw
-- about: Replace the bytes of some raw rows by a tombstone.
UPDATE raw SET body = NULL, vendor_id = NULL, content_hash = NULL, change_hash = NULL, tombstone = t.tombstone
FROM (SELECT unnest($seqs::BIGINT[]) AS seq, unnest($tombstones::VARCHAR[]) AS tombstone) AS t WHERE raw.seq = t.seq;

-- name: erase_versions
-- about: Replace what some records said by a tombstone.
UPDATE versions SET body = NULL, body_hash = NULL, vendor_id = NULL, tombstone = $tombstone
WHERE tombstone IS NULL AND (record_id IN (SELECT unnest($records::VARCHAR[])) OR person_id IN (SELECT unnest($persons::VARCHAR[])));

-- name: erase_quarantine
-- about: Replace what was said about some raw rows that were set aside.
UPDATE quarantine SET problem = NULL, origin = NULL, tombstone = $tombstone
WHERE tombstone IS NULL AND raw_id IN (SELECT unnest($raws::VARCHAR[]));

-- name: erase_person_records
-- about: Replace what some records say about who somebody is.
UPDATE person_records SET evidence = NULL, vendor_id = NULL, tombstone = $tombstone
WHERE tombstone IS NULL AND record_id IN (SELECT unnest($records::VARCHAR[]));

-- name: erase_record_keys
-- about: Replace vendors' ids that some records could be met on; contact points are pseudonyms and stay.
UPDATE record_keys SET join_key = $tombstone
WHERE NOT starts_with(join_key, 'cp-') AND record_id IN (SELECT unnest($records::VARCHAR[]));

-- name: erase_appointment_records
-- about: Replace what some appointment records say.
UPDATE appointment_records SET facts = NULL, vendor_id = NULL, person_key = NULL, tombstone = $tombstone
WHERE tombstone IS NULL AND record_id IN (SELECT unnest($records::VARCHAR[]));

-- name: erase_persons
-- about: Replace names, dates and everything else that describes some persons.
UPDATE persons SET first_name = NULL, display_name = NULL, birth_date = NULL, language = NULL, address_state = NULL, zone = NULL,
                   flags = NULL, tags = NULL, tombstone = $tombstone
WHERE tombstone IS NULL AND person_id IN (SELECT unnest($persons::VARCHAR[]));

-- name: erase_contact_points
-- about: Replace the numbers and addresses of some contact points; opt-outs and consents stay on their pseudonyms.
UPDATE contact_points SET value = NULL, tombstone = t.tombstone
FROM (SELECT unnest($contacts::VARCHAR[]) AS id, unnest($tombstones::VARCHAR[]) AS tombstone) AS t WHERE contact_points.contact_point_id = t.id;

-- name: erase_messages
-- about: Replace the texts that were written to some persons.
UPDATE messages SET subject = NULL, body = NULL, tombstone = $tombstone
WHERE tombstone IS NULL AND (person_id IN (SELECT unnest($persons::VARCHAR[])) OR contact_point_id IN (SELECT unnest($contacts::VARCHAR[])));

-- name: erase_payment_links
-- about: Replace the addresses at which some persons were to pay.
UPDATE payment_links SET link = NULL
WHERE link IS NOT NULL AND visit_id IN (SELECT visit_id FROM visit_versions WHERE person_id IN (SELECT unnest($persons::VARCHAR[])));

-- name: forget_visits_of
-- about: Visits of some persons ask for nothing any more.
DELETE FROM open_visits WHERE person_id IN (SELECT unnest($persons::VARCHAR[]));

-- name: actions_of_persons
-- about: Open actions for some persons.
SELECT action_id, state FROM open_actions WHERE person_id IN (SELECT unnest($persons::VARCHAR[])) ORDER BY action_id;

-- name: erasures_not_done
-- about: Erasures whose bytes may still lie in the file, because nobody compacted it since.
SELECT request_id, any_value(person_id) AS person_id FROM erasures GROUP BY request_id HAVING max(done_at) IS NULL ORDER BY request_id;

-- name: erased_among
-- about: Whether a keyed hash stands on some erasure.
SELECT count(*) AS found FROM erasures WHERE contains(keyed_hashes, $hash);

-- name: lead_records_to_erase
-- about: Vendor records of some persons that no medical record is made of: what they asked for, and what they wrote (DEL-02).
SELECT record_id FROM inquiries WHERE person_id IN (SELECT unnest($persons::VARCHAR[])) AND record_id IS NOT NULL
UNION SELECT record_id FROM replies WHERE person_id IN (SELECT unnest($persons::VARCHAR[])) AND record_id IS NOT NULL;

-- name: erase_messages_that_sold
-- about: Replace the texts that sold something to some persons, or asked them for a score or a review.
UPDATE messages SET subject = NULL, body = NULL, tombstone = $tombstone
WHERE tombstone IS NULL AND person_id IN (SELECT unnest($persons::VARCHAR[])) AND carrier IN (
    SELECT action_id FROM closed_actions WHERE purpose IN ('marketing', 'survey', 'review_request')
    UNION ALL SELECT action_id FROM open_actions WHERE purpose IN ('marketing', 'survey', 'review_request')
);

-- name: about_persons
-- about: What decides how long things about some persons are kept: who they are, and when they were here last.
WITH theirs AS (SELECT * FROM persons WHERE person_id IN (SELECT unnest($persons::VARCHAR[])) AND tombstone IS NULL),
visits AS (SELECT visit_id, start_at FROM current_visits WHERE person_id IN (SELECT unnest($persons::VARCHAR[])) AND status <> 'cancelled')
SELECT (SELECT merged_into FROM persons WHERE person_id = $person_id ORDER BY seq DESC LIMIT 1) AS merged_into,
       (SELECT max(birth_date) FROM theirs) AS birth_date, (SELECT max(address_state) FROM theirs) AS address_state,
       (SELECT max(language) FROM theirs) AS language, (SELECT coalesce(bool_or(is_patient), FALSE) FROM theirs) AS is_patient,
       (SELECT string_agg(DISTINCT flags, ',') FROM theirs WHERE flags <> '') AS flags,
       (SELECT count(*) FROM visits) AS visits, (SELECT max(start_at) FROM visits) AS last_visit_at;

-- name: held_about_persons
-- about: How much of each class is held about some persons and not erased yet.
WITH theirs AS (SELECT unnest($persons::VARCHAR[]) AS person_id),
points AS (
    SELECT contact_point_id FROM person_contacts WHERE person_id IN (SELECT person_id FROM theirs)
    UNION SELECT unnest([phone_id, email_id, thread_id]) FROM inquiries WHERE person_id IN (SELECT person_id FROM theirs)
),
purposes AS (SELECT action_id, purpose FROM closed_actions UNION ALL SELECT action_id, purpose FROM open_actions),
said AS (
    SELECT m.message_id, coalesce(bool_or(p.purpose IN ('marketing', 'survey', 'review_request')), FALSE) AS sold
    FROM messages m LEFT JOIN purposes p ON p.action_id = m.carrier
    WHERE m.tombstone IS NULL AND m.person_id IN (SELECT person_id FROM theirs) GROUP BY m.message_id
)
SELECT 'lead' AS class, count(DISTINCT inquiry_id) AS rows FROM inquiries WHERE person_id IN (SELECT person_id FROM theirs)
UNION ALL SELECT 'dm', count(DISTINCT reply_id) FROM replies WHERE person_id IN (SELECT person_id FROM theirs)
UNION ALL SELECT 'marketing', count(*) FROM said WHERE sold
UNION ALL SELECT 'messages', count(*) FROM said WHERE NOT sold
UNION ALL SELECT 'visits', count(DISTINCT visit_id) FROM visit_versions WHERE person_id IN (SELECT person_id FROM theirs)
UNION ALL SELECT 'consents', count(*) FROM consents WHERE contact_point_id IN (SELECT contact_point_id FROM points)
UNION ALL SELECT 'opt_outs', count(*) FROM suppressions WHERE contact_point_id IN (SELECT contact_point_id FROM points);

-- name: tools_of_records
-- about: In which tools some records stand, and under which of their ids.
SELECT DISTINCT connection_id, stream, vendor_id FROM raw
WHERE record_id IN (SELECT unnest($records::VARCHAR[])) AND vendor_id IS NOT NULL ORDER BY connection_id, stream, vendor_id;

-- name: tools_told_of_persons
-- about: Through which tools something was sent to some persons, or about them.
SELECT DISTINCT connection_id FROM attempts WHERE person_id IN (SELECT unnest($persons::VARCHAR[])) ORDER BY connection_id;

-- name: contacts_of_persons_ever
-- about: Contact points that reach some persons, or that they gave with an inquiry, each with how many others it reaches now.
WITH theirs AS (SELECT unnest($persons::VARCHAR[]) AS person_id),
points AS (
    SELECT contact_point_id FROM current_person_contacts WHERE person_id IN (SELECT person_id FROM theirs)
    UNION SELECT unnest([phone_id, email_id, thread_id]) FROM inquiries WHERE person_id IN (SELECT person_id FROM theirs)
)
SELECT p.contact_point_id, count(DISTINCT c.person_id) AS others FROM points p
LEFT JOIN current_person_contacts c ON c.contact_point_id = p.contact_point_id AND c.person_id NOT IN (SELECT person_id FROM theirs)
WHERE p.contact_point_id IS NOT NULL GROUP BY p.contact_point_id ORDER BY p.contact_point_id;

-- name: erasures_of_requests
-- about: Every erasure, with when it was asked for and when no byte of it was left.
SELECT request_id, any_value(person_id) AS person_id, min(requested_at) AS requested_at, max(done_at) AS done_at
FROM erasures GROUP BY request_id ORDER BY requested_at, request_id;
