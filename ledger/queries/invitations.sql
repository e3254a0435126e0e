-- Whether invitations to review know more than they should (REV-10). Counts only.

-- name: invited_by_score
-- about: How many of those who gave a high or a low score in a span were sent a review link, or may have been.
WITH scored AS (SELECT visit_id, score FROM current_survey_answers WHERE answered_at >= $since AND answered_at < $until),
invited AS (
    SELECT DISTINCT subject_id FROM closed_actions
    WHERE purpose = 'review_request' AND state IN ('sent', 'delivered', 'abandoned', 'absorbed') AND subject_id IN (SELECT visit_id FROM scored)
)
SELECT count(*) FILTER (s.score >= 9) AS promoters, count(*) FILTER (s.score >= 9 AND i.subject_id IS NOT NULL) AS promoters_invited,
       count(*) FILTER (s.score <= 6) AS detractors, count(*) FILTER (s.score <= 6 AND i.subject_id IS NOT NULL) AS detractors_invited
FROM scored s LEFT JOIN invited i ON i.subject_id = s.visit_id;
