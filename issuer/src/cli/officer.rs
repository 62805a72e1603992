//! `hati-issuer officer`: accounts of officers.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};
use hati_formats::qr::image::{Code, Level};
use hati_formats::time::Timestamp;
use hati_issuer::home::Home;
use hati_issuer::officers::{Accounts, Enrolment, SEALING};
use hati_store::Role;
use serde_json::json;

use super::{Answer, Context, Failure, actor, open_home, random, secrets};

/// Make and change the accounts of officers
#[derive(clap::Args)]
#[command(after_help = "Example:
  hati-issuer officer add --dir issuer --name wanjiku --roles registering,issuing
  hati-issuer officer list --dir issuer
  hati-issuer officer reset --dir issuer --name wanjiku    # a lost phone, a forgotten password, a lock

The password comes from HATI_OFFICER_PASSWORD, or is typed. The second factor is shown once, as a code for an
authenticator app. A store in a folder is one program's: stop the service first, or keep everything in PostgreSQL. Beside a running service an \
administrator unlocks an account and renews a second factor with POST /admin/v1/officers/NAME/unlock and /second-factor.")]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make an account
    #[command(after_help = "Example:
  hati-issuer officer add --dir issuer --name wanjiku --roles registering,issuing")]
    Add {
        #[command(flatten)]
        who: Who,
        #[command(flatten)]
        roles: Roles,
    },
    /// Show every account
    #[command(after_help = "Example:\n  hati-issuer officer list --dir issuer")]
    List {
        /// The issuer's folder
        #[arg(long)]
        dir: PathBuf,
    },
    /// Give an account other roles
    #[command(after_help = "Example:
  hati-issuer officer set-roles --dir issuer --name wanjiku --roles auditing")]
    SetRoles {
        #[command(flatten)]
        who: Who,
        #[command(flatten)]
        roles: Roles,
    },
    /// Give an account another password and second factor, and open it again
    #[command(after_help = "Example:\n  hati-issuer officer reset --dir issuer --name wanjiku")]
    Reset(Who),
    /// Close an account
    #[command(after_help = "Example:\n  hati-issuer officer close --dir issuer --name wanjiku")]
    Close(Who),
}

#[derive(clap::Args)]
struct Who {
    /// The issuer's folder
    #[arg(long)]
    dir: PathBuf,
    /// The officer's name: small letters, digits, dots and hyphens
    #[arg(long)]
    name: String,
}

#[derive(clap::Args)]
struct Roles {
    /// What the officer may do, with commas
    #[arg(long, value_enum, value_delimiter = ',', required = true)]
    roles: Vec<RoleName>,
}

#[derive(Clone, Copy, ValueEnum)]
enum RoleName {
    /// Search the register, decide on quarantine and corrections
    Registering,
    /// Issue and offer credentials
    Issuing,
    /// Revoke, suspend and reinstate
    Revoking,
    /// Read the audit
    Auditing,
    /// Register verifiers, look at accounts
    Administering,
}

impl Args {
    pub(super) fn run(self, context: &Context) -> Result<Answer, Failure> {
        let by = actor();
        let by = (&by, context.now);
        match self.command {
            Command::Add { who, roles } => {
                let password = secrets::officer_password()?;
                let home = open_home(&who.dir)?;
                let (seal, roles) = (home.keys.sectors.derive(SEALING), roles.read());
                let as_whom = (who.name.as_str(), password.as_str());
                let made =
                    accounts(&home, &seal).add(as_whom, &roles, home.config.names().0, by, &mut random()?)?;
                enrolled(&who.name, "is an officer", &made)
            }
            Command::Reset(who) => {
                let password = secrets::officer_password()?;
                let home = open_home(&who.dir)?;
                let seal = home.keys.sectors.derive(SEALING);
                let as_whom = (who.name.as_str(), password.as_str());
                let made =
                    accounts(&home, &seal).reset(as_whom, home.config.names().0, by, &mut random()?)?;
                enrolled(&who.name, "has another password and second factor", &made)
            }
            Command::SetRoles { who, roles } => {
                let home = open_home(&who.dir)?;
                let (seal, roles) = (home.keys.sectors.derive(SEALING), roles.read());
                accounts(&home, &seal).set_roles(&who.name, &roles, by.0, by.1)?;
                let names = names(&roles);
                let text = format!("{} may do this from now on: {}", who.name, names.join(", "));
                Ok(Answer::done(text, json!({ "name": who.name, "roles": names })))
            }
            Command::Close(who) => {
                let home = open_home(&who.dir)?;
                let seal = home.keys.sectors.derive(SEALING);
                accounts(&home, &seal).close(&who.name, by.0, by.1)?;
                let text = format!("The account of {} is closed, and its sessions are ended", who.name);
                Ok(Answer::done(text, json!({ "name": who.name, "closed": true })))
            }
            Command::List { dir } => list(&open_home(&dir)?, context.now),
        }
    }
}

fn accounts<'a>(home: &'a Home, seal: &'a [u8; 32]) -> Accounts<'a> {
    Accounts { store: &*home.store, seal }
}

fn enrolled(name: &str, what: &str, enrolment: &Enrolment) -> Result<Answer, Failure> {
    let uri = enrolment.uri.as_str();
    let code = Code::new(uri, Level::L)?.terminal();
    let text = format!(
        "{name} {what}. Scan this with the authenticator app; it is not shown again\n\n{code}\n{uri}"
    );
    Ok(Answer::done(text, json!({ "name": name, "otpauth": uri })))
}

fn list(home: &Home, now: Timestamp) -> Result<Answer, Failure> {
    let officers = home.store.officers()?;
    let state = |closed: bool, locked_until: i64| match (closed, locked_until > now.seconds()) {
        (true, _) => "closed",
        (false, true) => "locked",
        (false, false) => "open",
    };
    let mut lines = vec![format!("{} officers", officers.len())];
    lines.extend(officers.iter().map(|it| {
        format!("  {:<24} {:<7} {}", it.name, state(it.closed, it.locked_until), names(&it.roles).join(", "))
    }));
    let list = officers.iter().map(|it| {
        json!({ "name": it.name, "state": state(it.closed, it.locked_until), "roles": names(&it.roles) })
    });
    Ok(Answer::done(lines.join("\n"), json!({ "officers": list.collect::<Vec<_>>() })))
}

fn names(roles: &[Role]) -> Vec<&'static str> {
    roles.iter().map(|role| role.name()).collect()
}

impl Roles {
    fn read(&self) -> Vec<Role> {
        let role = |name: &RoleName| match name {
            RoleName::Registering => Role::Registering,
            RoleName::Issuing => Role::Issuing,
            RoleName::Revoking => Role::Revoking,
            RoleName::Auditing => Role::Auditing,
            RoleName::Administering => Role::Administering,
        };
        self.roles.iter().map(role).collect()
    }
}
