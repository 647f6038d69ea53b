-- A referral set, and taken back: sync_daemon/by_hand/referring.py, withdrawing.py and store/referrals.py.

CREATE FUNCTION hanvisa_refer(
    system other_systems, person subscribers, now timestamptz, begins timestamptz, until timestamptz,
    reason text, phone text, alternative_number text, alternative_mode text
) RETURNS referrals LANGUAGE plpgsql AS $$
DECLARE
    starts timestamptz := date_trunc('second', coalesce(begins, now));
    ends timestamptz := date_trunc('second', until);
    latest timestamptz := hanvisa_latest_cycle(person.tenant);
    wanted referrals;
    made referrals;
BEGIN
    IF ends IS NULL THEN
        RAISE 'until is missing' USING ERRCODE = 'VX400', COLUMN = 'until', HINT = 'Say when the referral ends.';
    END IF;
    PERFORM hanvisa_require_present(person, starts, now, 'begins');
    PERFORM hanvisa_require_present(person, ends, now, 'until');
    IF ends <= starts THEN
        RAISE 'the referral would end %, which is not after its beginning %', hanvisa_time_text(ends), hanvisa_time_text(starts)
        USING ERRCODE = 'VX400', COLUMN = 'until', HINT = 'Write an end that is after the beginning.';
    END IF;
    IF ends <= hanvisa_end_of_the_past(starts, now) THEN
        RAISE 'that referral would be over: it would end %', hanvisa_time_text(ends)
        USING ERRCODE = 'VX400', COLUMN = 'until', HINT = 'Write an end that is yet to come.';
    END IF;
    IF phone IS NULL OR phone NOT IN ('closed', 'open') THEN
        RAISE 'phone must be closed or open' USING ERRCODE = 'VX400', COLUMN = 'phone', HINT = 'Write ''closed'' or ''open''.';
    END IF;
    IF alternative_number IS NOT NULL AND (alternative_mode IS NULL OR alternative_mode NOT IN ('info', 'connect')) THEN
        RAISE 'alternative_mode must be info or connect'
        USING ERRCODE = 'VX400', COLUMN = 'alternative_mode', HINT = 'Write ''info'' or ''connect''.';
    END IF;
    wanted.subscriber_id := person.id;
    wanted.origin := system.origin;
    wanted.reason := hanvisa_told_by_hand('reason', reason);
    wanted.phone := phone;
    wanted."from" := starts;
    wanted.until := ends;
    wanted.bookings := '[]';
    IF alternative_number IS NOT NULL THEN
        wanted.alternative_number := hanvisa_alternative(person, alternative_number);
        wanted.alternative_mode := CASE WHEN phone = 'closed' THEN alternative_mode ELSE 'info' END;
    END IF;
    wanted.set_at := CASE WHEN latest IS NULL OR starts >= now - interval '1 hour' THEN now ELSE least(latest, starts) END;
    wanted.set_by := system.role;
    -- What is sent again, for want of an answer, is set once.
    SELECT row.* INTO made FROM referrals AS row
    WHERE row.subscriber_id = person.id AND row.origin = wanted.origin AND row."from" = starts AND row.until = ends
        AND row.reason = wanted.reason AND row.phone = wanted.phone AND row.opened_at IS NULL
        AND row.alternative_number IS NOT DISTINCT FROM wanted.alternative_number
        AND row.alternative_mode IS NOT DISTINCT FROM wanted.alternative_mode
    ORDER BY row.id LIMIT 1;
    IF FOUND THEN
        RETURN made;
    END IF;
    PERFORM hanvisa_raise_revision(person);
    made := hanvisa_insert(wanted);
    PERFORM hanvisa_remember(system.role, wanted.set_at, NULL, made, 'by-hand');
    RETURN made;
END
$$;

CREATE FUNCTION refer_phone(
    extension text, until timestamptz, begins timestamptz DEFAULT NULL, reason text DEFAULT 'away',
    phone text DEFAULT 'closed', alternative_number text DEFAULT NULL, alternative_mode text DEFAULT 'info'
) RETURNS referral_by_hand
LANGUAGE plpgsql SECURITY DEFINER SET search_path = @schema@, pg_temp SET standard_conforming_strings = on AS $$
DECLARE
    system other_systems := hanvisa_other_system();
    person subscribers := hanvisa_person(system, extension);
BEGIN
    RETURN hanvisa_answer(hanvisa_refer(
        system, person, hanvisa_now(), begins, until, reason, phone, alternative_number, alternative_mode
    ), extension);
END
$$;

CREATE FUNCTION hanvisa_withdraw(
    system other_systems, person subscribers, now timestamptz, at timestamptz, begins timestamptz, referral bigint
) RETURNS referrals LANGUAGE plpgsql AS $$
DECLARE
    moment timestamptz := date_trunc('second', coalesce(at, now));
    before referrals;
    after referrals;
BEGIN
    PERFORM hanvisa_require_present(person, moment, now, 'at');
    SELECT row.* INTO before FROM referrals AS row
    WHERE row.subscriber_id = person.id AND row.origin = system.origin
        AND row.until > hanvisa_end_of_the_past(moment, now)
        AND CASE
            WHEN referral IS NOT NULL THEN row.id = referral
            WHEN begins IS NOT NULL THEN date_trunc('minute', row."from", 'UTC') = date_trunc('minute', begins, 'UTC')
            ELSE row."from" <= moment
        END
    ORDER BY row.set_at DESC, row.id DESC LIMIT 1;
    IF NOT FOUND THEN
        RAISE 'of % nothing of % is set at that time', person.name, system.origin
        USING ERRCODE = 'VX409',
            HINT = 'Only what this system has set is taken back; what is to come by begins, or by its id.';
    END IF;
    PERFORM hanvisa_raise_revision(person);
    IF before."from" < moment THEN
        after := before;
        after.until := moment;
        after := hanvisa_update(after);
    ELSE
        DELETE FROM referrals WHERE id = before.id;
    END IF;
    PERFORM hanvisa_remember(system.role, moment, before, after, 'withdrawn');
    RETURN after;
END
$$;

CREATE FUNCTION withdraw_referral(
    extension text, at timestamptz DEFAULT NULL, begins timestamptz DEFAULT NULL, referral bigint DEFAULT NULL
) RETURNS SETOF referral_by_hand
LANGUAGE plpgsql SECURITY DEFINER SET search_path = @schema@, pg_temp SET standard_conforming_strings = on AS $$
DECLARE
    system other_systems := hanvisa_other_system();
    person subscribers := hanvisa_person(system, extension);
    left_of_it referrals := hanvisa_withdraw(system, person, hanvisa_now(), at, begins, referral);
BEGIN
    IF left_of_it.id IS NOT NULL THEN
        RETURN NEXT hanvisa_answer(left_of_it, extension);
    END IF;
END
$$;
