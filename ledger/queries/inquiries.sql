-- Inquiries: what the stage reads, and what others ask about them.

-- name: new_inquiry_versions
-- about: Versions of inquiries after a number, oldest first, at most so many.
SELECT seq, version_id, record_id, connection_id, stream, vendor_id, body, deleted, recorded_at
FROM versions
WHERE seq > $since AND seq <= $until AND kind = 'inquiry'
ORDER BY seq LIMIT $most;

-- name: inquiries_by_record
-- about: The newest row of the inquiries of some records.
SELECT * FROM inquiries WHERE record_id IN (SELECT unnest(string_split($ids, chr(31))))
QUALIFY row_number() OVER (PARTITION BY inquiry_id ORDER BY seq DESC) = 1;

-- name: inquiries_on_contacts
-- about: The newest row of the inquiries that came from some contact points in a span.
SELECT * FROM inquiries
WHERE (phone_id IN (SELECT unnest(string_split($ids, chr(31)))) OR email_id IN (SELECT unnest(string_split($ids, chr(31)))) OR thread_id IN (SELECT unnest(string_split($ids, chr(31)))))
  AND received_at >= $since AND received_at <= $until
QUALIFY row_number() OVER (PARTITION BY inquiry_id ORDER BY seq DESC) = 1;

-- name: inquiries_of_persons
-- about: The newest row of the inquiries of some persons that did not lead to a booking yet.
SELECT * FROM (
    SELECT * FROM inquiries WHERE person_id IN (SELECT unnest(string_split($ids, chr(31))))
    QUALIFY row_number() OVER (PARTITION BY inquiry_id ORDER BY seq DESC) = 1
) WHERE booked_at IS NULL;

-- name: unbooked_inquiries_on_contacts
-- about: The newest row of the inquiries from some contact points that did not lead to a booking yet.
SELECT * FROM (
    SELECT * FROM inquiries
    WHERE phone_id IN (SELECT unnest(string_split($ids, chr(31)))) OR email_id IN (SELECT unnest(string_split($ids, chr(31))))
       OR thread_id IN (SELECT unnest(string_split($ids, chr(31))))
    QUALIFY row_number() OVER (PARTITION BY inquiry_id ORDER BY seq DESC) = 1
) WHERE booked_at IS NULL;

-- name: inquiry_records_linked_after
-- about: Records of inquiries whose person changed after a number.
SELECT DISTINCT record_id FROM person_links
WHERE seq > $since AND seq <= $until AND record_id IN (SELECT record_id FROM inquiries);

-- name: names_of_records
-- about: What some records say somebody is called, as kept evidence.
SELECT record_id, evidence FROM person_records
WHERE record_id IN (SELECT unnest(string_split($ids, chr(31)))) AND tombstone IS NULL
QUALIFY row_number() OVER (PARTITION BY record_id ORDER BY seq DESC) = 1;

-- name: languages_of_persons
-- about: The language of some persons, as far as anybody said.
SELECT person_id, language FROM persons WHERE person_id IN (SELECT unnest(string_split($ids, chr(31)))) AND tombstone IS NULL
QUALIFY row_number() OVER (PARTITION BY person_id ORDER BY seq DESC) = 1;

-- name: inquiries_by_source
-- about: How many inquiries there are, by source, and how many of them are suspected, repeated or booked.
SELECT source, count(*) AS inquiries, count(*) FILTER (suspected_spam) AS suspected, count(same_as) AS repeated, count(booked_at) AS booked
FROM current_inquiries GROUP BY source ORDER BY source;

-- name: inquiries_by_time
-- about: All inquiries as they stand, in the order in which they came.
SELECT * FROM current_inquiries ORDER BY received_at, inquiry_id;
