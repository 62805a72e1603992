//! A small country: one root, one issuer, one registrar, one registered shop, and somebody unregistered.

use hati_formats::credential::{
    CredentialType, Envelope, Format, StatusPlace, issuer_did, short_kid, status_list_uri,
};
use hati_formats::data_integrity::Cryptosuite;
use hati_formats::did::did_key;
use hati_formats::keys::{Algorithm, PublicKey, SoftwareKey};
use hati_formats::names::ClaimPath;
use hati_formats::qr::request::{KnownPurpose, Nonce, Purpose, RequestContent, TypeId};
use hati_formats::qr::text::{self, Kind};
use hati_formats::status::Status;
use hati_formats::status::compact::CompactList;
use hati_formats::time::Timestamp;
use hati_formats::trust::{
    Bundle, BundleContent, BundledList, Issuer, IssuerKey, Names, Registrar, RegistrarKey, Registration,
    RegistrationContent, TrustList, TrustListContent, TypeDocument, Validity, Withdrawn,
};
use hati_protocol::issued::IssuedCredentials;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use serde_json::{Value, json};

pub(crate) const ISSUER: &str = "https://id.example.go.ke";
pub(crate) const DAY: i64 = 86_400;
/// The place in the status list of the first copy that is issued.
pub(crate) const FIRST_INDEX: u32 = 7;

/// What the shop is registered to ask for.
pub(crate) const REGISTERED: [&str; 9] = [
    "age_equal_or_over",
    "birthdate",
    "family_name",
    "given_name",
    "id_number",
    "identifiers.sector_ids.health",
    "origin",
    "portrait",
    "sex",
];

/// Who asks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asker {
    Shop,
    Unregistered,
}

pub(crate) struct Country {
    /// The time at which everything is signed.
    pub(crate) now: Timestamp,
    /// What the issuer may issue, as the trust list says.
    pub(crate) types: Vec<String>,
    /// How an `ldp_vc` is secured.
    pub(crate) cryptosuite: Cryptosuite,
    /// The DID by which the issuer names a holder in an `ldp_vc`.
    pub(crate) holder_did: fn(&PublicKey) -> String,
    /// Days of validity of what is issued.
    pub(crate) validity_days: i32,
    /// What the status list in the next bundle says of copies, which are counted from [`FIRST_INDEX`] on in the order
    /// they were issued; `None` if no list is in it.
    pub(crate) statuses: Option<Vec<(u32, Status)>>,
    /// The place of the next copy in the status list.
    next_index: u32,
    /// Whom a `maisha-id` is about.
    pub(crate) person: Value,
    rng: ChaCha20Rng,
}

impl Country {
    pub(crate) fn new(now: Timestamp) -> Self {
        let types = ["maisha-id", "proof-of-age"].map(str::to_owned).to_vec();
        let rng = ChaCha20Rng::seed_from_u64(77);
        let cryptosuite = Cryptosuite::default();
        let (validity_days, next_index) = (730, FIRST_INDEX);
        Self {
            now,
            types,
            cryptosuite,
            holder_did: did_key,
            validity_days,
            statuses: None,
            next_index,
            person: amina(),
            rng,
        }
    }

    pub(crate) fn root(&self) -> SoftwareKey {
        key(1)
    }

    /// A bundle of this version, with the shop's registration withdrawn or not.
    pub(crate) fn bundle(&self, version: u64, shop_withdrawn: bool) -> Vec<u8> {
        let trust = TrustList::verify(&self.trust_list(), self.root().public()).unwrap();
        let registration =
            Registration::verify(&self.registration(), &trust, &Withdrawn::default(), self.now);
        let withdrawn = registration.ok().filter(|_| shop_withdrawn).map(|shop| shop.serial());
        let shipped = CredentialType::shipped().unwrap();
        let types = shipped
            .iter()
            .map(|kind| TypeDocument { id: kind.id.clone(), json: kind.document().to_string() });
        let content = BundleContent {
            version,
            issued_at: self.now,
            next_update: self.now.plus_seconds(DAY),
            status_lists: self.status_list().into_iter().collect(),
            types: types.collect(),
            withdrawn: withdrawn.into_iter().collect(),
        };
        let unsigned = content.prepare(&trust, registrar().public()).unwrap();
        let signature = registrar().sign(unsigned.to_be_signed());
        unsigned.finish(&signature)
    }

    /// The delta from one bundle to another.
    pub(crate) fn delta(&self, base: &[u8], next: &[u8]) -> Vec<u8> {
        let read = |bytes| Bundle::verify(bytes, self.root().public(), None).unwrap();
        let unsigned = read(base).prepare_delta(&read(next)).unwrap();
        let signature = registrar().sign(unsigned.to_be_signed());
        unsigned.finish(&signature)
    }

    /// One copy for each key.
    pub(crate) fn issue(&mut self, type_id: &str, format: Format, keys: &[PublicKey]) -> IssuedCredentials {
        let shipped = CredentialType::shipped().unwrap();
        let kind = shipped.into_iter().find(|kind| kind.id == type_id).unwrap();
        let subject = match type_id {
            "maisha-id" => self.person.clone(),
            _ => json!({"age_equal_or_over": {"18": true}}),
        };
        let template = kind.template(subject.as_object().unwrap().clone()).unwrap();
        let issuer = issuer();
        let valid_from = self.now.date();
        let valid_until = hati_formats::time::Date::from_days(valid_from.days() + self.validity_days);
        let first = self.next_index;
        self.next_index += u32::try_from(keys.len()).unwrap();
        let credentials = (first..).zip(keys).map(|(index, holder)| {
            let envelope = Envelope {
                format,
                algorithm: issuer.public().algorithm(),
                cryptosuite: self.cryptosuite,
                issuer: ISSUER.into(),
                kid: short_kid(issuer.public()).into(),
                type_name: kind.type_name(format).to_owned().into(),
                valid_from,
                valid_until,
                status: StatusPlace { list: 1, index },
                holder: holder.clone(),
                holder_did: Some((self.holder_did)(holder).into()),
            };
            let unsigned = template.prepare(&envelope, &mut self.rng).unwrap();
            let signature = issuer.sign(unsigned.signing_input());
            unsigned.finish(&signature)
        });
        IssuedCredentials {
            format,
            credential_type: TypeId::parse(type_id).unwrap(),
            issuer: ISSUER.to_owned(),
            credentials: credentials.collect(),
        }
    }

    /// The text of a request code, made now.
    pub(crate) fn request(&mut self, by: Asker, type_id: &str, claims: &[&str]) -> String {
        let (shop, stranger) = (key(4), key(5));
        let (signer, registration, purpose) = match by {
            Asker::Shop => (shop, Some(self.registration()), KnownPurpose::IdentityCheck),
            Asker::Unregistered => (stranger, None, KnownPurpose::AgeCheck),
        };
        let content = RequestContent {
            nonce: Nonce::generate(&mut self.rng),
            issued_at: self.now,
            purpose: Purpose::Known(purpose),
            credential_type: TypeId::parse(type_id).unwrap(),
            claims: claims.iter().map(|claim| claim.parse::<ClaimPath>().unwrap()).collect(),
            place: (by == Asker::Shop).then(|| "Counter 2".to_owned()),
        };
        let unsigned = content.prepare(signer.public(), registration.as_deref()).unwrap();
        let signature = signer.sign(unsigned.to_be_signed());
        text::encode(Kind::Request, &unsigned.finish(&signature))
    }

    fn status_list(&self) -> Option<BundledList> {
        let statuses = self.statuses.as_ref()?.iter().map(|(index, status)| (u64::from(*index), *status));
        let list = CompactList::new(1000, statuses).unwrap();
        Some(BundledList { uri: status_list_uri(ISSUER, 1), as_of: self.now, list })
    }

    fn validity(&self) -> Validity {
        Validity { from: self.now.plus_seconds(-100 * DAY), until: self.now.plus_seconds(900 * DAY) }
    }

    fn trust_list(&self) -> Vec<u8> {
        let validity = self.validity();
        let issuer = issuer();
        let content = TrustListContent {
            version: 1,
            issued_at: self.now,
            next_update: self.now.plus_seconds(90 * DAY),
            issuers: vec![Issuer {
                id: ISSUER.to_owned(),
                did: issuer_did(ISSUER),
                names: Names::new("Registration Bureau", "Idara ya Usajili"),
                keys: vec![IssuerKey {
                    kid: short_kid(issuer.public()),
                    key: issuer.public().clone(),
                    validity,
                }],
                types: self.types.clone(),
                status_prefixes: vec![format!("{ISSUER}/status/")],
            }],
            registrars: vec![Registrar {
                id: "https://registrar.example.go.ke".to_owned(),
                names: Names::new("Data Commissioner", "Kamishna wa Data"),
                keys: vec![RegistrarKey { key: registrar().public().clone(), validity }],
            }],
        };
        let unsigned = content.prepare(self.root().public(), Vec::new()).unwrap();
        let signature = self.root().sign(unsigned.to_be_signed());
        unsigned.finish(&signature)
    }

    fn registration(&self) -> Vec<u8> {
        let content = RegistrationContent {
            key: key(4).public().clone(),
            names: Names::new("Kibra Corner Shop", "Duka la Kona Kibra"),
            place: Some("Nairobi".to_owned()),
            claims: REGISTERED.map(|claim| claim.parse().unwrap()).to_vec(),
            purposes: Vec::new(),
            validity: self.validity(),
        };
        let unsigned = content.prepare(registrar().public()).unwrap();
        let signature = registrar().sign(unsigned.to_be_signed());
        unsigned.finish(&signature)
    }
}

pub(crate) fn issuer() -> SoftwareKey {
    key(2)
}

fn registrar() -> SoftwareKey {
    key(3)
}

fn key(seed: u8) -> SoftwareKey {
    SoftwareKey::from_secret_bytes(Algorithm::EdDsa, &[seed; 32]).unwrap()
}

/// Nobody's data: the person is invented.
fn amina() -> Value {
    json!({
        "given_name": "Amina Wanjiru",
        "family_name": "Otieno",
        "birthdate": "1997-03-14",
        "sex": "female",
        "id_number": "31415926",
        // As long as a picture of 1,000 bytes.
        "portrait": format!("data:image/webp;base64,{}", "UklGRhQC".repeat(167)),
        "age_equal_or_over": {"13": true, "16": true, "18": true, "21": true, "60": false, "65": false},
        "origin": {
            "nationalities": ["KE"],
            "place_of_birth": {"locality": "Ahero", "country": "KE", "region": "Kisumu"},
        },
        "identifiers": {
            "upi": "20480163920017",
            "sector_ids": {
                "health": "h-1111111111111111111", "tax": "t-1111111111111111111",
                "education": "e-1111111111111111111", "finance": "f-1111111111111111111",
                "telecom": "m-1111111111111111111",
            },
        },
    })
}
