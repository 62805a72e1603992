//! The issuer: register, issuance, status, trust and bundle.
//!
//! - [`register`]: rows of a file become records, or wait for an officer, or are refused with the reason.
//! - [`home`]: the folder an issuer lives in: [`config`], [`keys`] and the store.
//! - [`trust`]: the trust list that names this issuer and its registrar.
//!
//! The command line `hati-issuer` is a thin layer over these.

pub mod config;
pub mod home;
pub mod keys;
pub mod register;
pub mod trust;
