//! A wallet of other makers, npm's `@openid4vc/openid4vci`, gets its credentials from the running service, through both
//! grants.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::mpsc;
use std::thread;

use hati_formats::credential::{Format, context_url};
use hati_formats::data_integrity::Cryptosuite;
use hati_formats::keys::Algorithm;
use hati_formats::sd_jwt::Unverified;
use hati_issuer::activation::Activation;
use hati_issuer::actor::Actor;
use hati_issuer::catalogue::Catalogue;
use hati_issuer::config::Config;
use hati_issuer::grants::offer::{self, NewOffer, Wanted};
use hati_issuer::grants::open_offer::{NewOpenOffer, OpenOffer, WantedOpen};
use hati_issuer::home::Home;
use hati_issuer::service::{Service, Settings, run};
use hati_program::system::clock;
use hati_protocol::openid4vci::{Securing, configuration_id};
use hati_store::{Action, Event, Person, Sex};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::oneshot;

use crate::client::Peer;

const URL: &str = "https://id.example.go.ke";
const UPI: &str = "20480163920017";

#[test]
fn the_officers_path_with_a_transaction_code() {
    let issuer = Issuer::start();
    for (format, by_reference) in [(Format::VcSdJwt, true), (Format::DcSdJwt, false)] {
        let configuration = configuration_id("maisha-id", format);
        let made = issuer.offer(&configuration, true);
        let link = if by_reference { &made.by_reference_link } else { &made.link };
        let answer = issuer.ask(&json!({
            "op": "pre_authorized", "offer": link, "tx_code": made.tx_code.as_ref().map(|it| it.as_str()),
            "configuration": configuration, "algorithms": ["EdDSA", "ES256", "EdDSA"],
        }));
        issuer.check(&answer, 6);
    }
}

/// An `ldp_vc` of each cryptosuite comes to the wallet; the one that libraries beside ours know is verified by npm's.
#[test]
fn npm_verifies_an_ldp_vc_that_npms_wallet_was_issued() {
    let issuer = Issuer::start();
    for cryptosuite in [Cryptosuite::EddsaJcs2022, Cryptosuite::EddsaRdfc2022] {
        let configuration = configuration_id("maisha-id", Securing { format: Format::LdpVc, cryptosuite });
        let made = issuer.offer(&configuration, false);
        let answer = issuer.ask(&json!({
            "op": "pre_authorized", "offer": made.link, "configuration": configuration, "algorithms": ["ES256"],
        }));
        let credentials = answer["credentials"].as_array().expect("credentials");
        assert_eq!(credentials.len(), 2);
        for credential in credentials {
            assert_eq!(credential["proof"]["cryptosuite"], cryptosuite.name());
            if cryptosuite == Cryptosuite::EddsaRdfc2022 {
                issuer.verified_by_npm(credential);
            }
        }
    }
}

#[test]
fn a_wrong_transaction_code_gives_the_standards_error() {
    let issuer = Issuer::start();
    let configuration = configuration_id("maisha-id", Format::DcSdJwt);
    let made = issuer.offer(&configuration, true);
    let refused = Peer::wallet().ask(&issuer.command(&json!({
        "op": "pre_authorized", "offer": made.link, "tx_code": "0",
        "configuration": configuration, "algorithms": ["EdDSA"],
    })));
    let refused = refused.expect_err("a wrong code is refused");
    assert!(refused.contains("invalid_grant"), "{refused}");
}

#[test]
fn the_citizens_path_from_home() {
    let issuer = Issuer::start();
    let configuration = configuration_id("maisha-id", Format::DcSdJwt);
    let made = issuer.open_offer(&configuration);
    let answer = issuer.ask(&json!({
        "op": "authorization_code", "offer": made.link, "upi": UPI, "activation_code": issuer.activation,
        "configuration": configuration, "algorithms": ["ES256", "EdDSA"],
    }));
    issuer.check(&answer, 4);
    // The library sent the offer's `issuer_state` along.
    let events = issuer.service.home().store.events(0, 1_000).expect("the audit");
    let by_offer = format!("{UPI}, by offer {}", made.name);
    assert!(events.iter().any(|it| it.event.subject == by_offer), "{events:?}");
    // It told of both batches.
    let told = events.iter().filter(|it| it.event.action == Action::Notified);
    let accepted = format!("{UPI}, credential_accepted");
    assert_eq!(told.map(|it| &it.event.subject).collect::<Vec<_>>(), [&accepted; 2]);
}

/// A port that the system chooses, and the wallet that may send people here to sign in.
const SETTINGS: &str = r#"
listen = "127.0.0.1:0"
[[wallets]]
client_id = "npm-wallet"
name = "A wallet of npm's"
redirect_uris = ["https://wallet.example/callback"]
"#;

/// An issuer with one person, served in this process.
struct Issuer {
    service: Service,
    address: SocketAddr,
    activation: String,
    _stop: oneshot::Sender<()>,
    _folder: TempDir,
}

impl Issuer {
    fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let config = Config::new(URL, "Issuer", "Mtoaji").expect("a configuration");
        let rng = &mut ChaCha20Rng::seed_from_u64(1);
        let home = Home::create(&folder.path().join("issuer"), config, Algorithm::EdDsa, clock(), rng);
        let home = home.expect("an issuer");
        let event = Event::new(clock().seconds(), "test", Action::Imported, "people.csv");
        home.store.admit(&[person()], &[], &event).expect("a person");
        let activation = Activation::of(&home)
            .make(UPI, 30, &Actor::officer("wanjiku"), clock(), rng)
            .expect("an activation code");
        let settings = Settings::read(Some((Path::new("issuer.toml"), SETTINGS)), |_| None);
        let service = Service::new(home, settings.expect("settings"), clock);
        let (stop, stopped) = oneshot::channel();
        let (tell, told) = mpsc::channel();
        let served = service.clone();
        thread::spawn(move || {
            let runtime = tokio::runtime::Runtime::new().expect("a runtime");
            let stopped = async move { drop(stopped.await) };
            let started = move |address| tell.send(address).expect("the test waits");
            runtime.block_on(run(served, started, stopped))
        });
        let address = told.recv().expect("the service runs");
        Self { service, address, activation: activation.to_string(), _stop: stop, _folder: folder }
    }

    fn offer(&self, configuration: &str, tx_code: bool) -> NewOffer {
        let home = self.service.home();
        let catalogue = Catalogue::of(home).expect("a catalogue");
        let configurations = [configuration.to_owned()];
        let wanted = Wanted {
            upi: UPI,
            configurations: &configurations,
            tx_code,
            actor: &Actor::officer("wanjiku"),
            now: clock(),
        };
        let rng = &mut ChaCha20Rng::seed_from_u64(configuration.len() as u64);
        offer::make(&*home.store, &home.config, &catalogue, &wanted, rng).expect("an offer")
    }

    fn open_offer(&self, configuration: &str) -> NewOpenOffer {
        let home = self.service.home();
        let catalogue = Catalogue::of(home).expect("a catalogue");
        let configurations = [configuration.to_owned()];
        let wanted = WantedOpen {
            configurations: &configurations,
            days: 1,
            actor: &Actor::officer("wanjiku"),
            now: clock(),
        };
        let rng = &mut ChaCha20Rng::seed_from_u64(2);
        OpenOffer::make(&*home.store, &home.config, &catalogue, &wanted, rng).expect("an offer")
    }

    /// By `@digitalbazaar/vc`, with the context and the DID document that the issuer publishes and nothing else.
    fn verified_by_npm(&self, credential: &Value) {
        let published = |path: &str| {
            let answer = ureq::get(format!("http://{}/{path}", self.address)).call().expect("published");
            let text = answer.into_body().read_to_string().expect("a text");
            serde_json::from_str::<Value>(&text).expect("JSON")
        };
        let document = published(".well-known/did.json");
        let text = |value: &Value, pointer: &str| {
            value.pointer(pointer).and_then(Value::as_str).expect("a text").to_owned()
        };
        let method = text(credential, "/proof/verificationMethod");
        let methods = document.pointer("/verificationMethod").and_then(Value::as_array).expect("methods");
        let key = methods.iter().find(|it| text(it, "/id") == method).and_then(Value::as_object);
        let mut key = key.expect("the key").clone();
        key.insert("@context".to_owned(), "https://w3id.org/security/multikey/v1".into());
        let documents = json!({
            context_url(URL): published("contexts/hati-v1"), text(&document, "/id"): document, method: key,
        });
        let command = json!({
            "op": "vc_verify", "credential": credential, "documents": documents, "now": clock().to_string(),
        });
        assert_eq!(Peer::node().ask(&command), Ok(true.into()), "{credential}");
    }

    /// A command with where the issuer is.
    fn command(&self, command: &Value) -> Value {
        let mut command = command.clone();
        let members = command.as_object_mut().expect("a command is an object");
        members.insert("issuer".to_owned(), URL.into());
        members.insert("service".to_owned(), format!("http://{}", self.address).into());
        command
    }

    fn ask(&self, command: &Value) -> Value {
        Peer::wallet().ask(&self.command(command)).unwrap_or_else(|refused| panic!("{command}: {refused}"))
    }

    /// Each credential is the issuer's, and bound to a key of its own that the wallet proved.
    fn check(&self, answer: &Value, expected: usize) {
        assert_eq!(answer["token_type"], "DPoP");
        assert_eq!(answer["drafts"], "V1", "{answer}");
        let credentials = answer["credentials"].as_array().expect("credentials");
        let mut keys = answer["keys"].as_array().expect("keys").clone();
        assert_eq!((credentials.len(), keys.len()), (expected, expected));
        for credential in credentials {
            let text = credential.as_str().expect("an SD-JWT");
            let key = self.service.home().keys.issuer.public();
            let verified =
                Unverified::parse(text).expect("an SD-JWT").verify_issuer(key).expect("the issuer's");
            let holder = verified.claims().get("cnf").and_then(|cnf| cnf.pointer("/jwk/x")?.as_str());
            let place =
                keys.iter().position(|key| key["x"].as_str() == holder).expect("a key of the wallet's");
            keys.remove(place);
        }
    }
}

fn person() -> Person {
    Person {
        upi: UPI.into(),
        id_number: Some("31415926".into()),
        given_name: "Achieng".into(),
        family_name: "Odhiambo".into(),
        birthdate: 9_862,
        sex: Sex::Female,
        nationalities: vec!["KE".into()],
        county: "Kisumu".into(),
        locality: "Ahero".into(),
        country: "KE".into(),
        phone: None,
        portrait: None,
    }
}
