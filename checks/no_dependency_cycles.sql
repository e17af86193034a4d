-- Description: No task waits for itself, however far around
-- Level: error
--
-- The trigger of 013 sees the rows that its own transaction sees: two REPEATABLE READ sessions can each add one half
-- of a cycle.

WITH RECURSIVE waits (task_id, for_id) AS (
    SELECT task_id, depends_on_id FROM task_dependencies
    UNION
    SELECT w.task_id, d.depends_on_id
    FROM waits AS w
    JOIN task_dependencies AS d ON d.task_id = w.for_id
)
SELECT task_id FROM waits WHERE task_id = for_id ORDER BY task_id;
