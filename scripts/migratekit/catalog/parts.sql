-- What tables have: constraints, indexes, triggers, policies, rules, statistics.
, found (label, property, sql) AS (
    -- What a partition has from its parent is told there; from 18 on NOT NULL is a constraint, and told with the column.
    SELECT r.label, format('constraint %I %s', k.conname, pg_get_constraintdef(k.oid)), NULL
      FROM pg_constraint k JOIN relation r ON r.oid = k.conrelid
     WHERE k.contype <> 't' AND k.conparentid = 0 AND (k.contype <> 'n' OR NOT k.convalidated)
    UNION ALL
    SELECT r.label,
           concat_ws(' ', 'index', quote_ident(x.relname), pg_get_indexdef(x.oid),
               CASE WHEN i.indisclustered THEN 'clustered on' END,
               CASE WHEN i.indisreplident THEN 'replica identity' END,
               'tablespace ' || (SELECT quote_ident(spcname) FROM pg_tablespace t WHERE t.oid = x.reltablespace),
               (SELECT 'attached to ' || inhparent::regclass FROM pg_inherits WHERE inhrelid = x.oid),
               'statistics ' || (SELECT string_agg(format('%s: %s', a.attnum, a.attstattarget), ', ' ORDER BY a.attnum)
                                   FROM pg_attribute a WHERE a.attrelid = x.oid AND a.attstattarget >= 0),
               CASE WHEN NOT i.indisvalid THEN 'INVALID' END),
           NULL
      FROM pg_index i JOIN relation r ON r.oid = i.indrelid JOIN pg_class x ON x.oid = i.indexrelid
    UNION ALL
    SELECT r.label,
           concat_ws(' ', 'trigger', quote_ident(t.tgname), pg_get_triggerdef(t.oid),
               CASE t.tgenabled WHEN 'D' THEN 'disabled' WHEN 'R' THEN 'enabled replica' WHEN 'A' THEN 'enabled always' END),
           NULL
      FROM pg_trigger t JOIN relation r ON r.oid = t.tgrelid
     WHERE NOT t.tgisinternal AND t.tgparentid = 0
    UNION ALL
    SELECT r.label,
           concat_ws(' ', 'policy', quote_ident(p.polname), CASE WHEN p.polpermissive THEN 'permissive' ELSE 'restrictive' END,
               'for', CASE p.polcmd WHEN 'r' THEN 'select' WHEN 'a' THEN 'insert' WHEN 'w' THEN 'update'
                                    WHEN 'd' THEN 'delete' ELSE 'all' END,
               'to', (SELECT string_agg(who, ', ' ORDER BY who)
                        FROM unnest(p.polroles) AS role (oid),
                             LATERAL (SELECT CASE role.oid WHEN 0 THEN 'PUBLIC' ELSE role.oid::regrole::text END) AS named (who)),
               'using (' || pg_get_expr(p.polqual, p.polrelid) || ')',
               'with check (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')'),
           NULL
      FROM pg_policy p JOIN relation r ON r.oid = p.polrelid
    UNION ALL
    SELECT r.label,
           concat_ws(' ', 'rule', quote_ident(w.rulename),
               CASE w.ev_enabled WHEN 'D' THEN 'disabled' WHEN 'R' THEN 'enabled replica' WHEN 'A' THEN 'enabled always' END),
           pg_get_ruledef(w.oid)
      FROM pg_rewrite w JOIN relation r ON r.oid = w.ev_class
     WHERE w.rulename <> '_RETURN'
    UNION ALL
    SELECT r.label,
           concat_ws(' ', 'statistics', pg_get_statisticsobjdef(s.oid),
                     'target ' || CASE WHEN s.stxstattarget >= 0 THEN s.stxstattarget END),
           NULL
      FROM pg_statistic_ext s JOIN relation r ON r.oid = s.stxrelid
    UNION ALL
    SELECT r.label, concat_ws(' ', part, 'comment', quote_literal(description)), NULL
      FROM (
           SELECT d.objoid AS relid, 'column ' || quote_ident(a.attname) AS part, d.description
             FROM pg_description d
             LEFT JOIN pg_attribute a ON d.objsubid > 0 AND a.attrelid = d.objoid AND a.attnum = d.objsubid
            WHERE d.classoid = 'pg_class'::regclass
           UNION ALL
           SELECT i.indrelid, format('index %s', quote_ident(x.relname)), d.description
             FROM pg_description d JOIN pg_index i ON i.indexrelid = d.objoid JOIN pg_class x ON x.oid = i.indexrelid
            WHERE d.classoid = 'pg_class'::regclass
           UNION ALL
           SELECT k.conrelid, 'constraint ' || quote_ident(k.conname), d.description
             FROM pg_description d JOIN pg_constraint k ON k.oid = d.objoid
            WHERE d.classoid = 'pg_constraint'::regclass AND k.contype <> 'n'
           UNION ALL
           SELECT t.tgrelid, 'trigger ' || quote_ident(t.tgname), d.description
             FROM pg_description d JOIN pg_trigger t ON t.oid = d.objoid
            WHERE d.classoid = 'pg_trigger'::regclass
           UNION ALL
           SELECT p.polrelid, 'policy ' || quote_ident(p.polname), d.description
             FROM pg_description d JOIN pg_policy p ON p.oid = d.objoid
            WHERE d.classoid = 'pg_policy'::regclass
           UNION ALL
           SELECT w.ev_class, 'rule ' || quote_ident(w.rulename), d.description
             FROM pg_description d JOIN pg_rewrite w ON w.oid = d.objoid
            WHERE d.classoid = 'pg_rewrite'::regclass
           UNION ALL
           SELECT s.stxrelid, 'statistics ' || quote_ident(s.stxname), d.description
             FROM pg_description d JOIN pg_statistic_ext s ON s.oid = d.objoid
            WHERE d.classoid = 'pg_statistic_ext'::regclass
      ) AS described
      JOIN relation r ON r.oid = relid
)
SELECT json_agg(json_build_array(label, property, sql)) FROM found
