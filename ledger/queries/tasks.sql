-- Tasks for people of the practice.

-- name: tasks_by_id
-- about: Some tasks as they stand.
SELECT * FROM current_tasks WHERE list_contains($ids, task_id);

-- name: task_by_id
-- about: One task as it stands.
SELECT * FROM current_tasks WHERE task_id = $task_id;

-- name: open_tasks
-- about: Everything somebody still has to do, most urgent first.
SELECT * FROM current_tasks WHERE closed_at IS NULL ORDER BY urgent DESC, due_at, task_id;

-- name: expired_tasks
-- about: Open tasks whose time is over.
SELECT * FROM current_tasks WHERE closed_at IS NULL AND expires_at < $now ORDER BY expires_at, task_id;
