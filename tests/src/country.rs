//! A small country for tests: one root, one issuer, one registrar, and whoever a test needs. All keys are fixed.

use hati_formats::cose;
use hati_formats::credential::{CredentialType, Envelope, Format, SHIPPED, StatusPlace, short_kid};
use hati_formats::data_integrity::Cryptosuite;
use hati_formats::encoding::b64url;
use hati_formats::keys::{Algorithm, SoftwareKey};
use hati_formats::sd_jwt::{ClaimPath, Held};
use hati_formats::status::Status;
use hati_formats::status::compact::CompactList;
use hati_formats::time::Timestamp;
use hati_formats::trust::{
    Bundle, BundleContent, BundledList, Issuer, IssuerKey, Names, Registrar, RegistrarKey,
    RegistrationContent, TrustList, TrustListContent, TypeDocument, Validity, Withdrawn,
};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use serde_json::{Map, Value, json};

/// Errors of tests are for reading.
pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// The issuer's URL.
pub const ISSUER: &str = "https://id.maisha.go.ke";
/// The registrar's.
pub const REGISTRAR: &str = "https://registrar.go.ke";
/// 2026-11-22T09:00:00Z.
pub const NOW: i64 = 1_795_338_000;
/// A day.
pub const DAY: i64 = 86_400;
/// Entries in the one status list.
pub const LIST_SIZE: u64 = 1 << 20;
/// The place of credentials that are valid.
pub const VALID: u32 = 1_000_001;
/// The place of one that is revoked.
pub const REVOKED: u32 = 77;
/// The place of one that is suspended.
pub const SUSPENDED: u32 = 78;

/// `seconds` from [`NOW`].
#[must_use]
pub const fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(NOW + seconds)
}

/// The key of that number.
///
/// # Errors
/// If the number is no secret of the algorithm; 0 is none of P-256.
pub fn key(algorithm: Algorithm, number: u8) -> Result<SoftwareKey> {
    Ok(SoftwareKey::from_secret_bytes(algorithm, &[number; 32])?)
}

/// The country.
pub struct Country {
    /// Signs trust lists.
    pub root: SoftwareKey,
    /// Signs credentials.
    pub issuer: SoftwareKey,
    /// Signs registrations and bundles.
    pub registrar: SoftwareKey,
    /// What the trust list says.
    pub list: TrustListContent,
    /// What the bundle says.
    pub bundle: BundleContent,
}

impl Country {
    /// A country whose issuer signs with Ed25519.
    ///
    /// # Errors
    /// None in practice.
    pub fn new() -> Result<Self> {
        let [root, issuer, registrar] = [1, 2, 3].map(|number| key(Algorithm::EdDsa, number));
        let (root, issuer, registrar) = (root?, issuer?, registrar?);
        let year = Validity { from: at(-100 * DAY), until: at(1000 * DAY) };
        let list = TrustListContent {
            version: 1,
            issued_at: at(-10 * DAY),
            next_update: at(20 * DAY),
            issuers: vec![Issuer {
                id: ISSUER.to_owned(),
                did: Some("did:web:id.maisha.go.ke".to_owned()),
                names: Names::new("National Registration Bureau", "Idara ya Usajili wa Watu"),
                keys: vec![IssuerKey {
                    kid: short_kid(issuer.public()),
                    key: issuer.public().clone(),
                    validity: year,
                }],
                types: vec!["maisha-id".to_owned(), "proof-of-age".to_owned()],
                status_prefixes: vec![format!("{ISSUER}/status/")],
            }],
            registrars: vec![Registrar {
                id: REGISTRAR.to_owned(),
                names: Names::new("Data Commissioner", "Kamishna wa Data"),
                keys: vec![RegistrarKey { key: registrar.public().clone(), validity: year }],
            }],
        };
        Ok(Self { root, issuer, registrar, list, bundle: bundle_content()? })
    }

    /// The trust list, signed.
    ///
    /// # Errors
    /// If its content breaks a rule.
    pub fn trust_list(&self) -> Result<TrustList> {
        let unsigned = self.list.clone().prepare(self.root.public(), Vec::new())?;
        let signature = self.root.sign(unsigned.to_be_signed());
        Ok(TrustList::verify(&unsigned.finish(&signature), self.root.public())?)
    }

    /// The bundle, signed.
    ///
    /// # Errors
    /// If its content breaks a rule.
    pub fn signed_bundle(&self) -> Result<Vec<u8>> {
        let unsigned = self.bundle.clone().prepare(&self.trust_list()?, self.registrar.public())?;
        let signature = self.registrar.sign(unsigned.to_be_signed());
        Ok(unsigned.finish(&signature))
    }

    /// The bundle, verified.
    ///
    /// # Errors
    /// If its content breaks a rule.
    pub fn verified_bundle(&self) -> Result<Bundle> {
        Ok(Bundle::verify(&self.signed_bundle()?, self.root.public(), None)?)
    }

    /// A credential for `holder`, after `change` had its way with the envelope; signed by `signer`.
    ///
    /// # Errors
    /// If the person may not have one.
    pub fn issue(
        &self,
        type_id: &str,
        holder: &SoftwareKey,
        signer: &SoftwareKey,
        change: impl FnOnce(&mut Envelope<'static>),
    ) -> Result<String> {
        let kind =
            CredentialType::shipped()?.into_iter().find(|t| t.id == type_id).ok_or("an unknown type")?;
        let mut envelope = Envelope {
            format: Format::VcSdJwt,
            algorithm: signer.public().algorithm(),
            cryptosuite: Cryptosuite::default(),
            issuer: ISSUER.into(),
            kid: short_kid(self.issuer.public()).into(),
            type_name: kind.vc_type.clone().into(),
            valid_from: at(-DAY).date(),
            valid_until: at(700 * DAY).date(),
            status: StatusPlace { list: 1, index: VALID },
            holder: holder.public().clone(),
            holder_did: None,
        };
        change(&mut envelope);
        if envelope.format == Format::DcSdJwt {
            envelope.type_name = kind.vct.clone().into();
        }
        let subject = match type_id {
            "proof-of-age" => {
                json!({"age_equal_or_over": {"18": true}}).as_object().cloned().unwrap_or_default()
            }
            _ => person(),
        };
        let unsigned = kind.template(subject)?.prepare(&envelope, &mut ChaCha20Rng::seed_from_u64(9))?;
        let signature = signer.sign(unsigned.signing_input());
        Ok(unsigned.finish(&signature))
    }

    /// A registration, signed.
    ///
    /// # Errors
    /// If its content breaks a rule.
    pub fn register(&self, verifier: &SoftwareKey, claims: &[&str]) -> Result<Vec<u8>> {
        let content = RegistrationContent {
            key: verifier.public().clone(),
            names: Names::new("Lodwar Corner Shop", "Duka la Kona Lodwar"),
            place: Some("Lodwar, Turkana".to_owned()),
            claims: claims.iter().map(|claim| claim.parse()).collect::<std::result::Result<_, _>>()?,
            purposes: Vec::new(),
            validity: Validity { from: at(-DAY), until: at(365 * DAY) },
        };
        Ok(signed(content.prepare(self.registrar.public())?, &self.registrar))
    }
}

/// Signs a statement.
#[must_use]
pub fn signed(unsigned: cose::Unsigned, key: &SoftwareKey) -> Vec<u8> {
    let signature = key.sign(unsigned.to_be_signed());
    unsigned.finish(&signature)
}

fn bundle_content() -> Result<BundleContent> {
    let entries = [(u64::from(REVOKED), Status::Invalid), (u64::from(SUSPENDED), Status::Suspended)];
    let types = CredentialType::shipped()?.into_iter().zip(SHIPPED);
    Ok(BundleContent {
        version: 1,
        issued_at: at(-3600),
        next_update: at(DAY),
        status_lists: vec![BundledList {
            uri: format!("{ISSUER}/status/1"),
            as_of: at(-3600),
            list: CompactList::new(LIST_SIZE, entries)?,
        }],
        types: types.map(|(kind, text)| TypeDocument { id: kind.id, json: text.to_owned() }).collect(),
        withdrawn: Withdrawn::default(),
    })
}

/// Somebody, invented.
#[must_use]
pub fn person() -> Map<String, Value> {
    let person = json!({
        "given_name": "Wanjiru Nyambura", "family_name": "Kamau-Otieno", "birthdate": "1990-02-28", "sex": "female",
        "id_number": "31415926",
        "age_equal_or_over": {"13": true, "16": true, "18": true, "21": true, "60": false, "65": false},
        "origin": {
            "nationalities": ["KE"],
            "place_of_birth": {"locality": "Lodwar", "country": "KE", "region": "Turkana"},
        },
        "identifiers": {"upi": "12345678901234", "sector_ids": {
            "health": b64url(&[1; 16]), "tax": b64url(&[2; 16]), "education": b64url(&[3; 16]),
            "finance": b64url(&[4; 16]), "telecom": b64url(&[5; 16]),
        }},
    });
    person.as_object().cloned().unwrap_or_default()
}

/// Shows `claims` of a credential, as its holder's wallet would.
///
/// # Errors
/// If the credential has no such claim.
pub fn present(
    credential: &str,
    holder: &SoftwareKey,
    claims: &[ClaimPath],
    audience: &str,
    nonce: &str,
    iat: Timestamp,
) -> Result<String> {
    let presentation = Held::parse(credential)?.select(claims)?;
    let algorithm = holder.public().algorithm();
    let unsigned = presentation.prepare_key_binding(algorithm, audience, nonce, iat);
    let signature = holder.sign(unsigned.signing_input());
    Ok(unsigned.finish(&signature))
}
