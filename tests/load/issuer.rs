//! An issuer with a register and offers, and its program in a process of its own.

use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use hati_formats::keys::Algorithm;
use hati_issuer::actor::Actor;
use hati_issuer::catalogue::Catalogue;
use hati_issuer::config::Config;
use hati_issuer::grants::offer;
use hati_issuer::home::Home;
use hati_program::system::clock;
use hati_protocol::openid4vci::OfferLink;
use hati_store::{Action, Event, Person, Sex};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use tempfile::TempDir;

pub(crate) const URL: &str = "https://id.example.go.ke";
pub(crate) const CONFIGURATION: &str = "maisha-id.vc-sd-jwt";

/// People admitted in one transaction.
const AT_ONCE: usize = 1_000;

pub(crate) struct Issuer {
    folder: TempDir,
}

impl Issuer {
    pub(crate) fn make(database: Option<&str>, people: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = Config::new(URL, "Issuer", "Mtoaji").unwrap();
        let config = config.with_database(database.map(str::to_owned));
        let rng = &mut ChaCha20Rng::seed_from_u64(1);
        let path = folder.path().join("issuer");
        let home = Home::create(&path, config, Algorithm::EdDsa, clock(), rng).unwrap();
        let all: Vec<_> = (0..people).collect();
        for some in all.chunks(AT_ONCE) {
            let some: Vec<_> = some.iter().map(|number| person(*number)).collect();
            let event = Event::new(clock().seconds(), "load", Action::Imported, "invented");
            home.store.admit(&some, &[], &event).unwrap();
        }
        Self { folder }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("issuer")
    }

    /// Codes of offers, to people all over the register.
    pub(crate) fn offers(&self, count: usize) -> Vec<String> {
        let home = Home::open(&self.path()).unwrap();
        let people = home.store.population().unwrap() as usize;
        let rng = &mut ChaCha20Rng::seed_from_u64(2);
        let catalogue = Catalogue::of(&home).unwrap();
        let configurations = [CONFIGURATION.to_owned()];
        let mut make = |number: usize| {
            let upi = upi(number * (people / count.max(1)).max(1) % people);
            let wanted = offer::Wanted {
                upi: &upi,
                configurations: &configurations,
                tx_code: false,
                actor: &Actor::officer("wanjiku"),
                now: clock(),
            };
            let made = offer::make(&*home.store, &home.config, &catalogue, &wanted, rng).unwrap();
            code(&made.link)
        };
        (0..count).map(&mut make).collect()
    }

    pub(crate) fn serve(&self, program: &Path) -> Running {
        // Free a moment ago.
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        Self::serve_at(program, &self.path(), address)
    }

    /// The folder of another machine of the same issuer.
    pub(crate) fn copy(&self, number: usize) -> PathBuf {
        let copy = self.folder.path().join(format!("issuer-{number}"));
        let copied = Command::new("cp").arg("-r").args([&self.path(), &copy]).status().unwrap();
        assert!(copied.success(), "{copied}");
        copy
    }

    pub(crate) fn serve_at(program: &Path, folder: &Path, address: SocketAddr) -> Running {
        let mut child = Command::new(program)
            .args(["serve", "--dir"])
            .arg(folder)
            .env("HATI_ISSUER_LISTEN", address.to_string())
            .env("HATI_ISSUER_LIMITS_REQUESTS_PER_SECOND", "1000000")
            .env("HATI_ISSUER_LIMITS_BURST", "1000000")
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("build it with: cargo build --release -p hati-issuer");
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let ready = lines.by_ref().map_while(Result::ok).any(|line| line.contains("listening"));
        assert!(ready, "the service does not start");
        // Whatever it says from now on is read, so that it never waits for a reader.
        std::thread::spawn(move || lines.for_each(drop));
        Running { child, address }
    }
}

pub(crate) struct Running {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Running {
    /// As a power cut would.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The code in an offer's link.
fn code(link: &str) -> String {
    let OfferLink::Value(offer) = OfferLink::parse(link).unwrap() else { panic!("{link}") };
    offer.grants.pre_authorized_code.unwrap().pre_authorized_code.as_str().to_owned()
}

pub(crate) fn upi(number: usize) -> String {
    format!("{number:014}")
}

fn person(number: usize) -> Person {
    Person {
        upi: upi(number),
        id_number: Some(format!("{number:08}")),
        given_name: format!("Achieng {number}"),
        family_name: format!("Odhiambo {}", number % 5_000),
        birthdate: (number % 20_000) as i32 - 8_000,
        sex: Sex::Female,
        nationalities: vec!["KE".into()],
        county: "Kisumu".into(),
        locality: "Ahero".into(),
        country: "KE".into(),
        phone: None,
        portrait: None,
    }
}
