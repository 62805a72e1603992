//! The journey by the three commands, as people would walk it: `make demo` prints it, and a test walks it on a
//! smaller register. Everything is a file or a picture; nothing listens on a network.

mod acts;
mod commands;
mod stage;

use std::io::Write;
use std::path::Path;

use crate::country::Result;
pub use commands::Commands;
pub use stage::Stage;

/// How large, and from which seed.
#[derive(Debug, Clone, Copy)]
pub struct Scale {
    /// People in the register.
    pub people: u64,
    /// The seed of their names.
    pub seed: u64,
}

/// Walks the whole journey in `folder`, which must be empty, and tells it to `out`.
///
/// # Errors
/// The first step that does not end as it should.
pub fn walk(commands: Commands, folder: &Path, scale: Scale, out: &mut dyn Write) -> Result<()> {
    let mut stage = Stage::new(commands, folder, out)?;
    acts::register(&mut stage, scale)?;
    let person = acts::choose_person(&stage)?;
    acts::relying_parties(&mut stage)?;
    acts::issue(&mut stage, &person)?;
    acts::proof_of_age(&mut stage)?;
    acts::identity(&mut stage)?;
    acts::border(&mut stage)?;
    acts::single_scan(&mut stage)?;
    acts::over_asking(&mut stage)?;
    acts::revocation(&mut stage, &person)?;
    stage.end()
}
