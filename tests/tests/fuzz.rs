//! Every target of `tests/src/fuzz/` with good input, and with mutations of it. `make fuzz` goes further.

use hati_tests::fuzz::{Target, mutate, targets};

/// Mutations of each seed; `make soak` sets more.
fn rounds() -> u64 {
    std::env::var("HATI_FUZZ_ROUNDS").ok().and_then(|it| it.parse().ok()).unwrap_or(2_000)
}

fn survives(target: &Target) {
    for seed in (target.seeds)() {
        (target.run)(&seed);
        // Fewer of what is slow: a picture, a request.
        let rounds =
            if ["picture", "service"].contains(&target.name) { rounds().div_ceil(10) } else { rounds() };
        for number in 0..rounds {
            (target.run)(&mutate(&seed, number));
        }
    }
}

#[test]
fn every_parser_survives_what_is_nearly_good() {
    let targets = targets();
    assert!(targets.iter().all(|target| !(target.seeds)().is_empty()));
    targets.iter().filter(|target| target.name != "service").for_each(survives);
}

#[test]
fn the_service_answers_whatever_it_is_asked() {
    targets().iter().filter(|target| target.name == "service").for_each(survives);
}
