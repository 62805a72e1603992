-- When copies end, so that lists let go of what nobody takes any more; and how often a list was changed, so that an edition
-- reads those alone that were. No column that an older program leaves out has a default: one that runs on beside a newer one
-- is refused, where what it writes would else be missed.

ALTER TABLE status_lists ADD COLUMN valid_until bigint, ADD COLUMN changes bigint NOT NULL DEFAULT 0;
UPDATE status_lists SET valid_until = ends.valid_until
    FROM (SELECT list, max(valid_until) AS valid_until FROM ledger GROUP BY list) AS ends
    WHERE ends.list = status_lists.list;
-- A list that nobody has a copy in.
UPDATE status_lists SET valid_until = -9223372036854775808 WHERE valid_until IS NULL;
ALTER TABLE status_lists ALTER COLUMN valid_until SET NOT NULL;

ALTER TABLE not_valid ADD COLUMN valid_until bigint;
UPDATE not_valid SET valid_until = ledger.valid_until FROM ledger
    WHERE ledger.list = not_valid.list AND ledger.idx = not_valid.idx AND ledger.status <> 0;
DELETE FROM not_valid WHERE valid_until IS NULL;
ALTER TABLE not_valid ALTER COLUMN valid_until SET NOT NULL;
CREATE INDEX not_valid_by_end ON not_valid (valid_until);
