-- Telephone numbers: sync_daemon/numbers.py. The countries' plans are in tenant_rules, by sync_daemon/number_plans.py.

-- Without separators, nor the invisible marks that copying from a directory brings along.
CREATE FUNCTION hanvisa_written(number text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT regexp_replace(
        regexp_replace(number, '[@format_characters@@spaces@\-\u2010-\u2015\u2212]', '', 'g'), '^00', '+'
    )
$$;

CREATE FUNCTION hanvisa_matches(number text, described jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(
        number ~ ('^(?:' || (described->>'pattern') || ')$')
        AND (described->'lengths' = '[]' OR described->'lengths' @> to_jsonb(length(number))),
        false
    )
$$;

-- Less the prefix with which the country's own numbers are dialled, where it is one.
CREATE FUNCTION hanvisa_national(number text, region jsonb) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    prefix text := region->>'prefix';
    rest text;
BEGIN
    IF coalesce(prefix, '') = '' OR NOT starts_with(number, prefix) THEN
        RETURN number;
    END IF;
    rest := substr(number, length(prefix) + 1);
    IF hanvisa_matches(number, region->'general') AND NOT hanvisa_matches(rest, region->'general') THEN
        RETURN number;
    END IF;
    RETURN rest;
END
$$;

-- An internal number as it is, an external one in E.164, whether anybody has it or not; null for what is no number.
CREATE FUNCTION hanvisa_normalised(number text, rules jsonb) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    told text := hanvisa_written(number);
    is_mobile boolean := told ~* '^oe:';
BEGIN
    told := regexp_replace(told, '^oe:', '', 'i');
    told := CASE WHEN is_mobile THEN regexp_replace(told, '^00', '+') ELSE told END;
    IF told ~ '^[1-9][0-9]*$' THEN
        RETURN CASE WHEN is_mobile THEN NULL ELSE told END;
    END IF;
    IF told ~ '^\+[0-9]+$' THEN
        RETURN told;
    END IF;
    IF told ~ '^0[0-9]+$' AND rules IS NOT NULL THEN
        RETURN '+' || (rules->'home'->>'code') || hanvisa_national(told, rules->'home');
    END IF;
    RETURN NULL;
END
$$;

-- Whether the digits, dialled as they are, reach the country's emergency or another public service.
CREATE FUNCTION hanvisa_is_service(number text, short jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(number ~ ('^(?:' || (short->>'emergency') || ')$'), false) OR number ~ '^11[68][0-9]{3}$' OR (
        number ~ '^[1-9][0-9]{0,5}$'
        AND hanvisa_matches(number, short->'general') AND hanvisa_matches(number, short->'short_code')
        AND hanvisa_matches(number, short->'toll_free')
        AND NOT hanvisa_matches(number, short->'premium') AND NOT hanvisa_matches(number, short->'standard')
    )
$$;

-- Whether calls may go to an external number: valid as a whole, of one of the tenant's countries, and of a good kind.
CREATE FUNCTION hanvisa_is_alternative(number text, rules jsonb) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    region jsonb;
    kind jsonb;
    rest text;
BEGIN
    FOR region IN SELECT value FROM jsonb_array_elements(rules->'regions') LOOP
        CONTINUE WHEN NOT starts_with(number, '+' || (region->>'code'));
        rest := substr(number, length(region->>'code') + 2);
        CONTINUE WHEN hanvisa_national(rest, region->'main') <> rest;
        CONTINUE WHEN region->>'leading' IS NOT NULL AND rest !~ ('^(?:' || (region->>'leading') || ')');
        kind := NULL;
        IF hanvisa_matches(rest, region->'general') THEN
            SELECT value INTO kind FROM jsonb_array_elements(region->'kinds') WITH ORDINALITY AS each(value, place)
            WHERE hanvisa_matches(rest, value) ORDER BY place LIMIT 1;
        END IF;
        CONTINUE WHEN kind IS NULL AND region->>'leading' IS NULL;
        RETURN kind IS NOT NULL AND (region->>'wanted')::boolean AND (kind->>'good')::boolean
            AND NOT (hanvisa_matches(rest, region->'short'->'general')
                     AND hanvisa_matches(rest, region->'short'->'short_code'));
    END LOOP;
    RETURN false;
END
$$;

-- The number that callers are to try, as it is kept; refused where no calls can go there, or it is the person's own.
CREATE FUNCTION hanvisa_alternative(person subscribers, number text) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
    told jsonb := (SELECT rules FROM tenant_rules WHERE tenant = person.tenant);
    kept text := hanvisa_normalised(number, told);
    whose bigint := (SELECT subscriber_id FROM extensions WHERE extensions.number = kept);
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
