//! Commands, what they have in common, and how they answer: text for people, `--json` for programs.

mod import;
mod init;
mod sample;

use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::{Parser, Subcommand};
use hati_formats::time::Timestamp;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

type Failure = Box<dyn std::error::Error>;

/// The issuer of Hati, an offline digital ID.
#[derive(Parser)]
#[command(name = "hati-issuer", version, after_help = EXAMPLE)]
struct Cli {
    /// Answer in JSON, on one line; errors too, on standard error
    #[arg(long, global = true)]
    json: bool,
    /// Act as if it were this time (RFC 3339), for tests and demonstrations
    #[arg(long, global = true, value_name = "TIME", value_parser = Timestamp::parse_rfc3339)]
    now: Option<Timestamp>,
    #[command(subcommand)]
    command: Command,
}

const EXAMPLE: &str = "Example: an issuer with 10,000 invented people
  hati-issuer init --dir issuer --issuer-url https://id.example.go.ke
  hati-issuer sample-register --people 10000 --seed 1 --out people.csv
  hati-issuer import --dir issuer people.csv";

#[derive(Subcommand)]
enum Command {
    Init(init::Args),
    SampleRegister(sample::Args),
    Import(import::Args),
}

/// What every command is given.
struct Context {
    now: Timestamp,
    json: bool,
}

/// What a command has to say.
struct Answer {
    text: String,
    json: serde_json::Value,
}

pub(crate) fn run() -> ExitCode {
    let cli = Cli::parse();
    let json = cli.json;
    let now = cli.now.unwrap_or_else(clock);
    let context = Context { now, json };
    let answer = match cli.command {
        Command::Init(args) => args.run(&context),
        Command::SampleRegister(args) => args.run(),
        Command::Import(args) => args.run(&context),
    };
    match answer {
        Ok(answer) if json => println!("{}", answer.json),
        Ok(answer) => println!("{}", answer.text),
        Err(error) => {
            let text = error.to_string();
            if json {
                eprintln!("{}", serde_json::json!({ "error": text }));
            } else {
                eprintln!("error: {text}");
            }
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

/// The system's clock; one before 1970 counts as 1970.
fn clock() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_seconds(i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}

/// A generator seeded by the system.
fn random() -> Result<ChaCha20Rng, Failure> {
    let failed = |error| format!("the system gives no randomness ({error}). Nothing was done: try again");
    Ok(ChaCha20Rng::try_from_rng(&mut getrandom::SysRng).map_err(failed)?)
}

/// Who is at work, for the audit.
fn actor() -> String {
    std::env::var("USER").unwrap_or_else(|_| "command line".to_owned())
}
