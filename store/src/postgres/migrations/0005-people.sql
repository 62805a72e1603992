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
