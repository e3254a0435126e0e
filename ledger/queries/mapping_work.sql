-- What two processes that map at once must know of each other.

-- name: mapped_since
-- about: The newest version or mark of the normalize stage behind a number; null when there is none.
SELECT max(seq) AS seq FROM (
    SELECT max(seq) AS seq FROM versions WHERE seq > $since
    UNION ALL
    SELECT max(seq) AS seq FROM quarantine WHERE seq > $since AND stage = 'normalize'
);

-- name: known_configuration
-- about: Whether a configuration is kept already.
SELECT count(*) AS kept FROM configuration WHERE hash = $hash AND kind = $kind;
