-- A referral as it is remembered: sync_daemon/store/stored_json.py, digests.py and changes.py.

CREATE FUNCTION hanvisa_time_text(moment timestamptz) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
$$;

-- As Python's json.dumps(…, ensure_ascii=False, sort_keys=True) writes it.
CREATE FUNCTION hanvisa_json_text(told jsonb) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    parts text;
BEGIN
    IF jsonb_typeof(told) = 'object' THEN
        SELECT string_agg(to_json(key)::text || ': ' || hanvisa_json_text(value), ', ' ORDER BY key COLLATE "C")
        INTO parts FROM jsonb_each(told);
        RETURN '{' || coalesce(parts, '') || '}';
    END IF;
    IF jsonb_typeof(told) = 'array' THEN
        SELECT string_agg(hanvisa_json_text(value), ', ' ORDER BY place)
        INTO parts FROM jsonb_array_elements(told) WITH ORDINALITY AS each(value, place);
        RETURN '[' || coalesce(parts, '') || ']';
    END IF;
    RETURN told::text;
END
$$;

-- Version 3 of the digests: what version 2 is made of, by a function that PostgreSQL has too.
CREATE FUNCTION hanvisa_digest(referral referrals) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT '3:' || encode(sha256(convert_to(hanvisa_json_text(jsonb_build_array(
        referral.origin, referral.phone, referral.reason,
        hanvisa_time_text(referral."from"), hanvisa_time_text(referral.until),
        referral.alternative_number, referral.alternative_mode,
        referral.bookings::jsonb, hanvisa_time_text(referral.opened_at)
    )), 'UTF8')), 'hex')
$$;

CREATE FUNCTION hanvisa_alternative_json(number text, mode text) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN number IS NOT NULL THEN jsonb_build_object('number', number, 'mode', mode) END
$$;

-- The entries that a referral of the calendar's remembers; none of another hand's, or where they cannot be read.
CREATE FUNCTION hanvisa_bookings(referral referrals) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
DECLARE
    told jsonb;
BEGIN
    IF referral.origin IS DISTINCT FROM 'calendar' THEN
        RETURN '[]';
    END IF;
    told := referral.bookings::jsonb;
    PERFORM (one->>'from')::timestamptz, (one->>'until')::timestamptz, (one->>'all_day')::boolean
    FROM jsonb_array_elements(told) AS one;
    RETURN coalesce(told, '[]');
EXCEPTION WHEN data_exception THEN
    RETURN '[]';
END
$$;

CREATE FUNCTION hanvisa_referral_json(referral referrals) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
        'from', hanvisa_time_text(referral."from"),
        'until', hanvisa_time_text(referral.until),
        'reason', referral.reason,
        'phone', referral.phone,
        'alternative', hanvisa_alternative_json(referral.alternative_number, referral.alternative_mode),
        'origin', referral.origin,
        'opened_at', hanvisa_time_text(referral.opened_at),
        'set_at', hanvisa_time_text(referral.set_at)
    ) || CASE
        WHEN referral.origin = 'calendar' OR referral.set_by IS NULL THEN '{}'
        ELSE jsonb_build_object('set_by', referral.set_by)
    END
$$;

-- The entries of both, as they are now; of an update at most 200, what it changed first.
CREATE FUNCTION hanvisa_entries(before referrals, after referrals) RETURNS jsonb LANGUAGE sql STABLE AS $$
    WITH was AS (
        SELECT value->>'key' AS key, value, place
        FROM jsonb_array_elements(hanvisa_bookings(before)) WITH ORDINALITY AS each(value, place)
    ), becomes AS (
        SELECT value->>'key' AS key, value, place
        FROM jsonb_array_elements(hanvisa_bookings(after)) WITH ORDINALITY AS each(value, place)
    ), together AS (
        SELECT coalesce(becomes.value, was.value) AS value, was.place AS first, becomes.place AS second,
               was.value IS NOT DISTINCT FROM becomes.value AS unchanged, count(*) OVER () AS number
        FROM was FULL JOIN becomes USING (key)
    ), told AS (
        SELECT value, first, second, row_number() OVER (
            ORDER BY CASE WHEN number > 200 AND before.id IS NOT NULL AND after.id IS NOT NULL THEN unchanged END,
                     first NULLS LAST, second
        ) AS place, number
        FROM together
    )
    SELECT coalesce(jsonb_agg(value ORDER BY place), '[]') FROM told
    WHERE place <= 200 OR before.id IS NULL OR after.id IS NULL
$$;

CREATE FUNCTION hanvisa_remember(
    by text, at timestamptz, before referrals, after referrals, cause text, rests jsonb DEFAULT '[]'
) RETURNS void LANGUAGE sql AS $$
    INSERT INTO changes (at, subscriber_id, referral_id, action, before, after, cause, entries, rests, by)
    VALUES (
        at, coalesce(after.subscriber_id, before.subscriber_id), coalesce(after.id, before.id),
        CASE WHEN before.id IS NULL THEN 'create' WHEN after.id IS NULL THEN 'remove' ELSE 'update' END,
        CASE WHEN before.id IS NOT NULL THEN hanvisa_referral_json(before)::json END,
        CASE WHEN after.id IS NOT NULL THEN hanvisa_referral_json(after)::json END,
        cause, hanvisa_entries(before, after)::json, rests::json, by
    )
$$;

-- A new row; its id is the next, where it brings none.
CREATE FUNCTION hanvisa_insert(wanted referrals) RETURNS referrals LANGUAGE plpgsql AS $$
DECLARE
    made referrals;
BEGIN
    wanted.id := coalesce(wanted.id, nextval(pg_get_serial_sequence('referrals', 'id')));
    wanted.version := 1;
    wanted.written := CASE WHEN wanted.origin = 'calendar' THEN hanvisa_digest(wanted) END;
    INSERT INTO referrals SELECT wanted.* RETURNING * INTO made;
    RETURN made;
END
$$;

-- What was set remains as to when and by whom.
CREATE FUNCTION hanvisa_update(wanted referrals) RETURNS referrals LANGUAGE plpgsql AS $$
DECLARE
    made referrals;
BEGIN
    UPDATE referrals AS row SET
        "from" = wanted."from", until = wanted.until, reason = wanted.reason, phone = wanted.phone,
        alternative_number = wanted.alternative_number, alternative_mode = wanted.alternative_mode,
        bookings = wanted.bookings, opened_at = wanted.opened_at, version = row.version + 1,
        written = CASE WHEN wanted.origin = 'calendar' THEN hanvisa_digest(wanted) END
    WHERE row.id = wanted.id RETURNING * INTO made;
    RETURN made;
END
$$;
