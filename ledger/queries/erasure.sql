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
-- about: Every vendor record that is about some persons: joined to them, or of their visits, inquiries and replies.
SELECT record_id FROM current_links WHERE person_id IN (SELECT unnest($persons::VARCHAR[]))
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
       OR p.contact_point_id IN (SELECT unnest([phone_id, email_id]) FROM inquiries WHERE person_id IN (SELECT unnest($persons::VARCHAR[]))))
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
