//! The issuer: register, issuance, status, trust and bundle.
//!
//! - [`register`]: rows of a file become records, or wait for an officer, or are refused with the reason.
//! - [`issuance`]: a record becomes signed credentials, one copy for each holder key, as its [`types`] say.
//! - [`actor`]: who does something, as the audit names them.
//! - [`status`]: credentials are revoked, suspended and reinstated.
//! - [`officers`]: who may do what, and how they show who they are.
//! - [`verifiers`]: who may ask for what.
//! - [`activation`]: the code by which a person signs in from home.
//! - [`publish`]: the bundle, its deltas, and what goes online.
//! - [`chronology`]: that what is signed next comes after what is published.
//! - [`catalogue`]: what can be asked for online.
//! - [`grants`]: offers, codes and tokens.
//! - [`home`]: the folder an issuer lives in: [`config`], [`keys`] and the store.
//! - [`service`]: all of it online.
//! - [`audit`]: that nobody altered what was logged.
//! - [`trust`]: the trust list that names this issuer and its registrar.
//!
//! The command line `hati-issuer` is a thin layer over these.

pub mod activation;
pub mod actor;
pub mod audit;
pub mod catalogue;
pub mod chronology;
pub mod config;
pub mod grants;
mod guesses;
pub mod home;
pub mod issuance;
pub mod keys;
pub mod officers;
pub mod publish;
pub mod register;
pub mod service;
pub mod status;
pub mod trust;
pub mod types;
pub mod verifiers;
