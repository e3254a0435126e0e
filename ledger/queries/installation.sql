-- The installation's own ledger: practices, who owns which account, what could not be routed, the clock.

-- name: practices_now
-- about: The practices of this installation that were not removed.
SELECT practice_id, folder, demo, added_at FROM practices WHERE removed_at IS NULL ORDER BY practice_id;

-- name: remove_practice
-- about: Mark a practice as removed; its ledger stays where it is.
UPDATE practices SET removed_at = $now WHERE practice_id = $practice_id AND removed_at IS NULL;

-- name: accounts_of_practice
-- about: The vendor accounts, and slices of shared ones, that belong to a practice.
SELECT vendor, account, practice_id, connection_id, addresses FROM accounts WHERE practice_id = $practice_id ORDER BY vendor, account, connection_id;

-- name: forget_accounts
-- about: Forget which accounts belong to a practice; the new list is put in the same transaction.
DELETE FROM accounts WHERE practice_id = $practice_id;

-- name: owners_of_account
-- about: The practices that share one vendor account, with the addresses that are theirs.
SELECT vendor, account, practice_id, connection_id, addresses FROM accounts WHERE vendor = $vendor AND account = $account ORDER BY practice_id, connection_id;

-- name: unrouted_events
-- about: Events nobody owns, oldest first.
SELECT event_id, vendor, account, body, why, recorded_at FROM unrouted ORDER BY recorded_at, event_id LIMIT $most;

-- name: unrouted_by_id
-- about: Which of some events are kept as unrouted already.
SELECT event_id FROM unrouted WHERE event_id IN (SELECT unnest($ids::VARCHAR[]));

-- name: forget_unrouted
-- about: Events that found their practice after all.
DELETE FROM unrouted WHERE event_id IN (SELECT unnest($ids::VARCHAR[]));

-- name: shared_opt_outs_of
-- about: The newest word of some contacts on some shared senders.
SELECT sender, contact_hash, brand, lifted, effective_at FROM shared_opt_outs
WHERE sender = $sender AND contact_hash IN (SELECT unnest($contacts::VARCHAR[]))
QUALIFY row_number() OVER (PARTITION BY sender, contact_hash, brand ORDER BY seq DESC) = 1;

-- name: seen_events_among
-- about: Which of some vendor events were seen before.
SELECT event_id FROM seen_events WHERE vendor = $vendor AND event_id IN (SELECT unnest($ids::VARCHAR[]));

-- name: forget_seen_events
-- about: Forget events so old that no vendor repeats them any more.
DELETE FROM seen_events WHERE seen_at < $before;

-- name: turned_clock
-- about: Where the clock was turned to, and when by machine time; no row when it was never turned.
SELECT business_at, machine_at, turned_by FROM clock;

-- name: stop_clock
-- about: Take the clock's old position away; the new one is put in the same transaction.
DELETE FROM clock;

-- name: words_to_senders
-- about: The newest word of everybody who ever opted out of, or back in to, some shared numbers.
SELECT seq, sender, contact_hash, lifted, effective_at FROM shared_opt_outs
WHERE sender IN (SELECT unnest(string_split($senders, chr(31))))
QUALIFY row_number() OVER (PARTITION BY contact_hash ORDER BY seq DESC) = 1;

-- name: numbers_of_others
-- about: Which of some numbers other practices send from too, and which practices.
SELECT DISTINCT s.sender, a.practice_id
FROM (SELECT unnest(string_split($senders, chr(31))) AS sender) s
JOIN accounts a ON a.practice_id <> $practice_id AND list_contains(from_json(a.addresses, '["VARCHAR"]'), s.sender);
