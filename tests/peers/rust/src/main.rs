//! Reads one JSON command a line, answers one JSON line: `{"ok": …}` or `{"error": "…"}`, as tests/peers/README.md
//! says. The argument names the crate: `sd-jwt-payload` or `sd-jwt-rs`.

mod payload;
mod rs;

use std::error::Error;
use std::io::{BufRead, Write};
use std::time::Instant;

use serde_json::{Value, json};

type Result<T> = std::result::Result<T, Box<dyn Error>>;
/// A command that is ready to run, again and again.
type Run<'c> = Box<dyn FnMut() -> Result<Value> + 'c>;

fn main() -> Result<()> {
    let maker = std::env::args().nth(1).unwrap_or_default();
    let mut out = std::io::stdout();
    for line in std::io::stdin().lock().lines() {
        let answer = answer(&maker, &serde_json::from_str(&line?)?);
        let answer = answer.map_or_else(|e| json!({"error": e.to_string()}), |ok| json!({"ok": ok}));
        writeln!(out, "{answer}")?;
        out.flush()?;
    }
    Ok(())
}

fn answer(maker: &str, command: &Value) -> Result<Value> {
    if command["op"] != "time" {
        return prepare(maker, command)?();
    }
    let times = command["times"].as_u64().ok_or("times")?;
    let mut run = prepare(maker, &command["command"])?;
    let start = Instant::now();
    for _ in 0..times {
        std::hint::black_box(run()?);
    }
    Ok(json!(u64::try_from(start.elapsed().as_nanos())?))
}

/// Keys are read here, so that only what is done for each credential is timed.
fn prepare<'c>(maker: &str, command: &'c Value) -> Result<Run<'c>> {
    match (maker, command["op"].as_str()) {
        ("sd-jwt-payload", Some("issue")) => payload::issue(command),
        ("sd-jwt-payload", Some("verify")) => payload::verify(command),
        ("sd-jwt-rs", Some("issue")) => rs::issue(command),
        ("sd-jwt-rs", Some("verify")) => rs::verify(command),
        _ => Err(format!("{maker} has no {}", command["op"]).into()),
    }
}

fn text<'c>(command: &'c Value, name: &'static str) -> Result<&'c str> {
    command[name].as_str().ok_or_else(|| name.into())
}

/// The paths of a frame, each name behind `separator`, children before their parents.
fn concealed(frame: &Value, prefix: &str, separator: char, out: &mut Vec<String>) {
    for (name, below) in frame.as_object().into_iter().flatten().filter(|(name, _)| *name != "_sd") {
        concealed(below, &format!("{prefix}{separator}{name}"), separator, out);
    }
    let names = frame["_sd"].as_array().into_iter().flatten().filter_map(Value::as_str);
    out.extend(names.map(|name| format!("{prefix}{separator}{name}")));
}
