-- Lets nine of ten rows whose foreign key is empty point to a row.
WITH keys AS MATERIALIZED (
    SELECT row_number() OVER (ORDER BY ${keys}) - 1 AS number, ${keys} FROM ${to}
), bare AS MATERIALIZED (
    SELECT tableoid AS part, ctid AS place, row_number() OVER (ORDER BY tableoid, ctid) - 1 AS number
      FROM ${table} WHERE ${empty}
)
UPDATE ${table} AS t SET (${columns}) = ROW(${free})
  FROM bare AS r JOIN keys AS k ON ${match}
 WHERE t.tableoid = r.part AND t.ctid = r.place AND r.number % 10 <> 9
