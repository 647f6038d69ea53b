-- No function of the store's is everybody's, nor one that is made later; who was let in goes on reading.
DO $rights$
DECLARE
    function regprocedure;
    known name;
BEGIN
    FOR function IN
        SELECT oid FROM pg_proc WHERE pronamespace = current_schema()::regnamespace
            AND proowner = (SELECT relowner FROM pg_class WHERE oid = 'other_systems'::regclass)
    LOOP
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', function);
    END LOOP;
    FOR known IN SELECT rolname FROM pg_roles JOIN other_systems ON role = rolname LOOP
        EXECUTE format(
            'GRANT EXECUTE ON FUNCTION hanvisa_in_force(), hanvisa_own_tenants(), hanvisa_own_people() TO %I', known
        );
    END LOOP;
END
$rights$;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
