//! The verifier: every check, and the verdict. Pure.
