-- Who asks, for whom, and of which time: sync_daemon/by_hand/hand.py, whose.py, times.py, said.py and rules/by_hand.py.

CREATE FUNCTION hanvisa_now() RETURNS timestamptz LANGUAGE sql VOLATILE AS $$
    SELECT date_trunc('second', clock_timestamp())
$$;

-- By who has logged in: neither SET ROLE nor the owner's rights, with which this runs, change that.
CREATE FUNCTION hanvisa_other_system() RETURNS other_systems LANGUAGE plpgsql AS $$
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
    -- Who forgets a transaction must not keep the others from writing; nor waits anybody for long.
    PERFORM set_config('idle_in_transaction_session_timeout', '10s', true);
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

-- Whose the extension is, in any spelling, of the system's tenants; nobody else writes to them until the transaction ends.
CREATE FUNCTION hanvisa_person(system other_systems, number text) RETURNS subscribers LANGUAGE plpgsql AS $$
DECLARE
    person subscribers;
BEGIN
    PERFORM pg_advisory_xact_lock_shared(1751215734, 0);
    SELECT s.* INTO person FROM unnest(system.tenants) WITH ORDINALITY AS own(tenant, place)
    LEFT JOIN tenant_rules USING (tenant)
    JOIN extensions e ON e.number = hanvisa_normalised(hanvisa_person.number, tenant_rules.rules)
    JOIN subscribers s ON s.id = e.subscriber_id AND s.tenant = ANY (system.tenants)
    ORDER BY place LIMIT 1;
    IF person.id IS NULL THEN
        RAISE 'nobody of %''s tenants has the extension %', system.role,
            coalesce(quote_literal(left(number, 200)), 'NULL')
        USING ERRCODE = 'VX404', COLUMN = 'extension',
            HINT = 'Give an extension as the view referrals_in_force has it, or as the directory writes it.';
    END IF;
    SELECT s.* INTO person FROM subscribers s WHERE s.id = person.id FOR UPDATE;
    RETURN person;
END
$$;

CREATE FUNCTION hanvisa_latest_cycle(tenant text) RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT at FROM cycles WHERE cycles.tenant = hanvisa_latest_cycle.tenant ORDER BY id DESC LIMIT 1
$$;

-- Refused where what is done at that time would say otherwise what callers were told, or is far ahead.
CREATE FUNCTION hanvisa_require_present(person subscribers, moment timestamptz, now timestamptz, named text)
RETURNS void LANGUAGE plpgsql STABLE AS $$
DECLARE
    latest timestamptz := hanvisa_latest_cycle(person.tenant);
BEGIN
    IF NOT isfinite(moment) THEN
        RAISE '% is no time', named
        USING ERRCODE = 'VX400', COLUMN = named, HINT = 'Write a time with its date and zone: 2026-11-24 09:30+01.';
    END IF;
    IF moment < now - interval '1 hour' AND moment < latest THEN
        RAISE '% is %, which is over: what callers were told then stays as it was', named, hanvisa_time_text(moment)
        USING ERRCODE = 'VX400', COLUMN = named, HINT = 'Write a later time; where it may be left out, leave it out for now.';
    END IF;
    IF moment > greatest(now, latest) + interval '1830 days' THEN
        RAISE '% is %, which is more than five years ahead', named, hanvisa_time_text(moment)
        USING ERRCODE = 'VX400', COLUMN = named, HINT = 'Write an earlier time.';
    END IF;
END
$$;

-- Up to when nothing may be changed by what is done at that moment.
CREATE FUNCTION hanvisa_end_of_the_past(moment timestamptz, now timestamptz) RETURNS timestamptz
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN moment >= now - interval '1 hour' THEN greatest(moment, now) ELSE moment END
$$;

-- The text on one line, without spaces around it, its end left out where it is longer than 200 characters.
CREATE FUNCTION hanvisa_line(told text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    line text := regexp_replace(left(told, 10000), '[\u0001-\u001f\u007f-\u009f\u2028\u2029]', ' ', 'g');
BEGIN
    line := regexp_replace(line, '[@format_characters_but_joiners@]', '', 'g');
    line := regexp_replace(line, '^[@spaces@]+|[@spaces@]+$', '', 'g');
    RETURN CASE WHEN length(line) > 200 THEN left(line, 199) || '…' ELSE line END;
END
$$;

CREATE FUNCTION hanvisa_told_by_hand(named text, told text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    IF coalesce(hanvisa_line(told), '') !~ '[@letters@]' THEN
        RAISE '% is empty', named
        USING ERRCODE = 'VX400', COLUMN = named, HINT = 'Write what others are to read there, with a letter or a digit.';
    END IF;
    RETURN hanvisa_line(told);
END
$$;

CREATE FUNCTION hanvisa_raise_revision(person subscribers) RETURNS void LANGUAGE sql AS $$
    UPDATE subscribers SET revision = revision + 1 WHERE id = person.id
$$;

-- The strongest first: another hand's, the one set last; else the calendar's, closed before open.
CREATE FUNCTION hanvisa_strength(referral referrals) RETURNS text[] LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN referral.origin <> 'calendar' THEN ARRAY['1', hanvisa_time_text(referral.set_at), '1']
        ELSE ARRAY['0', '', CASE WHEN referral.phone = 'closed' THEN '1' ELSE '0' END] END
        || lpad(referral.id::text, 19, '0')
$$;

-- As the view has the extension, however it was asked for.
CREATE FUNCTION hanvisa_answer(referral referrals, asked text) RETURNS referral_by_hand LANGUAGE sql STABLE AS $$
    SELECT (
        referral.id, coalesce((
            SELECT e.number FROM extensions e JOIN subscribers s ON s.id = e.subscriber_id
            LEFT JOIN tenant_rules USING (tenant)
            WHERE s.id = referral.subscriber_id AND e.number = hanvisa_normalised(asked, tenant_rules.rules)
        ), asked), (SELECT name FROM subscribers WHERE id = referral.subscriber_id),
        referral.reason, referral."from", referral.until, referral.phone,
        referral.alternative_number, referral.alternative_mode, referral.origin, referral.opened_at
    )::referral_by_hand
$$;
