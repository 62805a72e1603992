//! The path, step by step, in its order: register record -> credential -> wallet -> presentation -> QR -> verdict.
//! Real pictures, no network, no clock; keys and randomness are fixed.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that panics has failed")]

use std::path::Path;

use hati_formats::credential::{CredentialType, Format};
use hati_formats::data_integrity::Cryptosuite;
use hati_formats::keys::{Algorithm, SoftwareKey};
use hati_formats::qr::image::{self, Level};
use hati_formats::qr::request::Nonce;
use hati_formats::qr::text::{self, Kind};
use hati_formats::status::Status;
use hati_formats::status::compact::CompactList;
use hati_formats::trust::audience;
use hati_issuer::actor::Actor;
use hati_issuer::config::Config;
use hati_issuer::issuance::{HolderKeys, Issuance, Order};
use hati_issuer::keys::{Keys, NewKeys};
use hati_issuer::register::{self, Import, Rules};
use hati_protocol::exchange::{PendingRequest, RequestProfile};
use hati_protocol::issued::IssuedCredentials;
use hati_store::{Change, Ledger, MemoryStore, Register};
use hati_tests::country::{Country, ISSUER, at, key, signed};
use hati_verifier::{Expected, MemoryReplay, Outcome, Policy, Question, Reason, Trust, Verdict, check, scan};
use hati_wallet_core::Wallet;
use hati_wallet_core::pool::Reuse;
use hati_wallet_core::vault::{Cost, DeviceSecret, Pin, Vault};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

const UPI: &str = "20480163920017";
const REGISTER: &str = "\
upi,id_number,given_name,family_name,birthdate,sex,nationalities,county,place_of_birth,country
20480163920017,31415926,Abuɔ̈k,Odhiambo,1997-01-01,female,KE,Kisumu,Ahero,KE
20480163920018,31415927,Kamau,Njoroge,1980-05-04,male,KE,Nyeri,Karatina,KE
";

/// Everybody on the path.
struct Journey {
    country: Country,
    store: MemoryStore,
    wallet: Wallet,
    shop: SoftwareKey,
    registration: Vec<u8>,
    replay: MemoryReplay,
    rng: ChaCha20Rng,
}

impl Journey {
    fn begin(algorithm: Algorithm) -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let country = Country::new().unwrap();
        let shop = key(Algorithm::EdDsa, 20).unwrap();
        let claims = ["given_name", "family_name", "birthdate", "sex", "id_number"];
        let registration = country.register(&shop, &claims).unwrap();
        let device = DeviceSecret::generate(&mut rng);
        let (vault, _) =
            Vault::create(&Pin::new("246810").unwrap(), &device, Cost::new(8, 1, 1).unwrap(), &mut rng)
                .unwrap();
        let mut wallet = Wallet::open(vault, Vec::<(String, Vec<u8>)>::new()).unwrap();
        wallet.pin_root(country.root.public().clone(), &mut rng).unwrap();
        wallet.take_bundle(&country.signed_bundle().unwrap(), &mut rng).unwrap();
        let mut journey = Self {
            country,
            store: MemoryStore::default(),
            wallet,
            shop,
            registration,
            replay: MemoryReplay::default(),
            rng,
        };
        journey.import();
        journey.issue(algorithm);
        journey
    }

    /// Register record.
    fn import(&self) {
        let turn = self.store.take_turn().unwrap();
        let how = Import {
            register: &self.store,
            turn: &turn,
            rules: Rules::kenya(at(0)),
            source: "people.csv",
            pictures: Path::new("."),
            actor: &Actor::officer("wanjiku"),
            now: at(0),
        };
        let rows = register::Rows::new(REGISTER.as_bytes(), register::FileFormat::Csv).unwrap();
        let counts = register::import(rows, how, &mut |_| Ok(())).unwrap();
        assert_eq!((counts.read, counts.added), (2, 2));
    }

    /// Register record -> credential -> wallet.
    fn issue(&mut self, algorithm: Algorithm) {
        let (jwks, _) = self.wallet.new_keys(3, algorithm, at(0), &mut self.rng).unwrap();
        let config = Config::new(ISSUER, "National Registration Bureau", "Idara ya Usajili wa Watu").unwrap();
        let keys = Keys::from(NewKeys::generate(Algorithm::EdDsa, &mut self.rng));
        let issuance = Issuance {
            store: &self.store,
            config: &config,
            key: self.country.issuer.public(),
            sectors: &keys.sectors,
        };
        let order = Order {
            upi: UPI,
            credential_type: &maisha_id(),
            format: Format::VcSdJwt,
            cryptosuite: Cryptosuite::default(),
            holder_keys: &HolderKeys::parse(jwks.to_string().as_bytes()).unwrap(),
            actor: &Actor::officer("wanjiku"),
            once: &[],
            grant: None,
            pace: None,
            now: at(0),
        };
        let batch = issuance.prepare(&order, &mut self.rng).unwrap();
        let signatures: Vec<_> =
            batch.unsigned().iter().map(|copy| self.country.issuer.sign(copy.signing_input())).collect();
        let file = batch.finish(&signatures).unwrap().to_json();
        self.publish();
        let issued = IssuedCredentials::parse(file.as_bytes()).unwrap();
        let (copies, _) = self.wallet.take_in(&issued, at(0), &mut self.rng).unwrap();
        assert_eq!(copies.len(), 3);
    }

    /// The bundle with the status lists of the ledger, to wallet and verifiers.
    fn publish(&mut self) {
        self.publish_to_verifiers();
        self.wallet.take_bundle(&self.country.signed_bundle().unwrap(), &mut self.rng).unwrap();
    }

    /// The same to verifiers alone: the wallet's device has seen no network since.
    fn publish_to_verifiers(&mut self) {
        self.country.bundle.version += 1;
        self.country.bundle.issued_at = self.country.bundle.issued_at.plus_seconds(1);
        self.country.bundle.status_lists.clear();
        for list in self.store.lists().unwrap() {
            let not_valid = self.store.not_valid(list.list).unwrap();
            let entries = not_valid.into_iter().map(|(index, status)| {
                let status = match status {
                    hati_store::Status::Suspended => Status::Suspended,
                    _ => Status::Invalid,
                };
                (u64::from(index), status)
            });
            self.country.bundle.status_lists.push(hati_formats::trust::BundledList {
                uri: format!("{ISSUER}/status/{}", list.list),
                as_of: self.country.bundle.issued_at,
                list: CompactList::new(u64::from(list.size), entries).unwrap(),
            });
        }
    }

    /// Request -> picture -> wallet -> presentation -> picture -> verdict.
    fn show(&mut self, profile: &str, registered: bool) -> Verdict {
        let profile = RequestProfile::shipped(profile).unwrap();
        let pending =
            PendingRequest::new(profile, self.shop.public(), Nonce::generate(&mut self.rng), at(10));
        let registration = registered.then_some(self.registration.as_slice());
        let request = pending.content(None).prepare(self.shop.public(), registration).unwrap();
        let request = text::encode(Kind::Request, &signed(request, &self.shop));
        let request = through_a_picture(&request);

        let consent = self.wallet.consider(&request, Reuse::Never, at(12)).unwrap();
        assert_eq!(consent.is_registered(), registered);
        let unsigned = consent.approve(at(15)).unwrap();
        let signature = self.wallet.pool().sign(unsigned.copy(), unsigned.signing_input()).unwrap();
        let (answer, _) = self.wallet.finish(unsigned, &signature, &mut self.rng).unwrap();

        let codes: Vec<String> = answer.codes.texts().iter().map(|code| through_a_picture(code)).collect();
        let presented = scan::read(&codes.iter().map(String::as_str).collect::<Vec<_>>()).unwrap();
        assert_eq!(presented.sd_jwt, answer.sd_jwt, "what the holder signed comes out of the code");
        self.judge(&pending, &presented)
    }

    fn judge(&mut self, pending: &PendingRequest, presented: &scan::Presented) -> Verdict {
        let bundle = self.country.verified_bundle().unwrap();
        let trust = Trust::new(&bundle).unwrap();
        let (nonce, audience) = (pending.nonce.to_string(), audience(self.shop.public()));
        let expected = Expected::Response { nonce: &nonce, audience: &audience, until: pending.expires_at() };
        let question = Question { query: &pending.profile.query, expected };
        let policy = Policy::for_profile(&pending.profile);
        check::check(presented, &question, &trust, &policy, &mut self.replay, at(20))
    }
}

fn maisha_id() -> CredentialType {
    CredentialType::shipped().unwrap().into_iter().find(|kind| kind.id == "maisha-id").unwrap()
}

fn through_a_picture(code: &str) -> String {
    let png = image::render(code, Level::L, 4).unwrap();
    image::read(&png).unwrap().into_iter().next().expect("a code in the picture")
}

#[test]
fn from_the_register_to_the_verdict() {
    for algorithm in [Algorithm::EdDsa, Algorithm::Es256] {
        let mut journey = Journey::begin(algorithm);
        let verdict = journey.show("officer-identity", true);
        assert_eq!(verdict.reason, Reason::Ok, "{verdict:#?}");
        let claims = serde_json::json!({
            "given_name": "Abuɔ̈k", "family_name": "Odhiambo", "birthdate": "1997-01-01", "sex": "female",
            "id_number": "31415926",
        });
        assert_eq!(serde_json::Value::Object(verdict.claims), claims);
        let history = journey.wallet.history();
        assert_eq!(history.len(), 1, "the wallet remembers what was shown");
    }
}

#[test]
fn what_is_revoked_or_suspended_is_refused_at_the_next_bundle() {
    let mut journey = Journey::begin(Algorithm::EdDsa);
    for (change, reason) in [
        (Change::Suspend, Reason::Suspended),
        (Change::Reinstate, Reason::Ok),
        (Change::Revoke, Reason::Revoked),
    ] {
        let event = hati_store::Event::new(at(1).seconds(), "officer", hati_store::Action::Revoked, UPI);
        journey.store.change_status(UPI, None, change, &event).unwrap();
        journey.publish_to_verifiers();
        let verdict = journey.show("merchant-name", true);
        assert_eq!(verdict.reason, reason, "{verdict:#?}");
    }
}

/// The wallet's own refusals: the person is never asked.
#[test]
fn an_unregistered_verifier_gets_no_name() {
    let mut journey = Journey::begin(Algorithm::EdDsa);
    let profile = RequestProfile::shipped("merchant-name").unwrap();
    let pending =
        PendingRequest::new(profile, journey.shop.public(), Nonce::generate(&mut journey.rng), at(10));
    let request = pending.content(None).prepare(journey.shop.public(), None).unwrap();
    let request = text::encode(Kind::Request, &signed(request, &journey.shop));
    let refused = journey.wallet.consider(&request, Reuse::Never, at(12)).unwrap_err();
    assert!(refused.to_string().contains("not registered"), "{refused}");
}

#[test]
fn a_pool_that_is_empty_refuses_to_be_linked() {
    let mut journey = Journey::begin(Algorithm::EdDsa);
    for _ in 0..3 {
        assert_eq!(journey.show("merchant-name", true).outcome, Outcome::Accepted);
    }
    let profile = RequestProfile::shipped("merchant-name").unwrap();
    let pending =
        PendingRequest::new(profile, journey.shop.public(), Nonce::generate(&mut journey.rng), at(10));
    let request = pending.content(None).prepare(journey.shop.public(), Some(&journey.registration)).unwrap();
    let request = text::encode(Kind::Request, &signed(request, &journey.shop));
    let refused = journey.wallet.consider(&request, Reuse::Never, at(12));
    assert!(refused.is_err(), "every copy was shown once");
}
