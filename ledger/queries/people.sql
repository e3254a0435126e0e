-- Who is who: what the resolve stage reads and what others ask about people.

-- name: new_people_versions
-- about: Versions of persons and inquiries after a number, oldest first, at most so many.
SELECT seq, version_id, record_id, kind, connection_id, stream, vendor_id, raw_id, body, deleted, recorded_at
FROM versions
WHERE seq > $since AND seq <= $until AND kind IN ('person', 'inquiry')
ORDER BY seq LIMIT $most;

-- name: records_after
-- about: Ids of records that say who somebody is, in order of their ids, after one of them.
SELECT DISTINCT record_id FROM person_records WHERE record_id > $after ORDER BY record_id LIMIT $most;

-- name: person_records_by_id
-- about: The latest word of some records on who somebody is.
SELECT * FROM person_records WHERE record_id IN (SELECT unnest(string_split($ids, chr(31)))) AND tombstone IS NULL
QUALIFY row_number() OVER (PARTITION BY record_id ORDER BY seq DESC) = 1;

-- name: holders_of_keys
-- about: Records that hold one of some join keys, or held it once; of a crowded contact point one more than the crowd.
SELECT join_key, record_id FROM record_keys WHERE join_key IN (SELECT unnest(string_split($ids, chr(31))))
QUALIFY row_number() OVER (PARTITION BY join_key ORDER BY seq) <= $crowd + 1 OR starts_with(join_key, 'k-');

-- name: keys_of_records
-- about: The join keys of some records.
SELECT DISTINCT record_id, join_key FROM record_keys WHERE record_id IN (SELECT unnest(string_split($ids, chr(31))));

-- name: links_of_records
-- about: The person that each of some records belongs to now, and the number of the row that says so.
SELECT record_id, person_id, seq FROM (
    SELECT record_id, person_id, seq, undone FROM person_links WHERE record_id IN (SELECT unnest(string_split($ids, chr(31))))
    QUALIFY row_number() OVER (PARTITION BY record_id ORDER BY seq DESC) = 1
) WHERE NOT undone;

-- name: records_of_persons
-- about: The records that belong to some persons now.
SELECT record_id, person_id FROM (
    SELECT record_id, person_id, undone FROM person_links
    WHERE record_id IN (SELECT record_id FROM person_links WHERE person_id IN (SELECT unnest(string_split($ids, chr(31)))))
    QUALIFY row_number() OVER (PARTITION BY record_id ORDER BY seq DESC) = 1
) WHERE NOT undone AND person_id IN (SELECT unnest(string_split($ids, chr(31))));

-- name: fellow_records
-- about: The records that belong to the same persons as some records, these included.
WITH mine AS (
    SELECT person_id, undone FROM person_links WHERE record_id IN (SELECT unnest(string_split($ids, chr(31))))
    QUALIFY row_number() OVER (PARTITION BY record_id ORDER BY seq DESC) = 1
), theirs AS (
    SELECT record_id, person_id, undone FROM person_links
    WHERE record_id IN (SELECT record_id FROM person_links WHERE person_id IN (SELECT person_id FROM mine WHERE NOT undone))
    QUALIFY row_number() OVER (PARTITION BY record_id ORDER BY seq DESC) = 1
)
SELECT record_id FROM theirs WHERE NOT undone AND person_id IN (SELECT person_id FROM mine WHERE NOT undone);

-- name: cuts_of_records
-- about: Pairs of records that somebody said are not one person.
SELECT DISTINCT record_id, other_record_id FROM person_cuts
WHERE record_id IN (SELECT unnest(string_split($ids, chr(31)))) OR other_record_id IN (SELECT unnest(string_split($ids, chr(31))));

-- name: persons_by_id
-- about: Some persons as they were last written, merged ones included.
SELECT * FROM persons WHERE person_id IN (SELECT unnest(string_split($ids, chr(31)))) AND tombstone IS NULL
QUALIFY row_number() OVER (PARTITION BY person_id ORDER BY seq DESC) = 1;

-- name: contacts_of_persons
-- about: The contact points of some persons, in the order in which they are to be tried.
SELECT person_id, contact_point_id, rank, record_id FROM (
    SELECT person_id, contact_point_id, rank, record_id, ended FROM person_contacts
    WHERE person_id IN (SELECT unnest(string_split($ids, chr(31))))
    QUALIFY row_number() OVER (PARTITION BY person_id, contact_point_id ORDER BY seq DESC) = 1
) WHERE NOT ended ORDER BY person_id, rank, contact_point_id;

-- name: persons_on_contacts
-- about: Who can be reached on some contact points.
SELECT contact_point_id, person_id FROM (
    SELECT person_id, contact_point_id, ended FROM person_contacts
    WHERE contact_point_id IN (SELECT unnest(string_split($ids, chr(31))))
    QUALIFY row_number() OVER (PARTITION BY person_id, contact_point_id ORDER BY seq DESC) = 1
) WHERE NOT ended ORDER BY contact_point_id, person_id;

-- name: contact_points_by_id
-- about: Some contact points as they were last written.
SELECT * FROM contact_points WHERE contact_point_id IN (SELECT unnest(string_split($ids, chr(31)))) AND tombstone IS NULL
QUALIFY row_number() OVER (PARTITION BY contact_point_id ORDER BY seq DESC) = 1;

-- name: households_touching
-- about: Present memberships of every household on some contact points or with some persons in it.
SELECT household_id, person_id, contact_point_id FROM (
    SELECT household_id, person_id, contact_point_id, ended FROM households
    WHERE contact_point_id IN (SELECT unnest(string_split($contacts, chr(31)))) OR person_id IN (SELECT unnest(string_split($persons, chr(31))))
    QUALIFY row_number() OVER (PARTITION BY contact_point_id, person_id ORDER BY seq DESC) = 1
) WHERE NOT ended;

-- name: consents_on_contacts
-- about: All evidence of permission on some contact points; a yes without a date first, then by the date given.
SELECT * FROM consents WHERE contact_point_id IN (SELECT unnest(string_split($ids, chr(31))))
ORDER BY contact_point_id,
         CASE WHEN granted THEN coalesce(given_at, TIMESTAMPTZ '1970-01-01 00:00:00+00') ELSE coalesce(given_at, recorded_at) END, seq;

-- name: suppressions_on_contacts
-- about: The revocations in force on some contact points.
SELECT * FROM (
    SELECT * FROM suppressions WHERE contact_point_id IN (SELECT unnest(string_split($ids, chr(31))))
    QUALIFY row_number() OVER (PARTITION BY contact_point_id, brand, scope, coalesce(person_id, '') ORDER BY seq DESC) = 1
) WHERE NOT lifted ORDER BY contact_point_id, seq;

-- name: tasks_ever_opened
-- about: Which of some tasks were ever opened.
SELECT DISTINCT task_id FROM tasks WHERE task_id IN (SELECT unnest(string_split($ids, chr(31))));

-- name: newest_cut
-- about: The number of the newest cut between two records.
SELECT max(seq) AS seq FROM person_cuts;

-- name: records_cut_after
-- about: Records that were taken from their person after a number, and those they were taken from.
SELECT DISTINCT unnest([record_id, other_record_id]) AS record_id FROM person_cuts WHERE seq > $since;

-- name: newest_mark
-- about: The number of the newest word of the desk that marks a person for good.
SELECT max(seq) AS seq FROM control_words WHERE starts_with(outcome, 'flagged:');

-- name: records_marked_after
-- about: Records of persons whom the desk has marked for good after a number.
SELECT DISTINCT l.record_id FROM control_words w JOIN person_links l ON l.person_id = w.person_id AND l.seq < w.seq
WHERE w.seq > $since AND starts_with(w.outcome, 'flagged:') AND NOT l.undone;

-- name: marks_of_records
-- about: The marks that the desk has put on the persons some records belonged to at that time.
SELECT DISTINCT l.record_id, substr(w.outcome, length('flagged:') + 1) AS flag
FROM control_words w JOIN person_links l ON l.person_id = w.person_id AND l.seq < w.seq
WHERE starts_with(w.outcome, 'flagged:') AND NOT l.undone AND l.record_id IN (SELECT unnest(string_split($ids, chr(31))));

-- name: phones_without_permission
-- about: How many phones reach somebody although nothing permits an informational text to them (R33): for the go-live page.
SELECT count(DISTINCT c.contact_point_id) AS phones
FROM current_person_contacts c
JOIN current_contact_points p USING (contact_point_id)
LEFT JOIN current_consents a ON a.contact_point_id = c.contact_point_id AND a.category = 'informational' AND a.granted
WHERE p.kind = 'phone' AND a.consent_id IS NULL;

-- name: everyone
-- about: Every person there is now.
SELECT * FROM current_persons ORDER BY person_id;

-- name: review_tasks
-- about: Questions about who is who that are still open, oldest first.
SELECT * FROM current_tasks WHERE kind = 'review_link' AND closed_at IS NULL ORDER BY seq;
