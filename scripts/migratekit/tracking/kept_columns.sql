-- What of a copy ($2) can be put back into the table ($1) that it was made of.
WITH target AS (SELECT to_regclass($1) AS oid), copied AS (
    SELECT a.attname, a.atttypid
      FROM pg_catalog.pg_attribute a
     WHERE a.attrelid = to_regclass($2) AND a.attnum > 0 AND NOT a.attisdropped
), present AS (
    SELECT a.attname, a.attnum, a.attgenerated <> '' AS is_computed,
           -- What is text in the copy alone has to be cast.
           CASE WHEN c.atttypid = 'text'::regtype AND t.typcategory <> 'S'
                THEN format_type(a.atttypid, a.atttypmod) END AS type
      FROM target
      JOIN pg_catalog.pg_attribute a ON a.attrelid = target.oid AND a.attnum > 0 AND NOT a.attisdropped
      JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
      JOIN copied c ON c.attname = a.attname
), sequences AS (
    SELECT s.seqrelid::regclass::text AS name, p.attname
      FROM present p
      JOIN target ON true
      JOIN pg_catalog.pg_depend d ON d.refobjid = target.oid AND d.refobjsubid = p.attnum AND d.deptype IN ('a', 'i')
      JOIN pg_catalog.pg_sequence s ON d.classid = 'pg_class'::regclass AND s.seqrelid = d.objid AND s.seqincrement > 0
)
SELECT json_build_object(
           'there', target.oid IS NOT NULL,
           'columns', (SELECT coalesce(json_agg(json_build_object('name', attname, 'type', type) ORDER BY attnum), '[]')
                         FROM present WHERE NOT is_computed),
           'lacking', (SELECT coalesce(json_agg(attname), '[]') FROM copied
                        WHERE attname NOT IN (SELECT attname FROM present)),
           'sequences', (SELECT coalesce(json_agg(json_build_object('name', name, 'column', attname)), '[]') FROM sequences))
  FROM target
