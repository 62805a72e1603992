-- Which call admitted or amended somebody last, by its number: what others changed since something was read. Nobody asks
-- for whoever was there before.
ALTER TABLE people ADD COLUMN changed bigint NOT NULL DEFAULT 0;
CREATE INDEX people_by_change ON people (changed) WHERE changed > 0;

-- How many such calls there were. Locked by whoever makes one, from its beginning: so one comes after the other, and what
-- it rests on (nobody else with an identity card, nobody new who is alike) holds until it is done.
CREATE TABLE people_changes (
    only_row boolean PRIMARY KEY CHECK (only_row),
    number   bigint NOT NULL
);
INSERT INTO people_changes VALUES (true, 0);
