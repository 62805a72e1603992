-- What the issuer's service keeps: how a record stands, tickets, officers, requests for corrections, feeds.

ALTER TABLE people ADD COLUMN revision bigint NOT NULL DEFAULT 0, ADD COLUMN died integer;
CREATE INDEX people_by_phone ON people (phone);
-- Small letters by Unicode's rules, as the program makes them, whatever the server's locale.
CREATE INDEX people_by_name ON people
    (lower((family_name || ' ' || given_name) COLLATE "und-x-icu") COLLATE "C", upi);

-- The id is a digest, so it spreads over machines by itself. Whose it is may not be known yet.
CREATE TABLE tickets (
    id      bytea PRIMARY KEY CHECK (octet_length(id) = 32),
    kind    smallint NOT NULL,
    owner   text NOT NULL,
    value   bytea NOT NULL,
    expires bigint NOT NULL
);
CREATE INDEX tickets_by_owner ON tickets (owner);
CREATE INDEX tickets_by_expiry ON tickets (expires);

CREATE TABLE officers (
    name          text COLLATE "C" PRIMARY KEY,
    roles         smallint[] NOT NULL,
    password      text NOT NULL,
    second_factor bytea NOT NULL,
    last_step     bigint NOT NULL,
    failures      integer NOT NULL,
    locked_until  bigint NOT NULL,
    closed        boolean NOT NULL
);

CREATE TABLE corrections (
    upi      text COLLATE "C" NOT NULL,
    id       bytea NOT NULL CHECK (octet_length(id) = 16),
    claim    text NOT NULL,
    wanted   text NOT NULL,
    evidence text NOT NULL,
    at       bigint NOT NULL,
    -- All of these together, once an officer has answered.
    granted  boolean,
    reason   text,
    officer  text,
    answered bigint,
    PRIMARY KEY (upi, id),
    CHECK (num_nulls(granted, reason, officer, answered) IN (0, 4))
);
CREATE INDEX corrections_by_id ON corrections (id);
CREATE INDEX corrections_open ON corrections (id) WHERE granted IS NULL;

CREATE TABLE feeds (
    feed     text PRIMARY KEY,
    sequence bigint NOT NULL,
    digest   bytea NOT NULL CHECK (octet_length(digest) = 32)
);
