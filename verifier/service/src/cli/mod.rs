//! Commands, what they have in common, and how they answer: text for people, `--json` for programs.

mod check;
mod codes;
mod expand;
mod init;
mod register;
mod request;
mod show;
mod update;

use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::{Parser, Subcommand};
use hati_formats::encoding::b64url;
use hati_formats::time::Timestamp;
use hati_verifier_service::{Accepted, Error, USAGE};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

/// The exit status of whatever gives no verdict: 0, 1 and 2 are verdicts (`spec/verdict.md`).
const NO_VERDICT: u8 = 3;

/// The verifier of Hati, an offline digital ID.
#[derive(Parser)]
#[command(name = "hati-verifier", version, after_help = EXAMPLE)]
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

const EXAMPLE: &str = "Example: a shop asks whether somebody is 18 or over
  hati-verifier init --dir shop
  hati-verifier request --dir shop --bundle bundle.hati --profile merchant-age --out request.png --state pending.json
  hati-verifier check --dir shop --bundle bundle.hati --state pending.json --image photo.jpg

Exit status: 0 done, or accepted; 1 rejected; 2 undetermined; 3 an error or wrong usage, and no verdict";

#[derive(Subcommand)]
enum Command {
    Init(init::Args),
    Register(register::Args),
    Request(request::Args),
    Check(check::Args),
    Update(update::Args),
    Expand(expand::Args),
}

/// What every command is given.
struct Context {
    now: Timestamp,
    json: bool,
    /// What a person should know beside the answer.
    notes: Vec<String>,
}

impl Context {
    /// Tells of a root that a bundle pinned.
    fn note_pinned(&mut self, accepted: &Accepted) {
        if let Some(root) = &accepted.pinned {
            let thumbprint = b64url(&root.thumbprint());
            self.notes.push(format!(
                "no root was pinned, so this bundle's is from now on. Compare its thumbprint with the published one: \
                 {thumbprint}"
            ));
        }
    }
}

/// What a command has to say.
struct Answer {
    text: String,
    json: serde_json::Value,
    status: u8,
}

impl Answer {
    fn done(text: String, json: serde_json::Value) -> Self {
        Self { text, json, status: 0 }
    }
}

pub(crate) fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    let now = cli.now.unwrap_or_else(clock);
    let mut context = Context { now, json: cli.json, notes: Vec::new() };
    let answer = match cli.command {
        Command::Init(args) => args.run(),
        Command::Register(args) => args.run(&context),
        Command::Request(args) => args.run(&mut context),
        Command::Check(args) => args.run(&mut context),
        Command::Update(args) => args.run(&mut context),
        Command::Expand(args) => args.run(&context),
    };
    match answer {
        Ok(answer) => succeed(&answer, &context),
        Err(error) => fail(error.code(), &error.to_string(), &context),
    }
}

fn succeed(answer: &Answer, context: &Context) -> ExitCode {
    for note in &context.notes {
        if context.json {
            anstream::eprintln!("{}", serde_json::json!({ "note": note }));
        } else {
            anstream::eprintln!("note: {note}");
        }
    }
    if context.json {
        anstream::println!("{}", answer.json);
    } else {
        anstream::println!("{}", answer.text);
    }
    ExitCode::from(answer.status)
}

fn fail(code: &str, message: &str, context: &Context) -> ExitCode {
    if context.json {
        let error = serde_json::json!({ "error": { "code": code, "message": message } });
        anstream::eprintln!("{error}");
    } else {
        for note in &context.notes {
            anstream::eprintln!("note: {note}");
        }
        anstream::eprintln!("error: {} ({code})", show::printable(message));
    }
    ExitCode::from(NO_VERDICT)
}

/// Help and version are answers; everything else clap has to say is an error, and not its exit status of 2.
fn usage(error: &clap::Error) -> ExitCode {
    let json = std::env::args_os().any(|argument| argument == "--json");
    if !error.use_stderr() || !json {
        // Nobody is left to tell if this fails.
        let _ = error.print();
        return ExitCode::from(if error.use_stderr() { NO_VERDICT } else { 0 });
    }
    let context = Context { now: clock(), json, notes: Vec::new() };
    fail(USAGE, error.to_string().trim(), &context)
}

/// The system's clock; one before 1970 counts as 1970.
fn clock() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_seconds(i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}

/// A generator seeded by the system.
fn random() -> Result<ChaCha20Rng, Error> {
    ChaCha20Rng::try_from_rng(&mut getrandom::SysRng)
        .map_err(|error| Error::Randomness { reason: error.to_string() })
}
