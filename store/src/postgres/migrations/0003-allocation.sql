-- Status indices are given out by all processes at once: the primary key of slots decides.
DROP TABLE allocation;
