-- What is seldom made: operators and what belongs to them, collations, casts, text search, languages, wrappers.
, made (catalog, oid, namespace, definition) AS (
    SELECT 'pg_operator'::regclass, oid, oprnamespace,
           concat_ws(', ', 'function ' || oprcode::regproc, 'returns ' || format_type(oprresult, NULL),
               'commutator ' || nullif(oprcom, 0)::regoperator, 'negator ' || nullif(oprnegate, 0)::regoperator,
               'restrict ' || nullif(oprrest::oid, 0)::regproc, 'join ' || nullif(oprjoin::oid, 0)::regproc,
               CASE WHEN oprcanhash THEN 'hashes' END, CASE WHEN oprcanmerge THEN 'merges' END)
      FROM pg_operator
    UNION ALL
    SELECT 'pg_opclass'::regclass, o.oid, opcnamespace,
           concat_ws(', ', CASE WHEN opcdefault THEN 'default' END, 'for ' || format_type(opcintype, NULL),
               'stores ' || format_type(nullif(opckeytype, 0), NULL), format('family %I.%I', s.nspname, f.opfname))
      FROM pg_opclass o JOIN pg_opfamily f ON f.oid = opcfamily JOIN pg_namespace s ON s.oid = f.opfnamespace
    UNION ALL
    SELECT 'pg_opfamily'::regclass, f.oid, opfnamespace,
           concat_ws(', ',
               (SELECT string_agg(format('operator %s %s', amopstrategy, amopopr::regoperator), ', '
                                  ORDER BY amopstrategy, amopopr::regoperator::text) FROM pg_amop WHERE amopfamily = f.oid),
               (SELECT string_agg(format('function %s %s', amprocnum, amproc::regprocedure), ', '
                                  ORDER BY amprocnum, amproc::regprocedure::text) FROM pg_amproc WHERE amprocfamily = f.oid))
      FROM pg_opfamily f
    UNION ALL
    SELECT 'pg_collation'::regclass, c.oid, collnamespace,
           concat_ws(', ', CASE collprovider WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' ELSE 'libc' END,
               coalesce(collcollate, j ->> 'colllocale', j ->> 'colliculocale'), nullif(collctype, collcollate),
               'rules ' || quote_literal(j ->> 'collicurules'), CASE WHEN NOT collisdeterministic THEN 'not deterministic' END)
      FROM pg_collation c, to_jsonb(c) j
    UNION ALL
    SELECT 'pg_conversion'::regclass, oid, connamespace,
           concat_ws(' ', CASE WHEN condefault THEN 'default' END, pg_encoding_to_char(conforencoding), 'to',
               pg_encoding_to_char(contoencoding), 'by', conproc::regproc)
      FROM pg_conversion
    UNION ALL
    SELECT 'pg_ts_config'::regclass, c.oid, cfgnamespace,
           concat_ws('; ', 'parser ' || p.prsname,
               (SELECT string_agg(format('%s for %s', dictionaries, tokens), '; ' ORDER BY dictionaries) FROM (
                   SELECT dictionaries, string_agg(alias, ', ' ORDER BY alias) FROM (
                       SELECT t.alias, string_agg(m.mapdict::regdictionary::text, ', ' ORDER BY m.mapseqno)
                         FROM pg_ts_config_map m JOIN ts_token_type(c.cfgparser) t ON t.tokid = m.maptokentype
                        WHERE m.mapcfg = c.oid
                        GROUP BY t.alias) AS each (alias, dictionaries)
                    GROUP BY dictionaries) AS maps (dictionaries, tokens)))
      FROM pg_ts_config c JOIN pg_ts_parser p ON p.oid = cfgparser
    UNION ALL
    SELECT 'pg_ts_dict'::regclass, d.oid, dictnamespace, concat_ws(' ', 'template', t.tmplname, dictinitoption)
      FROM pg_ts_dict d JOIN pg_ts_template t ON t.oid = dicttemplate
    UNION ALL
    SELECT 'pg_ts_parser'::regclass, oid, prsnamespace, 'token ' || prstoken::regproc FROM pg_ts_parser
    UNION ALL
    SELECT 'pg_ts_template'::regclass, oid, tmplnamespace, 'lexize ' || tmpllexize::regproc FROM pg_ts_template
    UNION ALL
    SELECT 'pg_cast'::regclass, oid, NULL,
           concat_ws(', ', CASE castmethod WHEN 'f' THEN 'function ' || castfunc::regprocedure WHEN 'i' THEN 'inout' ELSE 'binary' END,
               CASE castcontext WHEN 'i' THEN 'implicit' WHEN 'a' THEN 'assignment' END)
      FROM pg_cast WHERE oid >= 16384
    UNION ALL
    SELECT 'pg_transform'::regclass, oid, NULL,
           concat_ws(', ', 'from ' || nullif(trffromsql::oid, 0)::regprocedure, 'to ' || nullif(trftosql::oid, 0)::regprocedure)
      FROM pg_transform
    UNION ALL
    SELECT 'pg_language'::regclass, oid, NULL,
           concat_ws(', ', CASE WHEN lanpltrusted THEN 'trusted' END, 'handler ' || lanplcallfoid::regproc,
               'validator ' || nullif(lanvalidator::oid, 0)::regproc)
      FROM pg_language WHERE oid >= 16384
    UNION ALL
    SELECT 'pg_am'::regclass, oid, NULL, CASE amtype WHEN 't' THEN 'table' ELSE 'index' END || ', handler ' || amhandler
      FROM pg_am WHERE oid >= 16384
    UNION ALL
    SELECT 'pg_foreign_data_wrapper'::regclass, oid, NULL,
           concat_ws(', ', 'handler ' || nullif(fdwhandler::oid, 0)::regproc, 'validator ' || nullif(fdwvalidator::oid, 0)::regproc,
               (SELECT string_agg(o, ', ' ORDER BY o) FROM unnest(fdwoptions) o WHERE o !~* '^[^=]*(pass|secret)'))
      FROM pg_foreign_data_wrapper
), own AS MATERIALIZED (
    SELECT m.*, i.type || ' ' || i.identity AS label
      FROM made m, pg_identify_object(m.catalog, m.oid, 0) i
     WHERE (m.namespace IS NULL OR m.namespace IN (SELECT oid FROM schema))
       AND NOT EXISTS (SELECT FROM extended WHERE classid = m.catalog AND objid = m.oid)
), found (label, property, sql) AS (
    SELECT label, coalesce(nullif(definition, ''), 'exists'), NULL FROM own
    UNION ALL
    SELECT label, 'comment ' || quote_literal(d.description), NULL
      FROM own JOIN pg_description d ON d.classoid = catalog AND d.objoid = own.oid AND d.objsubid = 0
)
SELECT json_agg(json_build_array(label, property, sql)) FROM found
