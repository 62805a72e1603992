//! One target at a time. Built by `make fuzz`, with what libFuzzer counts, it is libFuzzer's own program, and `HATI_FUZZ` names
//! the target. Built as everything else it gives targets the files that libFuzzer found:
//! `cargo run -p hati-tests --bin fuzz -- TARGET FILE…`; without arguments it lists the targets.
#![cfg_attr(fuzzing, no_main)]
#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a program of the tests: what it cannot do ends it"
)]

use hati_tests::fuzz::{Target, targets};

fn target(name: &str) -> Target {
    targets()
        .into_iter()
        .find(|target| target.name == name)
        .expect("the name of a target: call it without one for a list")
}

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    static TARGET: std::sync::LazyLock<Target> =
        std::sync::LazyLock::new(|| target(&std::env::var("HATI_FUZZ").expect("HATI_FUZZ=TARGET")));
    (TARGET.run)(bytes);
});

#[cfg(not(fuzzing))]
fn main() {
    let mut arguments = std::env::args().skip(1);
    let Some(name) = arguments.next() else {
        targets().iter().for_each(|target| println!("{}", target.name));
        return;
    };
    let target = target(&name);
    // What libFuzzer begins with.
    if let Some(folder) = std::env::var_os("HATI_FUZZ_SEEDS") {
        for (number, seed) in (target.seeds)().iter().enumerate() {
            std::fs::write(std::path::Path::new(&folder).join(format!("seed-{number}")), seed)
                .expect("a folder");
        }
    }
    for path in arguments {
        (target.run)(&std::fs::read(path).expect("a file that is there"));
    }
}
