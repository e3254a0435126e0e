-- What people said about their visits.

-- name: scores_of_visits
-- about: The score each of some visits has now.
SELECT visit_id, score, answered_at FROM survey_answers WHERE visit_id IN (SELECT unnest(string_split($ids, chr(31))))
QUALIFY row_number() OVER (PARTITION BY visit_id ORDER BY seq DESC) = 1;

-- name: open_tasks_about_score
-- about: Open tasks that a score of one visit asked for, the newest last.
SELECT t.* FROM current_tasks t
WHERE t.kind IN ('low_score', 'middling_score') AND t.closed_at IS NULL
  AND t.subject_id IN (SELECT reply_id FROM survey_answers WHERE visit_id = $visit_id)
ORDER BY t.seq;
