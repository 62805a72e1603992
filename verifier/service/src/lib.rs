//! The verifier on a machine: its files, its replay memory, its command line.
