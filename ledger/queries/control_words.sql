-- Control words of the desk, and how the desk names people and visits (R60).

-- name: control_words_by_id
-- about: Which of some sayings of control words were dealt with.
SELECT word_id FROM control_words WHERE word_id IN (SELECT unnest(string_split($ids, chr(31))));

-- name: delays_by_id
-- about: A delay, if it is here.
SELECT delay_id FROM delays WHERE delay_id = $delay_id;

-- name: people_by_last_digits
-- about: Everybody who is reached on a phone that ends in some digits.
SELECT DISTINCT c.person_id FROM current_person_contacts c JOIN current_contact_points p USING (contact_point_id)
WHERE p.kind = 'phone' AND p.tombstone IS NULL AND ends_with(p.value, $digits) ORDER BY c.person_id;

-- name: phones_by_last_digits
-- about: The phones of one person that end in some digits.
SELECT c.contact_point_id FROM current_person_contacts c JOIN current_contact_points p USING (contact_point_id)
WHERE c.person_id = $person_id AND p.kind = 'phone' AND p.tombstone IS NULL AND ends_with(p.value, $digits) ORDER BY c.rank, c.contact_point_id;

-- name: visits_by_number
-- about: Open visits that the desk calls by a number: our own id, or the booking tool's id of the appointment.
SELECT v.visit_id, v.person_id, v.location_id, v.provider_id, v.start_at FROM open_visits v
LEFT JOIN appointment_records a ON a.record_id = v.record_id AND a.tombstone IS NULL
WHERE (v.visit_id = $number OR a.vendor_id = $number) AND v.status NOT IN ('cancelled', 'rescheduled', 'no_show')
QUALIFY row_number() OVER (PARTITION BY v.visit_id ORDER BY a.seq DESC) = 1
ORDER BY v.start_at, v.visit_id;
