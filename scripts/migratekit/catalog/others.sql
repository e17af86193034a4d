-- Functions, types, schemas, extensions, publications and event triggers; who may do what.
, routine AS MATERIALIZED (
    SELECT p.*, CASE prokind WHEN 'p' THEN 'procedure ' WHEN 'a' THEN 'aggregate ' ELSE 'function ' END
                || p.oid::regprocedure AS label
      FROM pg_proc p
     WHERE pronamespace IN (SELECT oid FROM schema)
       AND NOT EXISTS (SELECT FROM extended WHERE classid = 'pg_proc'::regclass AND objid = p.oid)
       -- The constructors of a range come with it.
       AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'i')
), type AS MATERIALIZED (
    SELECT t.*, CASE typtype WHEN 'd' THEN 'domain ' ELSE 'type ' END || format('%I.%I', s.nspname, t.typname) AS label
      FROM pg_type t
      JOIN schema s ON s.oid = t.typnamespace
     WHERE NOT EXISTS (SELECT FROM extended WHERE classid = 'pg_type'::regclass AND objid = t.oid)
       AND CASE typtype WHEN 'c' THEN typrelid IN (SELECT oid FROM relation WHERE relkind = 'c')
                        WHEN 'b' THEN NOT EXISTS (SELECT FROM pg_type e WHERE e.typarray = t.oid)
                        ELSE typtype IN ('e', 'd', 'r') END
), acl (label, part, kind, owner, given) AS (
    SELECT label, NULL, CASE relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", relowner, relacl
      FROM relation WHERE relacl IS NOT NULL AND relkind <> 'c'
    UNION ALL
    SELECT label, format('column %I', attname), 'c', relowner, attacl
      FROM relation r JOIN pg_attribute a ON a.attrelid = r.oid AND NOT a.attisdropped WHERE attacl IS NOT NULL
    UNION ALL
    SELECT label, NULL, 'f', proowner, coalesce(proacl, acldefault('f', proowner)) FROM routine
    UNION ALL
    SELECT label, NULL, 'T', typowner, coalesce(typacl, acldefault('T', typowner)) FROM type
    UNION ALL
    SELECT format('schema %I', nspname), NULL, 'n', nspowner, nspacl FROM schema WHERE nspacl IS NOT NULL
    UNION ALL
    SELECT format('server %I', srvname), NULL, 'S', srvowner, srvacl FROM pg_foreign_server WHERE srvacl IS NOT NULL
    UNION ALL
    SELECT format('foreign-data wrapper %I', fdwname), NULL, 'F', fdwowner, fdwacl
      FROM pg_foreign_data_wrapper WHERE fdwacl IS NOT NULL
    UNION ALL
    SELECT format('language %I', lanname), NULL, 'l', lanowner, lanacl FROM pg_language WHERE lanacl IS NOT NULL
    UNION ALL
    SELECT coalesce('schema ' || quote_ident(n.nspname), 'database'),
           'default of ' || CASE d.defaclobjtype WHEN 'r' THEN 'tables' WHEN 'S' THEN 'sequences' WHEN 'f' THEN 'functions'
                                                 WHEN 'T' THEN 'types' WHEN 'n' THEN 'schemas' ELSE 'large objects' END,
           CASE d.defaclobjtype WHEN 'S' THEN 's' ELSE d.defaclobjtype END, d.defaclrole, d.defaclacl
      FROM pg_default_acl d LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace
), grants AS (
    SELECT label, part, kind, grantee, is_grantable, string_agg(DISTINCT privilege_type, ', ' ORDER BY privilege_type) AS these,
           count(DISTINCT privilege_type) AS number
      FROM acl CROSS JOIN aclexplode(given)
     WHERE grantee <> owner
     GROUP BY label, part, kind, owner, grantee, is_grantable
), every (kind, number) AS (
    -- How many rights this server knows of.
    SELECT kind, (SELECT count(*) FROM aclexplode(acldefault(kind, 10::oid)) WHERE grantee = 10)
      FROM (SELECT DISTINCT kind FROM acl WHERE kind IN ('r', 's', 'n')) AS kinds
), found (label, property, sql) AS (
    SELECT label, concat_ws(' ', part, 'grant', CASE WHEN g.number = e.number THEN 'ALL' ELSE these END,
                            'to', CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END,
                            CASE WHEN is_grantable THEN 'with grant option' END), NULL
      FROM grants g LEFT JOIN every e USING (kind)
    UNION ALL
    -- Without being told, everybody has rights to new functions and types.
    SELECT 'database', format('default of %s grant NOTHING to PUBLIC', CASE defaclobjtype WHEN 'f' THEN 'functions' ELSE 'types' END), NULL
      FROM pg_default_acl
     WHERE defaclnamespace = 0 AND defaclobjtype IN ('f', 'T')
       AND NOT EXISTS (SELECT FROM aclexplode(defaclacl) WHERE grantee = 0)
    UNION ALL
    SELECT label,
           concat_ws(', ', format('(%s)', pg_get_function_arguments(r.oid)), 'returns ' || pg_get_function_result(r.oid),
               'language ' || quote_ident(l.lanname),
               CASE prokind WHEN 'w' THEN 'window' END,
               CASE provolatile WHEN 'i' THEN 'immutable' WHEN 's' THEN 'stable' ELSE 'volatile' END,
               CASE proparallel WHEN 's' THEN 'parallel safe' WHEN 'r' THEN 'parallel restricted' END,
               CASE WHEN proisstrict THEN 'strict' END, CASE WHEN proleakproof THEN 'leakproof' END,
               CASE WHEN prosecdef THEN 'security definer' ELSE 'security invoker' END,
               'cost ' || CASE WHEN procost <> CASE WHEN lanname IN ('c', 'internal') THEN 1 ELSE 100 END THEN procost END,
               'rows ' || CASE WHEN prorows NOT IN (0, 1000) THEN prorows END,
               'support ' || CASE WHEN prosupport <> 0 THEN prosupport::regproc::text END,
               (SELECT string_agg('set ' || c, ', ' ORDER BY c) FROM unnest(proconfig) c),
               (SELECT concat_ws(', ', format('transition %s %s', a.aggtransfn, format_type(a.aggtranstype, NULL)),
                           'final ' || nullif(a.aggfinalfn::oid, 0)::regproc, 'combine ' || nullif(a.aggcombinefn::oid, 0)::regproc,
                           'moving ' || nullif(a.aggmtransfn::oid, 0)::regproc, 'initial ' || quote_literal(a.agginitval),
                           'sort operator ' || nullif(a.aggsortop, 0)::regoperator)
                  FROM pg_aggregate a WHERE a.aggfnoid = r.oid),
               'body ' || CASE WHEN prokind <> 'a' THEN left(encode(sha256(textsend(concat_ws(' ', probin,
                              coalesce(pg_get_function_sqlbody(r.oid), prosrc)))), 'hex'), 16) END),
           NULL
      FROM routine r JOIN pg_language l ON l.oid = r.prolang
    UNION ALL
    SELECT label, CASE typtype
               WHEN 'e' THEN (SELECT 'enum ' || string_agg(quote_literal(enumlabel), ', ' ORDER BY enumsortorder)
                                FROM pg_enum WHERE enumtypid = t.oid)
               WHEN 'd' THEN concat_ws(' ', format_type(typbasetype, typtypmod),
                   'collate ' || CASE WHEN typcollation <> (SELECT b.typcollation FROM pg_type b WHERE b.oid = t.typbasetype)
                                      THEN typcollation::regcollation::text END,
                   CASE WHEN typnotnull THEN 'not null' END, 'default ' || typdefault)
               WHEN 'r' THEN (SELECT concat_ws(', ', 'range of ' || format_type(rngsubtype, NULL),
                                         'collate ' || nullif(rngcollation, 0)::regcollation,
                                         'operator class ' || (SELECT opcname FROM pg_opclass o WHERE o.oid = rngsubopc),
                                         'canonical ' || nullif(rngcanonical::oid, 0)::regproc, 'difference ' || nullif(rngsubdiff::oid, 0)::regproc,
                                         'multirange ' || format_type(rngmultitypid, NULL))
                                FROM pg_range WHERE rngtypid = t.oid)
               ELSE 'base' END, NULL
      FROM type t WHERE typtype <> 'c'
    UNION ALL
    SELECT t.label, format('constraint %I %s', k.conname, pg_get_constraintdef(k.oid)), NULL
      FROM pg_constraint k JOIN type t ON t.oid = k.contypid WHERE k.contype = 'c'
    UNION ALL
    SELECT label, concat_ws(' ', part, 'comment', quote_literal(d.description)), NULL
      FROM (SELECT 'pg_proc'::regclass, oid, label, NULL FROM routine
            UNION ALL SELECT 'pg_type'::regclass, oid, label, NULL FROM type
            UNION ALL SELECT 'pg_namespace'::regclass, oid, format('schema %I', nspname), NULL FROM schema
            UNION ALL SELECT 'pg_publication'::regclass, oid, format('publication %I', pubname), NULL FROM pg_publication
            UNION ALL SELECT 'pg_event_trigger'::regclass, oid, format('event trigger %I', evtname), NULL FROM pg_event_trigger
            UNION ALL SELECT 'pg_foreign_server'::regclass, oid, format('server %I', srvname), NULL FROM pg_foreign_server
            UNION ALL SELECT 'pg_constraint'::regclass, k.oid, label, format('constraint %I', k.conname)
                        FROM pg_constraint k JOIN type t ON t.oid = k.contypid
      ) AS named (catalog, oid, label, part)
      JOIN pg_description d ON d.classoid = catalog AND d.objoid = named.oid AND d.objsubid = 0
     WHERE (label, d.description) <> ('schema public', 'standard public schema')
       AND NOT EXISTS (SELECT FROM extended e WHERE e.classid = catalog AND e.objid = named.oid)
    UNION ALL
    SELECT format('schema %I', nspname), 'exists', NULL FROM schema s
     WHERE NOT EXISTS (SELECT FROM extended WHERE classid = 'pg_namespace'::regclass AND objid = s.oid)
    UNION ALL
    SELECT format('extension %I', extname), format('version %s in %I', extversion, nspname), NULL
      FROM pg_extension JOIN pg_namespace n ON n.oid = extnamespace
    UNION ALL
    SELECT format('publication %I', pubname),
           concat_ws(', ', CASE WHEN puballtables THEN 'all tables' END,
               'publishes ' || concat_ws(' ', CASE WHEN pubinsert THEN 'insert' END, CASE WHEN pubupdate THEN 'update' END,
                                         CASE WHEN pubdelete THEN 'delete' END, CASE WHEN pubtruncate THEN 'truncate' END),
               CASE WHEN pubviaroot THEN 'via root' END,
               CASE to_jsonb(p) ->> 'pubgencols' WHEN 's' THEN 'generated columns' END), NULL
      FROM pg_publication p
    UNION ALL
    SELECT format('publication %I', pubname),
           concat_ws(' ', r.label,
               '(' || (SELECT string_agg(quote_ident(attname), ', ' ORDER BY attname) FROM pg_attribute
                        WHERE attrelid = prrelid AND attnum = ANY (prattrs)) || ')',
               'where ' || pg_get_expr(prqual, prrelid)), NULL
      FROM pg_publication_rel m JOIN pg_publication p ON p.oid = m.prpubid JOIN relation r ON r.oid = m.prrelid
    UNION ALL
    SELECT format('publication %I', pubname), format('tables in schema %I', s.nspname), NULL
      FROM pg_publication_namespace m JOIN pg_publication p ON p.oid = m.pnpubid JOIN pg_namespace s ON s.oid = m.pnnspid
    UNION ALL
    SELECT format('event trigger %I', evtname),
           concat_ws(' ', 'on', evtevent, 'when tag in (' || array_to_string(evttags, ', ') || ')', 'execute', evtfoid::regproc,
               CASE evtenabled WHEN 'D' THEN 'disabled' WHEN 'R' THEN 'enabled replica' WHEN 'A' THEN 'enabled always' END), NULL
      FROM pg_event_trigger e
     WHERE NOT EXISTS (SELECT FROM extended WHERE classid = 'pg_event_trigger'::regclass AND objid = e.oid)
    UNION ALL
    SELECT format('server %I', srvname), concat_ws(', ', 'wrapper ' || quote_ident(fdwname), 'type ' || quote_literal(srvtype),
               'version ' || quote_literal(srvversion),
               (SELECT string_agg(o, ', ' ORDER BY o) FROM unnest(srvoptions) o WHERE o !~* '^[^=]*(pass|secret)')), NULL
      FROM pg_foreign_server s JOIN pg_foreign_data_wrapper w ON w.oid = srvfdw
)
SELECT json_agg(json_build_array(label, property, sql)) FROM found
