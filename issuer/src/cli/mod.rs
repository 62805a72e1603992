//! Commands, what they have in common, and how they answer: text for people, `--json` for programs.

mod bundle;
mod error;
mod import;
mod init;
mod issue;
mod sample;
mod status;
mod trust;
mod verifier;

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::{Parser, Subcommand};
use hati_formats::time::Timestamp;
use hati_issuer::files::{self, Access};
use hati_store::Change;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

use self::error::Failure;

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
  hati-issuer import --dir issuer people.csv
  hati-issuer issue --dir issuer --upi UPI --type maisha-id --holder-keys keys.json --out maisha-id.json
  hati-issuer bundle --dir issuer --out bundle.hati";

#[derive(Subcommand)]
enum Command {
    Init(init::Args),
    SampleRegister(sample::Args),
    Import(import::Args),
    Issue(issue::Args),
    /// Make a person's credentials invalid for good
    #[command(after_help = status::REVOKE)]
    Revoke(status::Args),
    /// Make a person's credentials invalid for the time being
    #[command(after_help = status::SUSPEND)]
    Suspend(status::Args),
    /// End the suspension of a person's credentials
    #[command(after_help = status::REINSTATE)]
    Reinstate(status::Args),
    RegisterVerifier(verifier::Register),
    WithdrawVerifier(verifier::Withdraw),
    Bundle(bundle::Args),
    /// Sign the next trust list, with the credential types there are now
    #[command(after_help = trust::TRUST_LIST)]
    TrustList(trust::Args),
    /// Replace the root key by a new one, which signs the next trust list
    #[command(after_help = trust::ROTATE_ROOT)]
    RotateRoot(trust::Args),
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
        Command::Issue(args) => args.run(&context),
        Command::Revoke(args) => args.run(Change::Revoke, &context),
        Command::Suspend(args) => args.run(Change::Suspend, &context),
        Command::Reinstate(args) => args.run(Change::Reinstate, &context),
        Command::RegisterVerifier(args) => args.run(&context),
        Command::WithdrawVerifier(args) => args.run(&context),
        Command::Bundle(args) => args.run(&context),
        Command::TrustList(args) => args.sign(&context),
        Command::RotateRoot(args) => args.rotate(&context),
    };
    match answer {
        Ok(answer) if json => println!("{}", answer.json),
        Ok(answer) => println!("{}", answer.text),
        Err(error) => {
            let text = error.to_string();
            if json {
                let error = serde_json::json!({ "code": error.code(), "message": text });
                eprintln!("{}", serde_json::json!({ "error": error }));
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
    ChaCha20Rng::try_from_rng(&mut getrandom::SysRng)
        .map_err(|error| Failure::Randomness { reason: error.to_string() })
}

/// A number of copies, in words.
fn copies(count: u64) -> String {
    format!("{count} {}", if count == 1 { "copy" } else { "copies" })
}

/// Reads a file that is at most `max` bytes long.
fn read_file(path: &Path, max: u64) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(max + 1).read_to_end(&mut bytes))
        .map_err(unusable(path, "Name a file that is there"))?;
    if bytes.len() as u64 > max {
        return Err(Failure::TooLong { path: path.to_owned(), expected: max });
    }
    Ok(bytes)
}

/// Writes a file, whole or not at all.
fn write_file(path: &Path, bytes: &[u8], access: Access) -> Result<(), Failure> {
    files::replace(path, bytes, access).map_err(unusable(path, CHECK_FOLDER))
}

const CHECK_FOLDER: &str = "Check that its folder is there and yours to write";

/// The error of a file that the system refuses.
fn unusable(path: &Path, advice: &'static str) -> impl FnOnce(std::io::Error) -> Failure + use<> {
    let path = path.to_owned();
    move |source| Failure::File { path, source, advice }
}

/// Who is at work, for the audit.
fn actor() -> String {
    std::env::var("USER").unwrap_or_else(|_| "command line".to_owned())
}
