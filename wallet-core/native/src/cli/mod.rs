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

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::{Parser, Subcommand, ValueEnum};
use hati_formats::time::Timestamp;
use hati_wallet::{Error, Vault};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use serde_json::json;

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

/// What a command has to say.
struct Answer {
    text: String,
    json: serde_json::Value,
}

pub(crate) fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
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
    match answer {
        Ok(answer) => {
            let said = if context.json { answer.json.to_string() } else { answer.text };
            // Whoever closed the pipe has read enough.
            let _ = writeln!(std::io::stdout(), "{said}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            complain(error.code(), &error.to_string(), context.json);
            ExitCode::FAILURE
        }
    }
}

fn complain(code: &str, message: &str, as_json: bool) {
    let said = if as_json {
        json!({ "error": { "code": code, "message": message } }).to_string()
    } else {
        format!("error: {message}")
    };
    let _ = writeln!(std::io::stderr(), "{said}");
}

/// What clap says of a command line, or the help that was asked for.
fn usage(error: &clap::Error) -> ExitCode {
    let as_json = std::env::args().any(|argument| argument == "--json");
    if error.use_stderr() && as_json {
        complain("usage", error.to_string().trim(), true);
    } else {
        let _ = error.print();
    }
    u8::try_from(error.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from)
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
