-- Whose rows another system may see, for the policies: these know who has logged in, and nobody may read what they read.
CREATE FUNCTION hanvisa_own_tenants() RETURNS text[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = @schema@, pg_temp SET standard_conforming_strings = on AS $$
    SELECT coalesce((SELECT tenants FROM other_systems WHERE role = session_user), '{}')
$$;

CREATE FUNCTION hanvisa_own_people() RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = @schema@, pg_temp SET standard_conforming_strings = on AS $$
    SELECT id FROM subscribers WHERE tenant = ANY (hanvisa_own_tenants())
$$;

-- As Python reads and writes it (sync_daemon/times.py): what is nearly no time, or no end at all, is brought nearer.
CREATE OR REPLACE FUNCTION hanvisa_time_text(moment timestamptz) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN moment IS NOT NULL THEN to_char(
        greatest(least(moment, '9997-01-01 00:00:00+00'), '0003-01-01 00:00:00+00') AT TIME ZONE 'UTC',
        'YYYY-MM-DD"T"HH24:MI:SS"Z"'
    ) END
$$;

-- The same as before, but that another tenant's extensions are told apart from nobody's by no refusal.
CREATE OR REPLACE FUNCTION hanvisa_alternative(person subscribers, number text) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
    told jsonb := (SELECT rules FROM tenant_rules WHERE tenant = person.tenant);
    kept text := hanvisa_normalised(number, told);
    whose bigint := (
        SELECT s.id FROM extensions e JOIN subscribers s ON s.id = e.subscriber_id
        WHERE e.number = kept AND (s.tenant = person.tenant OR s.tenant = ANY (hanvisa_own_tenants()))
    );
BEGIN
    IF told IS NULL THEN
        RAISE 'whether calls can go to % is not known: of % no cycle has told the database the rules',
            quote_literal(left(number, 200)), person.tenant
        USING ERRCODE = 'VX503', COLUMN = 'alternative_number',
            HINT = 'Let an admin run `hanvisa once`, or name no alternative.';
    END IF;
    IF kept IS NULL OR hanvisa_is_service(kept, told->'short') OR (
        whose IS NULL AND NOT (told->'internal_numbers' ? kept)
        AND NOT (hanvisa_written(number) !~* '^oe:' AND hanvisa_is_alternative(kept, told))
    ) THEN
        RAISE '% is no number that calls can go to', quote_literal(left(number, 200))
        USING ERRCODE = 'VX400', COLUMN = 'alternative_number', HINT = 'Give an extension, or a whole telephone number.';
    END IF;
    IF whose = person.id THEN
        RAISE '% is %''s own number', quote_literal(left(number, 200)), person.name
        USING ERRCODE = 'VX400', COLUMN = 'alternative_number', HINT = 'An alternative is somebody else''s number.';
    END IF;
    RETURN kept;
END
$$;
