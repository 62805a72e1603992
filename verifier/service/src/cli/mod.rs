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

use clap::{Parser, Subcommand};
use hati_formats::encoding::b64url;
use hati_formats::time::Timestamp;
use hati_program::command::{self, Answer};
use hati_program::system::{clock, random};
use hati_verifier_service::Accepted;

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

pub(crate) fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return command::usage(&error, NO_VERDICT),
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
    // For a program, an error is the one line on standard error.
    if answer.is_ok() || !context.json {
        context.notes.iter().for_each(|note| command::note(note, context.json));
    }
    command::end(answer.map_err(|error| (error.code(), error.to_string())), context.json, NO_VERDICT)
}
