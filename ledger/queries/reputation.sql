-- Public reviews: what the reputation stage reads, and what others ask about them (row 7.4, M4). Never whose they are.

-- name: new_reviews
-- about: Versions of reviews after a number, oldest first, at most so many.
SELECT seq, version_id, record_id, connection_id, location_id, body, deleted, effective_at, recorded_at
FROM versions
WHERE seq > $since AND seq <= $until AND kind = 'review' AND body IS NOT NULL
ORDER BY seq LIMIT $most;

-- name: reviews_standing
-- about: Some reviews as they stand, with when their platform says that this came about.
WITH chosen AS MATERIALIZED (
    SELECT * FROM reviews WHERE review_id IN (SELECT unnest(string_split($ids, chr(31))))
    QUALIFY row_number() OVER (PARTITION BY review_id ORDER BY seq DESC) = 1
),
said AS MATERIALIZED (SELECT version_id, effective_at FROM versions WHERE version_id IN (SELECT version_id FROM chosen))
SELECT c.* EXCLUDE (seq), s.effective_at AS said_at FROM chosen c LEFT JOIN said s USING (version_id);

-- name: review_tasks_of
-- about: The tasks about some reviews, closed ones included.
SELECT * FROM current_tasks WHERE kind = 'review' AND subject_id IN (SELECT unnest(string_split($ids, chr(31))));

-- name: reviews_by_month
-- about: How many reviews were posted, by month, platform and location, with their mean rating and how many were answered.
SELECT date_trunc('month', posted_at) AS month, platform, location_id, count(*) AS reviews, avg(rating) AS rating,
       count(*) FILTER (replied) AS replied
FROM current_reviews WHERE posted_at IS NOT NULL GROUP BY ALL ORDER BY month, platform, location_id;
