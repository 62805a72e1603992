//! The status of 50 million credentials, offline: how large it is beside the entropy bound and its peers,
//! how long it takes to load, and how long a look-up takes.
//!
//! ```text
//! cargo bench -p hati-tests --bench status
//! ```
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a benchmark stops where its own data is wrong"
)]

use std::collections::BTreeSet;
use std::hint::black_box;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use hati_formats::status::compact::{CompactList, Delta};
use hati_formats::status::{Bits, Status, StatusList};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

const CREDENTIALS: u64 = 50_000_000;
const NEW_A_DAY: u64 = 1_400;

/// Parts in a thousand that are not valid.
const ONE_PERCENT: u64 = 10;
const ONE_PER_MILLE: u64 = 1;

/// `count` indices that are not in `taken`.
fn indices(rng: &mut ChaCha20Rng, count: u64, taken: &BTreeSet<u64>) -> BTreeSet<u64> {
    let mut picked = BTreeSet::new();
    while (picked.len() as u64) < count {
        let index = rng.next_u64() % CREDENTIALS;
        if !taken.contains(&index) {
            picked.insert(index);
        }
    }
    picked
}

fn revoked(indices: &BTreeSet<u64>) -> CompactList {
    CompactList::new(CREDENTIALS, indices.iter().map(|index| (*index, Status::Invalid))).expect("a list")
}

/// log2 of the number of ways to choose `k` of `n`, in bytes: what no code can go below on average.
fn entropy_bytes(n: u64, k: u64) -> f64 {
    (1..=k).map(|i| ((n - k + i) as f64 / i as f64).log2()).sum::<f64>() / 8.0
}

/// The list as the Token Status List carries it.
fn zlib(list: &CompactList, bits: Bits) -> usize {
    list.to_status_list(bits).expect("a status list").to_zlib().len()
}

fn line(what: &str, bytes: usize, bound: f64) {
    println!("| {what} | {bytes} | {:.4} |", bytes as f64 / bound);
}

fn sizes() {
    println!("\n{CREDENTIALS} credentials\n\n| what | bytes | times the bound |\n|---|---|---|");
    for parts in [ONE_PERCENT, ONE_PER_MILLE] {
        let mut rng = ChaCha20Rng::seed_from_u64(parts);
        let count = CREDENTIALS * parts / 1_000;
        let before = indices(&mut rng, count, &BTreeSet::new());
        let old = revoked(&before);
        let bound = entropy_bytes(CREDENTIALS, count);
        println!("| **{count} revoked**: entropy bound | {bound:.0} | 1 |");
        line("compact list", old.to_bytes().len(), bound);
        line("zlib-9, 1 bit", zlib(&old, Bits::One), bound);
        line("zlib-9, 2 bits", zlib(&old, Bits::Two), bound);
        line("raw, 1 bit", (CREDENTIALS / 8) as usize, bound);

        let mixed = old
            .non_valid()
            .enumerate()
            .map(|(at, (index, status))| (index, if at % 20 == 0 { Status::Suspended } else { status }));
        let mixed = CompactList::new(CREDENTIALS, mixed).expect("a list");
        let bound = bound + entropy_bytes(count, count / 20);
        line("compact list, 1 in 20 of them suspended", mixed.to_bytes().len(), bound);

        let more = indices(&mut rng, NEW_A_DAY, &before);
        let new = revoked(&before.union(&more).copied().collect());
        let delta = Delta::between(&old, &new).expect("a delta");
        assert_eq!(delta.apply(&old).expect("applies"), new);
        let bound = entropy_bytes(CREDENTIALS - count, NEW_A_DAY);
        println!("| **{NEW_A_DAY} more revoked**: entropy bound | {bound:.0} | 1 |");
        line("delta", delta.to_bytes().len(), bound);
    }
}

fn status(c: &mut Criterion) {
    sizes();
    let mut rng = ChaCha20Rng::seed_from_u64(7);
    let before = indices(&mut rng, CREDENTIALS * ONE_PERCENT / 1_000, &BTreeSet::new());
    let list = revoked(&before);
    let bytes = list.to_bytes();
    let more = indices(&mut rng, NEW_A_DAY, &before);
    let newer = revoked(&before.union(&more).copied().collect());
    let delta = Delta::between(&list, &newer).expect("a delta");
    let bits = list.to_status_list(Bits::Two).expect("a status list");
    let inflated_from = bits.to_zlib();

    let mut group = c.benchmark_group("status of 50 million, 1 % revoked");
    let mut ask = ChaCha20Rng::seed_from_u64(8);
    group.bench_function("look-up, any index", |b| {
        b.iter_batched(
            || ask.next_u64() % CREDENTIALS,
            |index| black_box(&list).get(index),
            BatchSize::SmallInput,
        );
    });
    let revoked: Vec<u64> = before.into_iter().collect();
    group.bench_function("look-up, a revoked index", |b| {
        b.iter_batched(
            || revoked[ask.next_u64() as usize % revoked.len()],
            |index| black_box(&list).get(index),
            BatchSize::SmallInput,
        );
    });
    group.bench_function("look-up in the inflated 12.5 MB", |b| {
        b.iter_batched(
            || ask.next_u64() % CREDENTIALS,
            |index| black_box(&bits).get(index),
            BatchSize::SmallInput,
        );
    });
    group.sample_size(20);
    group.bench_function("load the compact list", |b| b.iter(|| CompactList::from_bytes(black_box(&bytes))));
    group.bench_function("inflate the 2-bit list", |b| {
        b.iter(|| StatusList::from_zlib(Bits::Two, black_box(&inflated_from)));
    });
    group.bench_function("apply a day's delta", |b| b.iter(|| black_box(&delta).apply(&list)));
    group.finish();
}

criterion_group!(benches, status);
criterion_main!(benches);
