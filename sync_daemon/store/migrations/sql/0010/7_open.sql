-- The phone opened, and that taken back: sync_daemon/by_hand/opening.py, store/openings.py and rules/referral.py.

-- Other calendar referrals of its phone state that lie in its time.
CREATE FUNCTION hanvisa_beside(referral referrals) RETURNS SETOF referrals LANGUAGE sql STABLE AS $$
    SELECT row.* FROM referrals AS row
    WHERE row.subscriber_id = referral.subscriber_id AND row.origin = 'calendar' AND row.phone = referral.phone
        AND row."from" < referral.until AND row.until > referral."from" AND row.id IS DISTINCT FROM referral.id
    ORDER BY row."from", row.id
$$;

-- Ends it at the moment; one that begins then would be left without length, and goes.
CREATE FUNCTION hanvisa_end(by text, before referrals, moment timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    after referrals;
BEGIN
    IF before."from" = moment THEN
        DELETE FROM referrals WHERE id = before.id;
    ELSE
        after := before;
        after.until := moment;
        after.opened_at := moment;
        after.bookings := (
            SELECT coalesce(jsonb_agg(value ORDER BY place), '[]')
            FROM jsonb_array_elements(hanvisa_bookings(before)) WITH ORDINALITY AS each(value, place)
            WHERE (value->>'from')::timestamptz <= moment
        )::json;
        after := hanvisa_update(after);
    END IF;
    PERFORM hanvisa_remember(by, moment, before, after, 'opened');
END
$$;

-- One for each phone state that it ends, with the keys of the entries that had started and the referrals as they were.
CREATE FUNCTION hanvisa_write_openings(by text, person subscribers, ended referrals[], moment timestamptz)
RETURNS void LANGUAGE sql AS $$
    INSERT INTO openings (subscriber_id, at, phone, keys, ended, by)
    SELECT person.id, moment, its_phone, (
            SELECT coalesce(jsonb_agg(DISTINCT value->>'key' COLLATE "C"), '[]')
            FROM unnest(ended) AS its, jsonb_array_elements(hanvisa_bookings(its))
            WHERE its.phone = its_phone AND (value->>'from')::timestamptz <= moment
        )::json, (
            SELECT jsonb_agg(hanvisa_referral_json(its) || jsonb_build_object(
                'id', its.id, 'bookings', hanvisa_bookings(its), 'set_by', its.set_by
            ) ORDER BY its."from", its.id) FROM unnest(ended) AS its WHERE its.phone = its_phone
        )::json, by
    FROM (SELECT DISTINCT its.phone FROM unnest(ended) AS its) AS phones(its_phone) ORDER BY its_phone;
$$;

-- What was to come in the referrals that are ended gets referrals of its own.
CREATE FUNCTION hanvisa_keep_coming(by text, person subscribers, ended referrals[], moment timestamptz)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    coming jsonb;
    state text;
    made record;
    later referrals;
BEGIN
    FOREACH state IN ARRAY ARRAY['closed', 'open'] LOOP
        coming := (
            SELECT jsonb_agg(DISTINCT value) FROM unnest(ended) AS its, jsonb_array_elements(hanvisa_bookings(its))
            WHERE its.phone = state AND (value->>'from')::timestamptz > moment
        );
        FOR made IN SELECT * FROM hanvisa_left(person, state, coming) WHERE coming IS NOT NULL LOOP
            later := made.referral;
            CONTINUE WHEN EXISTS (SELECT FROM hanvisa_beside(later));
            later.set_at := moment;
            PERFORM hanvisa_remember(by, moment, NULL, hanvisa_insert(later), 'opened', made.rests);
        END LOOP;
    END LOOP;
END
$$;

CREATE FUNCTION hanvisa_open(system other_systems, person subscribers, now timestamptz, at timestamptz)
RETURNS referrals LANGUAGE plpgsql AS $$
DECLARE
    moment timestamptz := date_trunc('second', coalesce(at, now));
    current referrals;
    phones text[];
    ended referrals[];
BEGIN
    PERFORM hanvisa_require_present(person, moment, now, 'at');
    SELECT row.* INTO current FROM referrals AS row
    WHERE row.subscriber_id = person.id AND row."from" <= moment
        AND row.until > hanvisa_end_of_the_past(moment, now)
    ORDER BY hanvisa_strength(row) DESC LIMIT 1;
    IF NOT FOUND THEN
        RAISE '% is not referred at that time: there is nothing to open', person.name
        USING ERRCODE = 'VX409', HINT = 'Read referrals_in_force: the phone is open already.';
    END IF;
    phones := CASE WHEN current.phone = 'closed' THEN ARRAY['closed'] ELSE ARRAY['closed', 'open'] END;
    ended := ARRAY(
        SELECT row FROM referrals AS row
        WHERE row.subscriber_id = person.id AND row."from" <= moment
            AND row.until > hanvisa_end_of_the_past(moment, now) AND row.phone = ANY (phones)
        ORDER BY row."from", row.id
    );
    PERFORM hanvisa_raise_revision(person);
    PERFORM hanvisa_write_openings(system.role, person, ended, moment);
    FOREACH current IN ARRAY ended LOOP
        PERFORM hanvisa_end(system.role, current, moment);
    END LOOP;
    PERFORM hanvisa_keep_coming(system.role, person, ended, moment);
    SELECT its.* INTO current FROM unnest(ended) AS its ORDER BY hanvisa_strength(its) DESC LIMIT 1;
    current.opened_at := moment;
    RETURN current;
END
$$;

CREATE FUNCTION open_phone(extension text, at timestamptz DEFAULT NULL) RETURNS referral_by_hand
LANGUAGE plpgsql SECURITY DEFINER SET search_path = @schema@, pg_temp SET standard_conforming_strings = on AS $$
DECLARE
    system other_systems := hanvisa_other_system();
    person subscribers := hanvisa_person(system, extension);
BEGIN
    RETURN hanvisa_answer(hanvisa_open(system, person, hanvisa_now(), at), extension);
END
$$;

-- A referral as an opening remembers it; an end of all time is brought nearer, as wherever it is read.
CREATE FUNCTION hanvisa_remembered(person subscribers, told jsonb) RETURNS referrals LANGUAGE plpgsql STABLE AS $$
DECLARE
    former referrals;
BEGIN
    former.id := (told->>'id')::bigint;
    former.subscriber_id := person.id;
    former.origin := told->>'origin';
    former.reason := told->>'reason';
    former.phone := told->>'phone';
    former."from" := (told->>'from')::timestamptz;
    former.until := (told->>'until')::timestamptz;
    former.alternative_number := told->'alternative'->>'number';
    former.alternative_mode := told->'alternative'->>'mode';
    former.set_at := (told->>'set_at')::timestamptz;
    former.set_by := told->>'set_by';
    former.bookings := coalesce(told->'bookings', '[]')::json;
    RETURN former;
END
$$;

-- The past is never rewritten: what has been out of force since the opening is made anew from now.
CREATE FUNCTION hanvisa_restore(by text, former referrals, opened_at timestamptz, moment timestamptz)
RETURNS referrals LANGUAGE plpgsql AS $$
DECLARE
    current referrals;
    beside referrals;
    again referrals;
BEGIN
    IF moment > opened_at THEN
        former.id := NULL;
        former."from" := moment;
    ELSE
        SELECT row.* INTO current FROM referrals AS row
        WHERE row.subscriber_id = former.subscriber_id AND row.id = former.id;
    END IF;
    IF former.origin = 'calendar' AND EXISTS (
        SELECT FROM hanvisa_beside(former) AS one WHERE one."from" <= moment OR EXISTS (
            SELECT FROM jsonb_array_elements(hanvisa_bookings(one)) AS booking
            WHERE booking->>'key' NOT IN (SELECT its->>'key' FROM jsonb_array_elements(hanvisa_bookings(former)) AS its)
        )
    ) THEN
        RETURN NULL;
    END IF;
    IF former.origin = 'calendar' THEN
        FOR beside IN SELECT * FROM hanvisa_beside(former) LOOP
            DELETE FROM referrals WHERE id = beside.id;
            PERFORM hanvisa_remember(by, moment, beside, NULL, 'opening-undone');
        END LOOP;
    END IF;
    again := CASE WHEN current.id IS NOT NULL THEN hanvisa_update(former) ELSE hanvisa_insert(former) END;
    PERFORM hanvisa_remember(by, moment, current, again, 'opening-undone');
    RETURN again;
END
$$;

CREATE FUNCTION hanvisa_undo(system other_systems, person subscribers, now timestamptz, at timestamptz)
RETURNS SETOF referrals LANGUAGE plpgsql AS $$
DECLARE
    moment timestamptz := date_trunc('second', coalesce(at, now));
    opened timestamptz;
    former referrals;
    again referrals;
BEGIN
    PERFORM hanvisa_require_present(person, moment, now, 'at');
    SELECT max(openings.at) INTO opened FROM openings WHERE subscriber_id = person.id AND undone_at IS NULL;
    IF opened IS NULL OR EXISTS (
        SELECT FROM openings AS row
        WHERE row.subscriber_id = person.id AND row.undone_at IS NULL AND row.at = opened AND row.by <> system.role
    ) THEN
        RAISE '%''s phone was not opened last by %: there is nothing to take back', person.name, system.role
        USING ERRCODE = 'VX409', HINT = 'Only the latest opening is taken back, and only by the system that made it.';
    END IF;
    PERFORM hanvisa_raise_revision(person);
    FOR former IN
        WITH undone AS (
            UPDATE openings AS row SET undone_at = moment
            WHERE row.subscriber_id = person.id AND row.undone_at IS NULL AND row.at = opened
            RETURNING row.id, row.ended
        )
        SELECT (hanvisa_remembered(person, value)).* FROM undone, jsonb_array_elements(ended::jsonb)
        WITH ORDINALITY AS each(value, place) ORDER BY undone.id, place
    LOOP
        CONTINUE WHEN former.until <= hanvisa_end_of_the_past(moment, now);
        again := hanvisa_restore(system.role, former, opened, moment);
        IF again.id IS NOT NULL THEN
            RETURN NEXT again;
        END IF;
    END LOOP;
END
$$;

CREATE FUNCTION undo_opening(extension text, at timestamptz DEFAULT NULL) RETURNS SETOF referral_by_hand
LANGUAGE plpgsql SECURITY DEFINER SET search_path = @schema@, pg_temp SET standard_conforming_strings = on AS $$
DECLARE
    system other_systems := hanvisa_other_system();
    person subscribers := hanvisa_person(system, extension);
BEGIN
    RETURN QUERY SELECT (hanvisa_answer(again, undo_opening.extension)).*
    FROM hanvisa_undo(system, person, hanvisa_now(), at) AS again;
END
$$;
