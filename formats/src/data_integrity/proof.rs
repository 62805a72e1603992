use serde_json::{Map, Value};

use super::{Cryptosuite, DataIntegrityError};
use crate::{did::Relationship, keys::Signature, time::Timestamp};

/// The only type of proof (Data Integrity 1.0, 3.1).
const TYPE: &str = "DataIntegrityProof";

/// 64 bytes take at most 88 base58 characters; base58 takes time in the square of the length.
const MAX_PROOF_VALUE: usize = 89;

/// As much of a received text as an error repeats.
const ENOUGH_TO_RECOGNISE: usize = 64;

/// What a proof says about itself (Data Integrity 1.0, 2.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProofOptions {
    /// How document and proof become the bytes that are signed.
    pub cryptosuite: Cryptosuite,
    /// The identifier of the key that signs: an absolute DID URL.
    pub verification_method: String,
    /// What the proof is made for.
    pub purpose: Relationship,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// Until when it may be accepted.
    pub expires: Option<Timestamp>,
    /// The nonce it answers.
    pub challenge: Option<String>,
    /// Whom it is for.
    pub domain: Option<String>,
}

impl ProofOptions {
    /// An issuer's proof, made now, with `eddsa-jcs-2022`.
    #[must_use]
    pub fn assertion(verification_method: &str, now: Timestamp) -> Self {
        Self {
            cryptosuite: Cryptosuite::default(),
            verification_method: verification_method.to_owned(),
            purpose: Relationship::AssertionMethod,
            created: Some(now),
            expires: None,
            challenge: None,
            domain: None,
        }
    }

    /// 3.3.1, step 2: the proof repeats the document's contexts. RDF has no contexts, so that 3.2.1 does not.
    pub(super) fn to_json(&self, context: Option<&Value>) -> Map<String, Value> {
        let context = context.filter(|_| self.cryptosuite == Cryptosuite::EddsaJcs2022);
        let members = [
            ("type", Some(TYPE.into())),
            ("cryptosuite", Some(self.cryptosuite.name().into())),
            ("created", self.created.map(|at| at.to_string().into())),
            ("expires", self.expires.map(|at| at.to_string().into())),
            ("verificationMethod", Some(self.verification_method.as_str().into())),
            ("proofPurpose", Some(self.purpose.name().into())),
            ("challenge", self.challenge.as_deref().map(Value::from)),
            ("domain", self.domain.as_deref().map(Value::from)),
            ("@context", context.cloned()),
        ];
        members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
    }
}

/// A proof that was read, and its signature. `config` is every member but `proofValue`, as received: it is
/// what was hashed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    options: ProofOptions,
    pub(super) config: Map<String, Value>,
    pub(super) signature: Signature,
}

impl Proof {
    /// What the proof says about itself.
    #[must_use]
    pub fn options(&self) -> &ProofOptions {
        &self.options
    }

    pub(super) fn parse(proof: &Value) -> Result<Self, DataIntegrityError> {
        let mut config = the_one(proof)?.clone();
        let value = config.remove("proofValue");
        let cryptosuite = suite(&config)?;
        if let Some(previous) = config.get("previousProof") {
            return Err(DataIntegrityError::PreviousProof { got: shown(&previous.to_string()) });
        }
        let options = ProofOptions {
            cryptosuite,
            verification_method: required(&config, "verificationMethod")?.to_owned(),
            purpose: purpose(required(&config, "proofPurpose")?)?,
            created: date(&config, "created")?,
            expires: date(&config, "expires")?,
            challenge: string(&config, "challenge")?.map(str::to_owned),
            domain: string(&config, "domain")?.map(str::to_owned),
        };
        let value = value.as_ref().and_then(Value::as_str);
        let value = value.ok_or(malformed("proofValue", "a string"))?;
        Ok(Self { options, config, signature: decode_value(value)? })
    }
}

/// 3.3.1, step 7: multibase base58btc.
pub(super) fn encode_value(signature: &Signature) -> String {
    format!("z{}", bs58::encode(signature.0).into_string())
}

pub(super) fn decode_value(text: &str) -> Result<Signature, DataIntegrityError> {
    let refused = |reason: String| DataIntegrityError::ProofValue { reason };
    if text.len() > MAX_PROOF_VALUE {
        return Err(refused(format!("it has {} characters, more than {MAX_PROOF_VALUE}", text.len())));
    }
    let base58 = text.strip_prefix('z').ok_or_else(|| refused("it does not start with 'z'".to_owned()))?;
    let bytes = bs58::decode(base58).into_vec().map_err(|source| refused(source.to_string()))?;
    Signature::from_slice(&bytes).ok_or_else(|| refused(format!("it holds {} bytes", bytes.len())))
}

/// A list of one proof is a proof set of one (Data Integrity 1.0, 2.1.1).
fn the_one(proof: &Value) -> Result<&Map<String, Value>, DataIntegrityError> {
    match proof {
        Value::Object(proof) => Ok(proof),
        Value::Array(proofs) => match proofs.as_slice() {
            [Value::Object(proof)] => Ok(proof),
            [_] => Err(malformed("value", "an object")),
            several => Err(DataIntegrityError::NotOneProof { got: several.len() }),
        },
        _ => Err(malformed("value", "an object")),
    }
}

/// 3.3.5, step 2, and 3.3.3, step 1; 3.2.5 and 3.2.3 likewise.
fn suite(config: &Map<String, Value>) -> Result<Cryptosuite, DataIntegrityError> {
    match required(config, "type")? {
        TYPE => {}
        got => return Err(DataIntegrityError::ProofType { got: shown(got) }),
    }
    let name = required(config, "cryptosuite")?;
    Cryptosuite::from_name(name)
        .ok_or_else(|| DataIntegrityError::Cryptosuite { expected: Cryptosuite::default(), got: shown(name) })
}

fn purpose(name: &str) -> Result<Relationship, DataIntegrityError> {
    let known = Relationship::ALL.into_iter().find(|relationship| relationship.name() == name);
    known.ok_or_else(|| DataIntegrityError::Purpose {
        expected: "assertionMethod or authentication",
        got: shown(name),
    })
}

fn required<'a>(config: &'a Map<String, Value>, member: &'static str) -> Result<&'a str, DataIntegrityError> {
    string(config, member)?.ok_or(malformed(member, "a string"))
}

fn string<'a>(
    config: &'a Map<String, Value>,
    member: &'static str,
) -> Result<Option<&'a str>, DataIntegrityError> {
    match config.get(member) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(malformed(member, "a string")),
    }
}

fn date(config: &Map<String, Value>, member: &'static str) -> Result<Option<Timestamp>, DataIntegrityError> {
    let Some(text) = string(config, member)? else { return Ok(None) };
    let date = Timestamp::parse_rfc3339(text);
    date.map(Some).map_err(|source| DataIntegrityError::Date { member, source })
}

fn malformed(member: &'static str, expected: &'static str) -> DataIntegrityError {
    DataIntegrityError::Malformed { member, expected }
}

fn shown(text: &str) -> String {
    text.chars().take(ENOUGH_TO_RECOGNISE).collect()
}
