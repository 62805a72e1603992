//! `hati-verifier`: the verifier's command line.

mod cli;

use std::process::ExitCode;

/// A verdict makes many small allocations, which glibc is slow at.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cli::run()
}
