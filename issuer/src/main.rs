//! `hati-issuer`: the issuer's command line.

mod cli;

use std::process::ExitCode;

/// Pages of the store come and go all the time an import runs, which takes glibc's allocator a third of it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cli::run()
}
