//! Commands, what they have in common, and how they answer: text for people, `--json` for programs.

mod activation;
mod audit;
mod bundle;
mod error;
mod import;
mod init;
mod issue;
mod keys;
mod offer;
mod officer;
mod progress;
mod sample;
mod secrets;
mod serve;
mod status;
mod trust;
mod verifier;

use std::path::Path;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use hati_formats::time::Timestamp;
use hati_issuer::actor::Actor;
use hati_issuer::home::Home;
use hati_program::command::{self, Answer};
use hati_program::files::{self, Access};
use hati_program::system::{User, clock, random, user};
use hati_store::Change;

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
    Offer(offer::Args),
    Activation(activation::Args),
    /// Make a person's credentials invalid for good, and end what the person's wallets may do
    #[command(after_help = status::REVOKE)]
    Revoke(status::Args),
    /// Make a person's credentials invalid for the time being, and issue no more until then
    #[command(after_help = status::SUSPEND)]
    Suspend(status::Args),
    /// End the suspension of a person's credentials
    #[command(after_help = status::REINSTATE)]
    Reinstate(status::Args),
    RegisterVerifier(verifier::Register),
    WithdrawVerifier(verifier::Withdraw),
    Bundle(bundle::Args),
    Serve(serve::Args),
    Audit(audit::Args),
    Keys(keys::Args),
    Officer(officer::Args),
    Trust(trust::Offline),
    /// Sign the next trust list, with the credential types there are now
    #[command(after_help = trust::TRUST_LIST)]
    TrustList(trust::Args),
    /// Replace the root key by a new one, which signs the next trust list
    #[command(after_help = trust::ROTATE_ROOT)]
    RotateRoot(trust::Args),
}

/// The exit status of a command that was refused.
const FAILED: u8 = 1;
/// The exit status of a command line that cannot be read.
const WRONG_USAGE: u8 = 2;

/// What every command is given.
struct Context {
    now: Timestamp,
    json: bool,
}

pub(crate) fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return command::usage(&error, WRONG_USAGE),
    };
    let json = cli.json;
    let context = Context { now: cli.now.unwrap_or_else(clock), json };
    let answer = match cli.command {
        Command::Init(args) => args.run(&context),
        Command::SampleRegister(args) => args.run(),
        Command::Import(args) => args.run(&context),
        Command::Issue(args) => args.run(&context),
        Command::Offer(args) => args.run(&context),
        Command::Activation(args) => args.run(&context),
        Command::Revoke(args) => args.run(Change::Revoke, &context),
        Command::Suspend(args) => args.run(Change::Suspend, &context),
        Command::Reinstate(args) => args.run(Change::Reinstate, &context),
        Command::RegisterVerifier(args) => args.run(&context),
        Command::WithdrawVerifier(args) => args.run(&context),
        Command::Bundle(args) => args.run(&context),
        Command::Serve(args) => args.run(),
        Command::Audit(args) => args.run(),
        Command::Keys(args) => args.run(&context),
        Command::Officer(args) => args.run(&context),
        Command::Trust(args) => args.run(&context),
        Command::TrustList(args) => args.sign(&context),
        Command::RotateRoot(args) => args.rotate(&context),
    };
    command::end(answer.map_err(|error| (error.code(), error.to_string())), json, FAILED)
}

/// Opens an issuer's folder, with whatever opens its keys.
fn open_home(folder: &Path) -> Result<Home, Failure> {
    secrets::with(|unlock| Ok(Home::open_with(folder, unlock)?))
}

/// A number of copies, in words.
fn copies(count: u64) -> String {
    format!("{count} {}", if count == 1 { "copy" } else { "copies" })
}

/// Reads a file that is at most `max` bytes long.
fn read_file(path: &Path, max: usize) -> Result<Vec<u8>, Failure> {
    files::read(path, max)
        .map_err(unusable(path, "Name a file that is there"))?
        .ok_or_else(|| Failure::TooLong { path: path.to_owned(), expected: max })
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

/// Who is at work, for the audit: whom the system runs this for, whatever the environment says.
fn actor() -> Actor {
    let User { uid, name } = user();
    Actor::Operator { uid, name }
}
