-- What is told as it is committed, on the channel hanvisa: which tenant somebody has acted on, and that something was
-- written. A transaction that tells takes a lock of the whole server's as it commits
-- (https://www.postgresql.org/docs/18/sql-notify.html), so what a cycle writes by the thousand tells once a statement,
-- by a constant that is folded, and commits without waiting for the disk.

-- A person's act, or another system's. Nobody's name or number is told: any role of this database may listen.
CREATE FUNCTION hanvisa_tell_act() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = @schema@, pg_temp AS $$
DECLARE
    whose text;
BEGIN
    IF TG_TABLE_NAME = 'held' THEN
        whose := NEW.tenant;
    ELSIF TG_OP = 'DELETE' THEN
        SELECT tenant INTO whose FROM subscribers WHERE id = OLD.subscriber_id;
    ELSE
        SELECT tenant INTO whose FROM subscribers WHERE id = NEW.subscriber_id;
    END IF;
    PERFORM pg_notify('hanvisa', jsonb_build_object('kind', 'act', 'tenant', whose)::text);
    RETURN NULL;
END
$$;

-- The conditions are looked at without a call of the function: of the calendar's rows that is all there is to it.
CREATE TRIGGER hanvisa_tell_referred AFTER INSERT ON referrals
    FOR EACH ROW WHEN (NEW.origin <> 'calendar') EXECUTE FUNCTION hanvisa_tell_act();
CREATE TRIGGER hanvisa_tell_changed AFTER UPDATE ON referrals
    FOR EACH ROW WHEN (NEW.origin <> 'calendar' OR OLD.origin <> 'calendar') EXECUTE FUNCTION hanvisa_tell_act();
-- What is over goes in time, which is nobody's act.
CREATE TRIGGER hanvisa_tell_withdrawn AFTER DELETE ON referrals
    FOR EACH ROW WHEN (OLD.origin <> 'calendar' AND OLD.until > now()) EXECUTE FUNCTION hanvisa_tell_act();
CREATE TRIGGER hanvisa_tell_opened AFTER INSERT OR UPDATE OF undone_at ON openings
    FOR EACH ROW EXECUTE FUNCTION hanvisa_tell_act();
CREATE TRIGGER hanvisa_tell_approved AFTER UPDATE OF approved_at, approved_version ON held
    FOR EACH ROW WHEN (NEW.approved_at IS NOT NULL) EXECUTE FUNCTION hanvisa_tell_act();

CREATE FUNCTION hanvisa_tell_written() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('hanvisa', '{"kind": "written"}');
    RETURN NULL;
END
$$;

-- Whoever changes a referral remembers it there.
CREATE TRIGGER hanvisa_tell_written AFTER INSERT ON changes
    FOR EACH STATEMENT EXECUTE FUNCTION hanvisa_tell_written();
CREATE TRIGGER hanvisa_tell_written AFTER INSERT ON cycles
    FOR EACH STATEMENT EXECUTE FUNCTION hanvisa_tell_written();
CREATE TRIGGER hanvisa_tell_written AFTER INSERT ON notices
    FOR EACH STATEMENT EXECUTE FUNCTION hanvisa_tell_written();
-- Not their revision, which a cycle raises of each.
CREATE TRIGGER hanvisa_tell_written
    AFTER INSERT OR DELETE OR UPDATE OF tenant, mailbox, name, department, alternative_number, alternative_mode,
        left_at, unread_since ON subscribers
    FOR EACH STATEMENT EXECUTE FUNCTION hanvisa_tell_written();
CREATE TRIGGER hanvisa_tell_written AFTER INSERT OR DELETE OR UPDATE ON extensions
    FOR EACH STATEMENT EXECUTE FUNCTION hanvisa_tell_written();

REVOKE ALL ON FUNCTION hanvisa_tell_act(), hanvisa_tell_written() FROM PUBLIC;
