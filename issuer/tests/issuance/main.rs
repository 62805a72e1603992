//! From a record in a store to credentials that a verifier takes.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests, which clippy.toml allows in test functions alone"
)]

mod pool;
mod refusals;
mod verified;

use std::path::Path;

use hati_formats::credential::Format;
use hati_formats::data_integrity::Cryptosuite;
use hati_formats::keys::{Algorithm, SoftwareKey};
use hati_formats::time::{Date, Timestamp};
use hati_issuer::actor::Actor;
use hati_issuer::config::Config;
use hati_issuer::issuance::{HolderKeys, Issuance, IssuanceError, Order};
use hati_issuer::keys::{Keys, NewKeys};
use hati_issuer::types::Types;
use hati_protocol::issued::IssuedCredentials;
use hati_store::{Action, Event, MemoryStore, Person, Portrait, Register, Sex};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use serde_json::json;

const URL: &str = "https://id.example.go.ke";
const NOW: &str = "2026-11-22T09:30:17Z";
const UPI: &str = "20480163920017";

/// An issuer with an empty register.
struct Office {
    store: MemoryStore,
    config: Config,
    keys: Keys,
    types: Types,
    rng: ChaCha20Rng,
}

impl Office {
    fn new(algorithm: Algorithm) -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let keys = Keys::from(NewKeys::generate(algorithm, &mut rng));
        let config = Config::new(URL, "Registration Bureau", "Idara ya Usajili").unwrap();
        let types = Types::load(Path::new("no folder")).unwrap();
        Self { store: MemoryStore::default(), config, keys, types, rng }
    }

    /// An issuer whose register has one person.
    fn with(algorithm: Algorithm, person: &Person) -> Self {
        let office = Self::new(algorithm);
        let event = Event::new(0, "test", Action::Imported, "people.csv");
        office.store.admit(std::slice::from_ref(person), &[], &event).unwrap();
        office
    }

    fn issue(
        &mut self,
        type_id: &str,
        format: Format,
        keys: &HolderKeys,
    ) -> Result<IssuedCredentials, IssuanceError> {
        self.issue_at(NOW, type_id, (format, Cryptosuite::default()), keys)
    }

    fn issue_at(
        &mut self,
        now: &str,
        type_id: &str,
        (format, cryptosuite): (Format, Cryptosuite),
        keys: &HolderKeys,
    ) -> Result<IssuedCredentials, IssuanceError> {
        let issuance = Issuance {
            store: &self.store,
            config: &self.config,
            key: self.keys.issuer.public(),
            sectors: &self.keys.sectors,
        };
        let order = Order {
            upi: UPI,
            credential_type: self.types.get(type_id).unwrap(),
            format,
            cryptosuite,
            holder_keys: keys,
            actor: &Actor::officer("wanjiku"),
            once: &[],
            grant: None,
            pace: None,
            now: Timestamp::parse_rfc3339(now).unwrap(),
        };
        let batch = issuance.prepare(&order, &mut self.rng)?;
        let copies = batch.unsigned().iter();
        let signatures = self.keys.issuer.sign_all(copies.map(|copy| copy.signing_input())).unwrap();
        batch.finish(&signatures)
    }
}

fn person() -> Person {
    Person {
        upi: UPI.into(),
        id_number: Some("31415926".into()),
        given_name: "Wanjirũ Nyambura".into(),
        family_name: "Kamau-Otieno".into(),
        birthdate: Date::parse("1990-02-28").unwrap().days(),
        sex: Sex::Female,
        nationalities: vec!["KE".into()],
        county: "Turkana".into(),
        locality: "Lodwar".into(),
        country: "KE".into(),
        phone: None,
        portrait: Some(Portrait {
            media_type: "image/webp".into(),
            bytes: vec![7; 1000],
            source_digest: [0; 32],
        }),
    }
}

/// Keys of both algorithms in turn.
fn holder_keys(count: u8) -> HolderKeys {
    let jwks: Vec<_> = (1..=count)
        .map(|seed| {
            let algorithm = if seed % 2 == 0 { Algorithm::EdDsa } else { Algorithm::Es256 };
            SoftwareKey::from_secret_bytes(algorithm, &[seed; 32]).unwrap().public().to_jwk()
        })
        .collect();
    HolderKeys::parse(json!({ "keys": jwks }).to_string().as_bytes()).unwrap()
}
