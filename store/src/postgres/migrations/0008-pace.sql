-- When all copies of a type that a person may have at once are free again (store/src/pace.rs). Not a column of people, whose
-- rows hold a portrait and would be written anew for each copy.
CREATE TABLE paces (
    upi             text COLLATE "C" NOT NULL,
    credential_type text COLLATE "C" NOT NULL,
    free_at         bigint NOT NULL,
    PRIMARY KEY (upi, credential_type)
);
