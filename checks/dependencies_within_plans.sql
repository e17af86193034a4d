-- Description: A task waits only for tasks of its own plan
-- Level: warn

SELECT format('task %s of plan %s waits for task %s of plan %s', t.id, t.plan_id, needed.id, needed.plan_id)
FROM task_dependencies AS d
JOIN tasks AS t ON t.id = d.task_id
JOIN tasks AS needed ON needed.id = d.depends_on_id
WHERE t.plan_id <> needed.plan_id
ORDER BY t.id, needed.id;
