//! What the processor and the disk do at best.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use ed25519_dalek::{Signer, SigningKey};
use hati_formats::keys::{Algorithm, SoftwareKey};

const SPELL: Duration = Duration::from_secs(2);

/// Raw signatures a second, of as many bytes as are signed of a `maisha-id`: its header and payload, without its
/// disclosures. On every processor at once, as the issuer signs.
pub(crate) struct Signatures {
    /// By the library that the issuer signs with.
    pub(crate) ours: Rate,
    /// By ed25519-dalek, as it comes.
    pub(crate) dalek: Rate,
}

/// How often something was done.
#[derive(Clone, Copy)]
pub(crate) struct Rate {
    /// A second of the clock, on all processors together.
    pub(crate) clock: f64,
    /// A second of a processor's time: what others do on the same machine counts less.
    pub(crate) processor: f64,
}

pub(crate) fn signatures() -> Signatures {
    let message = vec![1; 1300];
    let ours = SoftwareKey::from_secret_bytes(Algorithm::EdDsa, &[7; 32]).unwrap();
    let dalek = SigningKey::from_bytes(&[7; 32]);
    Signatures {
        ours: on_every_processor(|| {
            std::hint::black_box(ours.sign(&message));
        }),
        dalek: on_every_processor(|| {
            std::hint::black_box(dalek.sign(&message));
        }),
    }
}

/// Writes a second, each of which is on disk before the next.
pub(crate) fn syncs(folder: &Path) -> f64 {
    let mut file = File::create(folder.join("syncs")).unwrap();
    rate(&mut || {
        file.write_all(&[1; 8192]).unwrap();
        file.sync_data().unwrap();
    })
}

fn on_every_processor(work: impl Fn() + Sync) -> Rate {
    let processors = std::thread::available_parallelism().unwrap().get();
    let rates: Vec<Rate> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..processors)
            .map(|_| {
                scope.spawn(|| {
                    let before = of_this_thread();
                    let clock = rate(&mut &work);
                    let took = of_this_thread() - before;
                    Rate { clock, processor: clock * SPELL.as_secs_f64() / took.as_secs_f64() }
                })
            })
            .collect();
        threads.into_iter().map(|it| it.join().unwrap()).collect()
    });
    let sum = |of: fn(&Rate) -> f64| rates.iter().map(of).sum::<f64>();
    Rate { clock: sum(|it| it.clock), processor: sum(|it| it.processor) / processors as f64 }
}

fn rate(work: &mut impl FnMut()) -> f64 {
    let start = Instant::now();
    let mut done = 0;
    while start.elapsed() < SPELL {
        work();
        done += 1;
    }
    f64::from(done) / start.elapsed().as_secs_f64()
}

/// Processor time of this thread (proc(5), `schedstat`).
fn of_this_thread() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    Duration::from_nanos(text.split(' ').next().unwrap().parse().unwrap())
}

/// Processor time of the processes that this one started and waited for (proc(5), fields 16 and 17 of `stat`, in
/// hundredths of a second).
pub(crate) fn of_children() -> Duration {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap();
    // The second field is in brackets and may have spaces.
    let fields: Vec<_> = text.rsplit(')').next().unwrap().split_whitespace().collect();
    let ticks: u64 = fields[13..15].iter().map(|field| field.parse::<u64>().unwrap()).sum();
    Duration::from_millis(ticks * 10)
}
