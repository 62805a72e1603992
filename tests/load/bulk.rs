//! `hati-issuer issue --all`, beside raw signatures.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use hati_formats::keys::{Algorithm, SoftwareKey};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use serde_json::{Value, json};

use crate::issuer::{Issuer, upi};
use crate::limits::{Rate, Signatures, of_children};

/// Prints a line of the table: credentials a second, and what share of raw signatures that is.
pub(crate) fn issue_all(
    program: &Path,
    name: &str,
    issuer: &Issuer,
    people: usize,
    copies: usize,
    raw: &Signatures,
) {
    let folder = tempfile::tempdir().unwrap();
    let [keys, out] = ["keys.jsonl", "out.jsonl"].map(|name| folder.path().join(name));
    std::fs::write(&keys, asked(people, copies)).unwrap();
    let mut command = Command::new(program);
    command.args(["--json", "issue", "--all", "--type", "maisha-id", "--dir"]).arg(issuer.path());
    command.arg("--holder-keys").arg(&keys).arg("--out").arg(&out);
    let (start, before) = (Instant::now(), of_children());
    let output = command.output().expect("build it with: cargo build --release -p hati-issuer");
    let (took, processor) = (start.elapsed().as_secs_f64(), (of_children() - before).as_secs_f64());
    assert!(output.status.success(), "{output:?}");
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    let done = answer["copies"].as_f64().unwrap();
    assert_eq!(done, (people * copies) as f64);
    let bytes = std::fs::metadata(&out).unwrap().len();
    let rate = Rate { clock: done / took, processor: done / processor };
    let share = |raw: &Rate| {
        format!("{:.0} / {:.0} %", 100.0 * rate.clock / raw.clock, 100.0 * rate.processor / raw.processor)
    };
    println!(
        "| {name} | {people} | {done} | {:.0} | {:.1} | {} | {} | {:.0} |",
        rate.clock,
        1e6 / rate.processor,
        share(&raw.dalek),
        share(&raw.ours),
        bytes as f64 / done
    );
}

/// A line for each person, with keys of their own.
fn asked(people: usize, copies: usize) -> String {
    let rng = &mut ChaCha20Rng::seed_from_u64(3);
    let mut text = String::new();
    for number in 0..people {
        let keys: Vec<_> =
            (0..copies).map(|_| SoftwareKey::generate(Algorithm::EdDsa, rng).public().to_jwk()).collect();
        writeln!(text, "{}", json!({ "upi": upi(number), "keys": keys })).unwrap();
    }
    text
}
