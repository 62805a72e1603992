//! What the processor and the disk do at best.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use hati_formats::keys::{Algorithm, SoftwareKey};

const SPELL: Duration = Duration::from_secs(2);

/// Signatures a second, of as many bytes as are signed of a `maisha-id`: its header and payload, without its disclosures.
pub(crate) fn signatures() -> f64 {
    let key = SoftwareKey::from_secret_bytes(Algorithm::EdDsa, &[7; 32]).unwrap();
    let message = vec![1; 1300];
    rate(|| {
        std::hint::black_box(key.sign(&message));
    })
}

/// Writes a second, each of which is on disk before the next.
pub(crate) fn syncs(folder: &Path) -> f64 {
    let mut file = File::create(folder.join("syncs")).unwrap();
    rate(|| {
        file.write_all(&[1; 8192]).unwrap();
        file.sync_data().unwrap();
    })
}

fn rate(mut work: impl FnMut()) -> f64 {
    let start = Instant::now();
    let mut done = 0;
    while start.elapsed() < SPELL {
        work();
        done += 1;
    }
    f64::from(done) / start.elapsed().as_secs_f64()
}
