-- Entries become absences: rules/absence.py and rules/office_hours.py, for the entries to come of what is opened.

-- The local day in which the instant lies, of those that tenant_rules has; times are seconds since 1970.
CREATE FUNCTION hanvisa_day(office jsonb, instant double precision) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT value FROM jsonb_array_elements(office->'days')
    WHERE (value->>'midnight')::double precision <= instant AND instant < (value->>'next')::double precision LIMIT 1
$$;

-- Until when the night lasts that an entry with that end reaches, by `after_hours`; null where it reaches none.
CREATE FUNCTION hanvisa_after_hours(office jsonb, day jsonb, ends double precision) RETURNS double precision
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    opens double precision := (day->'hours'->>0)::double precision;
    closes double precision := (day->'hours'->>1)::double precision;
    own jsonb;
BEGIN
    IF closes IS NOT NULL AND ends >= closes - (office->>'slack')::double precision THEN
        RETURN (day->>'opening_after')::double precision;
    END IF;
    IF opens IS NULL OR ends < opens THEN
        own := hanvisa_day(office, ends);
        IF ends < (own->'hours'->>0)::double precision THEN
            RETURN (own->'hours'->>0)::double precision;
        END IF;
        RETURN (own->>'opening_after')::double precision;
    END IF;
    RETURN NULL;
END
$$;

-- The rest that an entry with these ends reaches (its name, its end), or null; of several the one that ends last.
CREATE FUNCTION hanvisa_rest(office jsonb, begins double precision, ends double precision, all_day boolean)
RETURNS jsonb LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    day jsonb := hanvisa_day(office, ends);
    soon double precision := ends + (office->>'slack')::double precision;
    until double precision;
    name text;
    near jsonb;
    candidate double precision;
BEGIN
    IF (office->>'night')::boolean AND (
        all_day OR (
            day->'midnights' @> to_jsonb(ends::bigint)
            AND hanvisa_day(office, begins)->'midnights' @> to_jsonb(begins::bigint)
        )
    ) AND (day->>'opening')::double precision > ends THEN
        until := (day->>'opening')::double precision;
        name := 'night';
    END IF;
    FOR near IN SELECT one FROM (VALUES (day), (
        CASE WHEN soon > (day->>'next')::double precision THEN hanvisa_day(office, soon) END
    )) AS days(one) WHERE one IS NOT NULL LOOP
        candidate := (near->'lunch'->>1)::double precision;
        IF (near->'lunch'->>0)::double precision <= soon AND ends < candidate
            AND candidate > coalesce(until, '-infinity')
        THEN
            until := candidate;
            name := 'lunch';
        END IF;
        IF (office->>'after_hours')::boolean THEN
            candidate := hanvisa_after_hours(office, near, ends);
            IF candidate > ends AND candidate > coalesce(until, '-infinity') THEN
                until := candidate;
                name := 'night';
            END IF;
        END IF;
    END LOOP;
    RETURN CASE WHEN until IS NOT NULL THEN jsonb_build_object('rest', name, 'until', until) END;
END
$$;

-- The referrals that these entries get, as rows without an id, each with the rests that they reached.
CREATE FUNCTION hanvisa_left(person subscribers, phone text, coming jsonb)
RETURNS TABLE (referral referrals, rests jsonb) LANGUAGE plpgsql STABLE AS $$
DECLARE
    told jsonb := (SELECT rules FROM tenant_rules WHERE tenant = person.tenant);
    office jsonb := coalesce(told->'offices'->person.department, told->'offices'->'');
    slack double precision := (office->>'slack')::double precision;
    entry record;
    latest double precision;  -- the latest start that the absence so far takes in
    first_start double precision;
    longest double precision;
    foremost bigint;
    is_named boolean;
    takes_in double precision;
BEGIN
    IF office IS NULL THEN
        RAISE 'what the calendar has later that day cannot be kept: of % no cycle has told the database the rules',
            person.tenant
        USING ERRCODE = 'VX503', HINT = 'Let an admin run `hanvisa once`; nothing was done.';
    END IF;
    FOR entry IN
        SELECT value AS booking, begins, ends, hanvisa_rest(office, begins, ends, (value->>'all_day')::boolean) AS rest,
            coalesce((told->'commands'->(value->>'code')->>'rank')::bigint, 1000000) AS rank,
            coalesce(told->'commands'->(value->>'code')->>'reason', value->>'code') AS reason
        FROM jsonb_array_elements(coming), LATERAL (SELECT
            extract(epoch FROM (value->>'from')::timestamptz)::double precision AS begins,
            extract(epoch FROM (value->>'until')::timestamptz)::double precision AS ends
        ) AS times
        ORDER BY begins, 5, value->>'key' COLLATE "C"
    LOOP
        -- What starts at a night's very end begins a new one.
        takes_in := CASE entry.rest->>'rest'
            WHEN 'night' THEN (entry.rest->>'until')::double precision - 0.000001
            WHEN 'lunch' THEN (entry.rest->>'until')::double precision + slack
            ELSE entry.ends + slack
        END;
        IF latest IS NULL OR entry.begins > latest THEN
            IF latest IS NOT NULL THEN
                RETURN NEXT;
            END IF;
            referral := NULL;
            rests := '[]';
            first_start := entry.begins;
            referral.subscriber_id := person.id;
            referral.origin := 'calendar';
            referral.phone := hanvisa_left.phone;
            referral."from" := to_timestamp(entry.begins);
            referral.bookings := '[]';
            -- The directory's, unless an entry names one.
            is_named := false;
            referral.alternative_number := person.alternative_number;
            referral.alternative_mode := person.alternative_mode;
            referral.set_by := 'calendar';
            longest := NULL;
            foremost := NULL;
            latest := takes_in;
        END IF;
        latest := greatest(latest, takes_in);
        longest := greatest(longest, coalesce(
            (entry.rest->>'until')::double precision, entry.ends + (office->>'margin')::double precision
        ));
        referral.until := to_timestamp(longest);
        referral.bookings := (referral.bookings::jsonb || jsonb_build_array(entry.booking))::json;
        IF foremost IS NULL OR entry.rank < foremost THEN
            foremost := entry.rank;
            referral.reason := entry.reason;
        END IF;
        IF NOT is_named AND entry.begins <= first_start + slack
            AND entry.booking->'alternative'->>'number' IS NOT NULL
        THEN
            is_named := true;
            referral.alternative_number := entry.booking->'alternative'->>'number';
            referral.alternative_mode := entry.booking->'alternative'->>'mode';
        END IF;
        IF referral.phone = 'open' AND referral.alternative_number IS NOT NULL THEN
            referral.alternative_mode := 'info';
        END IF;
        IF entry.rest IS NOT NULL THEN
            rests := rests || jsonb_build_array(jsonb_build_object(
                'key', entry.booking->>'key', 'rest', entry.rest->>'rest',
                'until', hanvisa_time_text(to_timestamp((entry.rest->>'until')::double precision))
            ));
        END IF;
    END LOOP;
    IF latest IS NOT NULL THEN
        RETURN NEXT;
    END IF;
END
$$;
