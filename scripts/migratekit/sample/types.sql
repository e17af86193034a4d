-- The types of these tables' columns, with the types that they are made of, as one JSON object by OID.
WITH RECURSIVE used (oid) AS (
    SELECT atttypid FROM pg_catalog.pg_attribute
     WHERE attrelid = ANY ($1) AND attnum > 0 AND NOT attisdropped
    UNION
    SELECT part.oid
      FROM used JOIN pg_catalog.pg_type t ON t.oid = used.oid
      CROSS JOIN LATERAL (
          SELECT typelem WHERE typelem <> 0
          UNION ALL SELECT typbasetype WHERE typbasetype <> 0
          UNION ALL SELECT rngsubtype FROM pg_catalog.pg_range WHERE rngtypid = t.oid
          UNION ALL SELECT rngtypid FROM pg_catalog.pg_range WHERE rngmultitypid = t.oid
          UNION ALL SELECT atttypid FROM pg_catalog.pg_attribute
                     WHERE t.typtype = 'c' AND attrelid = t.typrelid AND attnum > 0 AND NOT attisdropped
      ) AS part (oid)
)
SELECT coalesce(json_object_agg(t.oid::bigint, json_build_object(
    'name', typname, 'sql', format_type(t.oid, NULL), 'modifier', typtypmod, 'required', typnotnull,
    'kind', CASE WHEN typcategory = 'A' AND typelem <> 0 AND typtype = 'b' THEN 'a' ELSE typtype::text END,
    'of', coalesce(nullif(typbasetype, 0), (SELECT rngsubtype FROM pg_catalog.pg_range WHERE rngtypid = t.oid),
                   (SELECT rngtypid FROM pg_catalog.pg_range WHERE rngmultitypid = t.oid), typelem)::bigint,
    'labels', (SELECT coalesce(json_agg(enumlabel ORDER BY enumsortorder), '[]') FROM pg_catalog.pg_enum WHERE enumtypid = t.oid),
    'checks', (SELECT coalesce(json_agg(json_build_array(conname, pg_get_expr(conbin, 0)) ORDER BY conname), '[]')
                 FROM pg_catalog.pg_constraint WHERE contypid = t.oid AND contype = 'c'),
    'attributes', (SELECT coalesce(json_agg(json_build_array(attname, atttypid::bigint, atttypmod) ORDER BY attnum), '[]')
                     FROM pg_catalog.pg_attribute
                    WHERE typtype = 'c' AND attrelid = typrelid AND attnum > 0 AND NOT attisdropped)
)), '{}')
  FROM used JOIN pg_catalog.pg_type t ON t.oid = used.oid
