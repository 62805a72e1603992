//! Tests that see all roles: the journey, conformance, hostile input, benchmarks.

pub mod country;
pub mod demo;
pub mod vectors;
