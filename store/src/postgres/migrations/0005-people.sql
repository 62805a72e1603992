-- What people are found by: for each person, texts of all their names, each beginning with another two of them
-- (store/src/names.rs). The program makes them, also for whoever is in the register already.
CREATE TABLE people_names (
    key text COLLATE "C" NOT NULL,
    upi text COLLATE "C" NOT NULL,
    PRIMARY KEY (key, upi)
);
DROP INDEX people_by_name;

-- What was decided on a quarantined row and why: about a person, so it is no part of the audit, which names it.
CREATE TABLE decisions (
    upi      text COLLATE "C" NOT NULL,
    id       bytea NOT NULL CHECK (octet_length(id) = 16),
    row_id   bytea NOT NULL CHECK (octet_length(row_id) = 32),
    decision text NOT NULL,
    reason   text NOT NULL,
    officer  text NOT NULL,
    at       bigint NOT NULL,
    PRIMARY KEY (upi, id)
);
