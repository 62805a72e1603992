-- What is withheld from a person, rows that were dismissed, and two more reasons why a row waits.

-- Types are withheld that are not among these, or where withheld_others is false, those that are.
ALTER TABLE people ADD COLUMN withheld_others boolean NOT NULL DEFAULT false,
    ADD COLUMN withheld_except text[] NOT NULL DEFAULT '{}';

-- The same row never waits again.
CREATE TABLE dismissed (
    upi text COLLATE "C" NOT NULL,
    id  bytea NOT NULL CHECK (octet_length(id) = 32),
    PRIMARY KEY (upi, id)
);

-- A row is here because its UPI is taken, and then differs_in is set; because another row of its UPI waits, and then
-- is_behind is true besides; because it looks like somebody else, and then duplicate_of and likeness are set; or because
-- somebody else has its identity card, and then duplicate_of alone is.
ALTER TABLE quarantine ADD COLUMN is_behind boolean NOT NULL DEFAULT false;
ALTER TABLE quarantine DROP CONSTRAINT quarantine_check1, ADD CONSTRAINT quarantine_reason CHECK (
    CASE WHEN differs_in IS NULL THEN duplicate_of IS NOT NULL AND NOT is_behind
    ELSE num_nonnulls(duplicate_of, likeness) = 0 END
);
