-- Everything a service keeps.
--
-- What concerns a person has the UPI first in every unique key, so that it can be spread over machines by the
-- UPI's hash. Keys that are texts sort by their bytes, whatever the server's locale: COLLATE "C".
--
-- Dates are days and times are seconds since 1970-01-01T00:00:00Z, as in the traits. The numbers of sex,
-- status, action and document are those that stand on the variants in store/src/.

CREATE TABLE people (
    upi                    text COLLATE "C" PRIMARY KEY,
    id_number              text,
    given_name             text NOT NULL,
    family_name            text NOT NULL,
    birthdate              integer NOT NULL,
    sex                    smallint NOT NULL,
    nationalities          text[] NOT NULL,
    county                 text NOT NULL,
    locality               text NOT NULL,
    country                text NOT NULL,
    phone                  text,
    portrait_media_type    text,
    portrait               bytea,
    portrait_source_digest bytea CHECK (octet_length(portrait_source_digest) = 32),
    CHECK (num_nulls(portrait_media_type, portrait, portrait_source_digest) IN (0, 3))
);
CREATE INDEX people_by_birthdate ON people (birthdate);
CREATE INDEX people_by_id_number ON people (id_number);

CREATE TABLE quarantine (
    upi                    text COLLATE "C" NOT NULL,
    id_number              text,
    given_name             text NOT NULL,
    family_name            text NOT NULL,
    birthdate              integer NOT NULL,
    sex                    smallint NOT NULL,
    nationalities          text[] NOT NULL,
    county                 text NOT NULL,
    locality               text NOT NULL,
    country                text NOT NULL,
    phone                  text,
    portrait_media_type    text,
    portrait               bytea,
    portrait_source_digest bytea CHECK (octet_length(portrait_source_digest) = 32),
    id                     bytea NOT NULL CHECK (octet_length(id) = 32),
    -- A row is here because its UPI is taken, and then differs_in is set; or because it looks like somebody
    -- else, and then duplicate_of and likeness are.
    differs_in             text[],
    duplicate_of           text,
    likeness               integer,
    at                     bigint NOT NULL,
    source                 text NOT NULL,
    PRIMARY KEY (upi, id),
    CHECK (num_nulls(portrait_media_type, portrait, portrait_source_digest) IN (0, 3)),
    CHECK (num_nonnulls(duplicate_of, likeness) = CASE WHEN differs_in IS NULL THEN 2 ELSE 0 END)
);
CREATE INDEX quarantine_by_id ON quarantine (id);

CREATE TABLE ledger (
    upi             text COLLATE "C" NOT NULL,
    list            integer NOT NULL,
    idx             integer NOT NULL,
    credential_type text NOT NULL,
    holder_key      bytea NOT NULL CHECK (octet_length(holder_key) = 32),
    valid_from      bigint NOT NULL,
    valid_until     bigint NOT NULL,
    status          smallint NOT NULL,
    PRIMARY KEY (upi, list, idx)
);

-- Every status index ever given out, and to whom. The key is what makes reuse impossible: a unique key of the
-- ledger without the UPI could not be spread over machines.
CREATE TABLE slots (
    list integer NOT NULL,
    idx  integer NOT NULL,
    upi  text NOT NULL,
    PRIMARY KEY (list, idx)
);

CREATE TABLE not_valid (
    list   integer NOT NULL,
    idx    integer NOT NULL,
    status smallint NOT NULL,
    PRIMARY KEY (list, idx)
);

CREATE TABLE status_lists (
    list integer PRIMARY KEY,
    size integer NOT NULL,
    used integer NOT NULL CHECK (used <= size)
);

-- Whoever gives out status indices locks the only row: one process after the other.
CREATE TABLE allocation (only_row boolean PRIMARY KEY CHECK (only_row));
INSERT INTO allocation VALUES (true);

CREATE TABLE one_time (
    key     bytea PRIMARY KEY,
    expires bigint NOT NULL
);
CREATE INDEX one_time_by_expiry ON one_time (expires);

CREATE TABLE verifiers (
    id           text COLLATE "C" PRIMARY KEY,
    name         text NOT NULL,
    statement    bytea NOT NULL,
    expires      bigint NOT NULL,
    withdrawn_at bigint
);

CREATE TABLE versions (
    document smallint PRIMARY KEY,
    version  bigint NOT NULL
);

CREATE TABLE publications (
    document smallint PRIMARY KEY,
    version  bigint NOT NULL CHECK (version > 0),
    at       bigint NOT NULL,
    bytes    bytea NOT NULL
);

CREATE TABLE audit (
    number  bigint PRIMARY KEY,
    at      bigint NOT NULL,
    actor   text NOT NULL,
    action  smallint NOT NULL,
    subject text NOT NULL,
    digest  bytea NOT NULL CHECK (octet_length(digest) = 32)
);

-- Where the next event goes: its number, and the digest it follows from. Locked by whoever appends.
CREATE TABLE audit_end (
    only_row boolean PRIMARY KEY CHECK (only_row),
    number   bigint NOT NULL,
    digest   bytea NOT NULL
);
INSERT INTO audit_end VALUES (true, 0, decode(repeat('00', 32), 'hex'));

CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit is appended to, and never altered';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();
