//! Who takes part in the vectors: the small country of the tests, with two holders and a few verifiers.

use hati_formats::credential::{CredentialType, Envelope, Format, StatusPlace, short_kid};
use hati_formats::data_integrity::Cryptosuite;
use hati_formats::keys::{Algorithm, SoftwareKey};
use hati_formats::trust::{Bundle, IssuerKey, Registration, Validity, Withdrawn, audience};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use serde_json::{Map, Value, json};

use crate::country::{self, Country, DAY, ISSUER, Result, VALID, at, key};

/// Everybody.
pub(super) struct World {
    pub(super) country: Country,
    pub(super) bundle: Bundle,
    /// The issuer's second key, ES256.
    pub(super) issuer_p256: SoftwareKey,
    pub(super) old_root: SoftwareKey,
    pub(super) holder: SoftwareKey,
    pub(super) holder_p256: SoftwareKey,
    pub(super) thief: SoftwareKey,
    pub(super) verifier: SoftwareKey,
    pub(super) verifier_p256: SoftwareKey,
    pub(super) unregistered: SoftwareKey,
    pub(super) withdrawn: SoftwareKey,
}

/// What one credential of the vectors is made from.
pub(super) struct Recipe {
    pub(super) type_id: &'static str,
    pub(super) format: Format,
    pub(super) subject: Map<String, Value>,
    /// Salts, decoys and their order come from ChaCha20 with this seed.
    pub(super) seed: u64,
}

impl Recipe {
    pub(super) fn identity(format: Format) -> Self {
        Self { type_id: "maisha-id", format, subject: country::person(), seed: 1 }
    }

    pub(super) fn age(format: Format) -> Self {
        let subject = json!({"age_equal_or_over": {"18": true}}).as_object().cloned().unwrap_or_default();
        Self { type_id: "proof-of-age", format, subject, seed: 2 }
    }
}

impl World {
    pub(super) fn new() -> Result<Self> {
        let ed25519 = |number| key(Algorithm::EdDsa, number);
        let p256 = |number| key(Algorithm::Es256, number);
        let mut country = Country::new()?;
        let issuer_p256 = p256(4)?;
        let withdrawn = ed25519(24)?;
        let validity = Validity { from: at(-100 * DAY), until: at(1000 * DAY) };
        for issuer in &mut country.list.issuers {
            let key = issuer_p256.public().clone();
            issuer.keys.push(IssuerKey { kid: short_kid(&key), key, validity });
        }
        let registration = country.register(&withdrawn, &["given_name"])?;
        let registration =
            Registration::verify(&registration, &country.trust_list()?, &Withdrawn::default(), at(0))?;
        country.bundle.withdrawn = [registration.serial()].into_iter().collect();
        Ok(Self {
            bundle: country.verified_bundle()?,
            country,
            issuer_p256,
            old_root: ed25519(5)?,
            holder: ed25519(10)?,
            holder_p256: p256(12)?,
            thief: ed25519(11)?,
            verifier: ed25519(20)?,
            verifier_p256: p256(22)?,
            unregistered: ed25519(23)?,
            withdrawn,
        })
    }

    /// Every key with its name.
    pub(super) fn keys(&self) -> [(&'static str, &SoftwareKey); 12] {
        [
            ("root", &self.country.root),
            ("old-root", &self.old_root),
            ("issuer", &self.country.issuer),
            ("issuer-p256", &self.issuer_p256),
            ("registrar", &self.country.registrar),
            ("holder", &self.holder),
            ("holder-p256", &self.holder_p256),
            ("thief", &self.thief),
            ("verifier", &self.verifier),
            ("verifier-p256", &self.verifier_p256),
            ("unregistered-verifier", &self.unregistered),
            ("withdrawn-verifier", &self.withdrawn),
        ]
    }

    pub(super) fn name_of(&self, key: &SoftwareKey) -> &'static str {
        self.keys().into_iter().find(|(_, known)| known.public() == key.public()).map_or("", |(name, _)| name)
    }

    pub(super) fn audience(&self) -> String {
        audience(self.verifier.public())
    }

    /// The envelope of a credential that is valid in every respect.
    pub(super) fn envelope(
        &self,
        recipe: &Recipe,
        holder: &SoftwareKey,
        issuer: &SoftwareKey,
    ) -> Result<Envelope<'static>> {
        let kind = kind(recipe.type_id)?;
        let type_name = if recipe.format == Format::DcSdJwt { kind.vct } else { kind.vc_type };
        Ok(Envelope {
            format: recipe.format,
            algorithm: issuer.public().algorithm(),
            cryptosuite: Cryptosuite::default(),
            issuer: ISSUER.into(),
            kid: short_kid(issuer.public()).into(),
            type_name: type_name.into(),
            valid_from: at(-DAY).date(),
            valid_until: at(700 * DAY).date(),
            status: StatusPlace { list: 1, index: VALID },
            holder: holder.public().clone(),
            holder_did: None,
        })
    }

    /// A credential in this envelope, signed.
    pub(super) fn issue(
        &self,
        recipe: &Recipe,
        envelope: &Envelope<'_>,
        signer: &SoftwareKey,
    ) -> Result<String> {
        let mut rng = ChaCha20Rng::seed_from_u64(recipe.seed);
        let unsigned = kind(recipe.type_id)?.template(recipe.subject.clone())?.prepare(envelope, &mut rng)?;
        let signature = signer.sign(unsigned.signing_input());
        Ok(unsigned.finish(&signature))
    }
}

fn kind(id: &str) -> Result<CredentialType> {
    Ok(CredentialType::shipped()?.into_iter().find(|kind| kind.id == id).ok_or("an unknown type")?)
}
