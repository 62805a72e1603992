//! How a long command is watched and stopped.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::serve::told_to_stop;
use super::{Context, Failure};

/// The exit status of a program that was told twice to stop: 128 and the number of SIGINT.
const INTERRUPTED: i32 = 130;

/// Set when Ctrl-C is pressed or a supervisor says so. Said twice, the program ends at once, which loses nothing either.
pub(super) fn stop_when_told() -> Result<Arc<AtomicBool>, Failure> {
    let stop = Arc::new(AtomicBool::new(false));
    let told = stop.clone();
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().build().map_err(|source| Failure::Runtime { source })?;
    std::thread::spawn(move || {
        runtime.block_on(async {
            told_to_stop().await;
            told.store(true, Ordering::Relaxed);
            told_to_stop().await;
        });
        std::process::exit(INTERRUPTED)
    });
    Ok(stop)
}

/// A bar on standard error, where a person can see it.
pub(super) fn progress_bar(bytes: Option<u64>, context: &Context) -> ProgressBar {
    if context.json {
        return ProgressBar::hidden();
    }
    // Draws only on a terminal.
    let bar = ProgressBar::with_draw_target(bytes, ProgressDrawTarget::stderr());
    match ProgressStyle::with_template("{bar:40} {bytes} of {total_bytes}, {eta} left") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
