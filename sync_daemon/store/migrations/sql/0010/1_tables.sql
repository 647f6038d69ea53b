-- Which role of the database is which other system, and of whose phones; `hanvisa store grants` prints what fills it.
CREATE TABLE other_systems (
    role text COLLATE "C" NOT NULL,
    origin text COLLATE "C" NOT NULL,
    tenants text[] COLLATE "C" NOT NULL,
    CONSTRAINT pk_other_systems PRIMARY KEY (role),
    -- By these names the record knows who else acts.
    CONSTRAINT ck_other_systems_role CHECK (role NOT IN ('', 'calendar', 'directory', 'operator')),
    CONSTRAINT ck_other_systems_origin CHECK (origin NOT IN ('', 'calendar', 'operator'))
);

-- What of each tenant's configuration the functions need; each whole cycle writes it where it has changed.
CREATE TABLE tenant_rules (
    tenant text COLLATE "C" NOT NULL,
    rules jsonb NOT NULL,
    CONSTRAINT pk_tenant_rules PRIMARY KEY (tenant)
);

-- What the functions answer with: a referral as it is set, or as it was.
CREATE TYPE referral_by_hand AS (
    id bigint,
    extension text,
    name text,
    reason text,
    "from" timestamptz,
    until timestamptz,
    phone text,
    alternative_number text,
    alternative_mode text,
    origin text,
    opened_at timestamptz
);
