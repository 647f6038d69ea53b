-- Each table of the store's: who is not its owner sees the rows of their own tenants, and writes none, whatever they were
-- granted. The owner is bound by no policy, nor what runs with the owner's rights: the view and the functions.
DO $policies$
DECLARE
    its record;
    seen text;
BEGIN
    FOR its IN
        SELECT c.oid::regclass AS name, c.relname, array_agg(a.attname::text) AS columns
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
            AND c.relowner = (SELECT relowner FROM pg_class WHERE oid = 'other_systems'::regclass)
        GROUP BY c.oid, c.relname
    LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', its.name);
        seen := CASE
            WHEN its.relname = 'other_systems' THEN 'role = session_user'
            WHEN 'tenant' = ANY (its.columns) THEN 'tenant = ANY (ARRAY(SELECT unnest(hanvisa_own_tenants())))'
            WHEN 'subscriber_id' = ANY (its.columns) THEN 'subscriber_id IN (SELECT hanvisa_own_people())'
        END;
        IF seen IS NOT NULL THEN
            EXECUTE format('CREATE POLICY hanvisa_own ON %s FOR SELECT USING (%s)', its.name, seen);
        END IF;
    END LOOP;
END
$policies$;
