-- How many entries of the audit, from its beginning, had happened before a publication was begun.
ALTER TABLE publications ADD COLUMN entries bigint NOT NULL DEFAULT 0 CHECK (entries >= 0);
