//! Commands, what they have in common, and how they answer: text for people, `--json` for programs.

mod add;
mod answer;
mod change_pin;
mod codes;
mod credentials;
mod history;
mod init;
mod keys;
mod list;
mod request;
mod show;
mod show_code;
mod terminal;
mod trust;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};
use hati_formats::time::Timestamp;
use hati_program::command::{self, Answer};
use hati_program::system::{clock, random};
use hati_wallet::{Error, Vault};

/// The wallet of Hati, an offline digital ID.
#[derive(Parser)]
#[command(name = "hati-wallet", version, after_help = EXAMPLE)]
struct Cli {
    /// The vault's folder
    #[arg(long, value_name = "V")]
    vault: PathBuf,
    /// Answer in JSON, on one line; errors too, on standard error
    #[arg(long, global = true)]
    json: bool,
    /// Act as if it were this time (RFC 3339), for tests and demonstrations
    #[arg(long, global = true, value_name = "TIME", value_parser = Timestamp::parse_rfc3339)]
    now: Option<Timestamp>,
    /// The language of labels and names
    #[arg(long, global = true, value_enum, default_value_t = Lang::En)]
    lang: Lang,
    #[command(subcommand)]
    command: Command,
}

/// Names another place for the device secret.
const SECRET: &str = "HATI_DEVICE_SECRET";

const EXAMPLE: &str = "Example: from an empty folder to an answer
  hati-wallet --vault V init --root root.jwk
  hati-wallet --vault V trust bundle.hati
  hati-wallet --vault V keys --count 10 --out keys.json      (for hati-issuer issue --holder-keys)
  hati-wallet --vault V add maisha-id.json                   (what hati-issuer issued)
  hati-wallet --vault V answer request.png --out answer.png

The PIN is asked for at the terminal. Scripts give it in HATI_PIN.
The device secret lies beside the folder, in V.device, or where HATI_DEVICE_SECRET says. Copy it nowhere: with
it and the folder, PINs can be tried.
Exit status: 0 done; 1 refused; 2 wrong usage";

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Lang {
    /// English
    En,
    /// Swahili
    Sw,
}

impl Lang {
    const fn id(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Sw => "sw",
        }
    }
}

#[derive(Subcommand)]
enum Command {
    Init(init::Args),
    Trust(trust::Args),
    Keys(keys::Args),
    Add(add::Args),
    List(list::Args),
    Show(show::Args),
    Answer(answer::Args),
    ShowCode(show_code::Args),
    History(history::Args),
    ChangePin(change_pin::Args),
}

/// What every command is given.
struct Context {
    folder: PathBuf,
    /// The file of the device secret.
    secret: PathBuf,
    now: Option<Timestamp>,
    json: bool,
    lang: Lang,
}

impl Context {
    /// The time now, which moves on while the holder thinks.
    fn now(&self) -> Timestamp {
        self.now.unwrap_or_else(clock)
    }

    fn open(&self) -> Result<Vault, Error> {
        Vault::open(&self.folder, &self.secret, &terminal::pin()?)
    }
}

/// The exit status of a command that was refused.
const REFUSED: u8 = 1;
/// The exit status of a command line that cannot be read.
const WRONG_USAGE: u8 = 2;

pub(crate) fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return command::usage(&error, WRONG_USAGE),
    };
    let secret = std::env::var_os(SECRET).map_or_else(|| Vault::secret_beside(&cli.vault), PathBuf::from);
    let context = Context { folder: cli.vault, secret, now: cli.now, json: cli.json, lang: cli.lang };
    let answer = match cli.command {
        Command::Init(args) => args.run(&context),
        Command::Trust(args) => args.run(&context),
        Command::Keys(args) => args.run(&context),
        Command::Add(args) => args.run(&context),
        Command::List(args) => args.run(&context),
        Command::Show(args) => args.run(&context),
        Command::Answer(args) => args.run(&context),
        Command::ShowCode(args) => args.run(&context),
        Command::History(args) => args.run(&context),
        Command::ChangePin(args) => args.run(&context),
    };
    command::end(answer.map_err(|error| (error.code(), error.to_string())), context.json, REFUSED)
}
