-- Migration: add audit log
-- Created: 2024-06-12

-- UP
CREATE TABLE audit_log (
    id bigint GENERATED ALWAYS AS IDENTITY,
    relation name NOT NULL,
    action text NOT NULL,
    before jsonb,
    after jsonb
);

CREATE FUNCTION write_audit_log() RETURNS trigger
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = public, pg_temp
AS $function$
BEGIN
    INSERT INTO audit_log (relation, action, before, after)
    VALUES (TG_TABLE_NAME, TG_OP, to_jsonb(OLD), to_jsonb(NEW));
    RETURN coalesce(NEW, OLD);
END;
$function$;

CREATE TRIGGER products_audit
    AFTER UPDATE OR DELETE ON products
    FOR EACH ROW
    WHEN (pg_trigger_depth() = 0)
    EXECUTE FUNCTION write_audit_log();

-- DOWN
DROP TRIGGER products_audit ON products;
DROP FUNCTION write_audit_log();
DROP TABLE audit_log;
