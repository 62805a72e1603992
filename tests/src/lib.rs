//! Tests that see all roles: the journey, conformance, hostile input, benchmarks.

pub mod camera;
pub mod country;
pub mod decoders;
pub mod demo;
pub mod fuzz;
pub mod vectors;
