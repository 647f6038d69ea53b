-- The same as before, but that a transaction that has acted is ended also where it goes on doing something else.
CREATE OR REPLACE FUNCTION hanvisa_other_system() RETURNS other_systems LANGUAGE plpgsql AS $$
DECLARE
    system other_systems;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE 'a transaction that is % sees what was there before it waited its turn',
            current_setting('transaction_isolation')
        USING ERRCODE = 'VX400', HINT = 'Do it in one that is READ COMMITTED, as they are where nothing else is said.';
    END IF;
    SELECT * INTO system FROM other_systems WHERE role = session_user;
    IF NOT FOUND THEN
        RAISE 'the role % is not let in as another system', quote_ident(session_user)
        USING ERRCODE = 'VX403', HINT = 'Log in as the role that `hanvisa store grants --role` has named.';
    END IF;
    -- What is written there by anybody would be lost (`hanvisa store copy`).
    IF EXISTS (SELECT FROM marks WHERE name IN ('copying', 'moved')) THEN
        RAISE 'this store of hanvisa is not used: it was moved to another database, or is being filled'
        USING ERRCODE = 'VX503', HINT = 'Ask an admin which database is in use; nothing was done.';
    END IF;
    -- Who forgets a transaction must not keep the others from writing; nor waits anybody for long. A limit that runs
    -- already is not shortened, only begun anew (https://www.postgresql.org/docs/18/runtime-config-client.html).
    PERFORM set_config('idle_in_transaction_session_timeout', '10s', true);
    IF current_setting('transaction_timeout', true)::interval NOT BETWEEN '1 ms' AND '30 s' THEN
        PERFORM set_config('transaction_timeout', '0', true);
        PERFORM set_config('transaction_timeout', '30s', true);
    END IF;
    IF current_setting('statement_timeout')::interval NOT BETWEEN '1 ms' AND '30 s' THEN
        PERFORM set_config('statement_timeout', '30s', true);
    END IF;
    IF current_setting('lock_timeout') = '0' THEN
        PERFORM set_config('lock_timeout', '15s', true);
    END IF;
    -- What is told as done is on a disk.
    IF current_setting('synchronous_commit') = 'off' THEN
        PERFORM set_config('synchronous_commit', 'on', true);
    END IF;
    RETURN system;
END
$$;
