//! Measuring several things in one run: by criterion one after the other, and for the table in turns, because a
//! machine that is slow for a moment is then slow for all of them and their ratios stay true.

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::Criterion;

/// Rounds in which every case has its turn.
const ROUNDS: usize = 101;
/// How long one turn takes, about. With 2 ms the caches and branch predictors that the processes of peers leave behind
/// weighed on whoever runs the most code.
const TURN: Duration = Duration::from_millis(10);

/// Something to measure.
pub(crate) struct Case<'c> {
    name: String,
    /// The nanoseconds that so many times take.
    run: Box<dyn FnMut(u64) -> u64 + 'c>,
}

impl<'c> Case<'c> {
    /// A function of this process.
    pub(crate) fn new<T>(name: impl Into<String>, mut function: impl FnMut() -> T + 'c) -> Self {
        Self::timed(name, move |times| {
            let start = Instant::now();
            for _ in 0..times {
                black_box(function());
            }
            nanoseconds(start.elapsed())
        })
    }

    /// Something that measures itself.
    pub(crate) fn timed(name: impl Into<String>, run: impl FnMut(u64) -> u64 + 'c) -> Self {
        Self { name: name.into(), run: Box::new(run) }
    }
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).expect("a benchmark takes less than centuries")
}

/// Measures `cases` and prints how many times the first each takes. `limit` is for the second.
pub(crate) fn compare(c: &mut Criterion, title: &str, limit: f64, mut cases: Vec<Case<'_>>) {
    let mut group = c.benchmark_group(title);
    group.sample_size(20).warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(1));
    for case in &mut cases {
        group.bench_function(&case.name, |b| b.iter_custom(|times| Duration::from_nanos((case.run)(times))));
    }
    group.finish();
    // `cargo test --benches` starts benchmarks too, without this argument: there is nothing to test here.
    if std::env::args().any(|argument| argument == "--bench") {
        print_table(title, limit, &mut cases);
    }
}

fn print_table(title: &str, limit: f64, cases: &mut [Case<'_>]) {
    let rounds = in_turns(cases);
    println!("\n| {title} | µs | best round | times the first | limit |\n|---|---|---|---|---|");
    for (at, (case, own)) in cases.iter().zip(&rounds).enumerate() {
        let ratios = own.iter().zip(&rounds[0]).map(|(own, first)| own / first).collect();
        let best = own.iter().copied().fold(f64::MAX, f64::min);
        let limit = if at == 1 { limit.to_string() } else { String::new() };
        let (median, ratio) = (median(own.clone()), median(ratios));
        println!("| {} | {median:.1} | {best:.1} | {ratio:.2} | {limit} |", case.name);
    }
    println!();
}

/// The microseconds of every round, for every case.
fn in_turns(cases: &mut [Case<'_>]) -> Vec<Vec<f64>> {
    let warm_up = 50;
    let times: Vec<u64> = cases
        .iter_mut()
        .map(|case| (nanoseconds(TURN) / ((case.run)(warm_up) / warm_up).max(1)).max(1))
        .collect();
    let mut rounds = vec![Vec::with_capacity(ROUNDS); cases.len()];
    for _ in 0..ROUNDS {
        for ((case, times), measured) in cases.iter_mut().zip(&times).zip(&mut rounds) {
            // Whoever had the turn before has filled the caches.
            (case.run)(times / 3 + 1);
            measured.push((case.run)(*times) as f64 / *times as f64 / 1_000.0);
        }
    }
    rounds
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
