//! The issuer: register, issuance, status, trust and bundle.

pub mod register;
