//! What a service keeps: the register, the issuance ledger, one-time values.
