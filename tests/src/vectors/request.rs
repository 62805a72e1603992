//! Requests: who asks, for what, and why a wallet does not answer.

use hati_formats::keys::SoftwareKey;
use hati_formats::qr::request::{
    KnownPurpose, Nonce, Purpose, Request, RequestContent, Requester, TypeId, Unverified,
};
use hati_formats::qr::text::{self, Kind};
use hati_formats::time::Timestamp;
use serde_json::{Value, json};

use super::hex;
use super::presentation::{AGE, IDENTITY};
use super::shown::NONCE;
use super::world::World;
use crate::country::{DAY, Result, at, signed};

/// One request: who asks whom for what.
struct Asking<'w> {
    world: &'w World,
    key: &'w SoftwareKey,
    /// The claims that a registration allows, where there is one.
    registered: Option<&'static [&'static str]>,
    type_id: &'static str,
    claims: &'static [&'static str],
    purpose: Purpose,
    place: Option<&'static str>,
    /// Whose signature the request has.
    signer: &'w SoftwareKey,
    now: Timestamp,
}

impl<'w> Asking<'w> {
    fn registered(world: &'w World, key: &'w SoftwareKey) -> Self {
        Self {
            world,
            key,
            registered: Some(IDENTITY),
            type_id: "maisha-id",
            claims: IDENTITY,
            purpose: Purpose::Known(KnownPurpose::IdentityCheck),
            place: Some("Counter 3"),
            signer: key,
            now: at(0),
        }
    }

    fn unregistered(world: &'w World) -> Self {
        let purpose = Purpose::Known(KnownPurpose::AgeCheck);
        let (registered, place, type_id) = (None, None, "proof-of-age");
        let key = &world.unregistered;
        Self { registered, place, type_id, claims: AGE, purpose, ..Self::registered(world, key) }
    }

    fn bytes(&self) -> Result<Vec<u8>> {
        let claims = self.claims.iter().map(|claim| claim.parse()).collect::<std::result::Result<_, _>>()?;
        let content = RequestContent {
            nonce: Nonce::from_bytes(NONCE),
            issued_at: at(0),
            purpose: self.purpose.clone(),
            credential_type: TypeId::parse(self.type_id)?,
            claims,
            place: self.place.map(str::to_owned),
        };
        let registration =
            self.registered.map(|claims| self.world.country.register(self.key, claims)).transpose()?;
        Ok(signed(content.prepare(self.key.public(), registration.as_deref())?, self.signer))
    }

    fn case(&self, name: &str, says: &str, bytes: &[u8]) -> Value {
        json!({
            "name": name, "says": says, "now": self.now.to_string(),
            "scan": text::encode(Kind::Request, bytes), "cbor": hex(bytes),
        })
    }

    fn verify(&self, bytes: &[u8]) -> Result<Request> {
        let bundle = &self.world.bundle;
        Ok(Unverified::parse(bytes)?.verify(bundle.trust(), &bundle.content().withdrawn, self.now)?)
    }
}

pub(super) fn valid(world: &World) -> Result<Value> {
    let registered = |key| Asking::registered(world, key);
    let words = Purpose::Text("Collecting a parcel".to_owned());
    let cases = [
        ("registered", registered(&world.verifier)),
        ("registered-p256", registered(&world.verifier_p256)),
        ("registered-own-words", Asking { purpose: words, ..registered(&world.verifier) }),
        ("unregistered", Asking::unregistered(world)),
        ("two-minutes-old", Asking { now: at(120), ..Asking::unregistered(world) }),
        ("a-minute-ahead", Asking { now: at(-60), ..Asking::unregistered(world) }),
    ];
    cases
        .into_iter()
        .map(|(name, asking)| {
            let bytes = asking.bytes()?;
            let mut case = asking.case(name, &format!("by {}", world.name_of(asking.key)), &bytes);
            if let Some(members) = case.as_object_mut() {
                members.insert("expect".to_owned(), shown(&asking.verify(&bytes)?));
            }
            Ok(case)
        })
        .collect()
}

/// What a wallet that accepts a request knows of it.
#[must_use]
pub fn shown(request: &Request) -> Value {
    let content = request.content();
    let by = match request.requester() {
        Requester::Registered(registration) => json!({
            "en": registration.content().names.en(),
            "sw": registration.content().names.sw(),
            "place": registration.content().place,
        }),
        Requester::Unregistered(_) => Value::Null,
    };
    json!({
        "registered": by,
        "audience": request.audience(),
        "nonce": content.nonce.to_string(),
        "issued_at": content.issued_at.to_string(),
        "purpose": content.purpose.id(),
        "type": content.credential_type.as_str(),
        "claims": content.claims.iter().map(|claim| claim.as_str()).collect::<Vec<_>>(),
        "place": content.place,
    })
}

/// The text of a request code.
pub(super) fn code(world: &World) -> Result<String> {
    Ok(text::encode(Kind::Request, &Asking::registered(world, &world.verifier).bytes()?))
}

pub(super) fn invalid(world: &World) -> Result<Value> {
    let registered = || Asking::registered(world, &world.verifier);
    let unregistered = || Asking::unregistered(world);
    let words = Purpose::Text("Police".to_owned());
    let cases = [
        ("request_too_old", "121 seconds old", Asking { now: at(121), ..registered() }),
        ("request_in_future", "61 seconds ahead", Asking { now: at(-61), ..registered() }),
        (
            "request_signature_invalid",
            "signed by another key than the registered",
            Asking { signer: &world.thief, ..registered() },
        ),
        (
            "request_beyond_registration",
            "the id number, registered for the name",
            Asking { registered: Some(&["given_name"]), ..registered() },
        ),
        (
            "registration_withdrawn",
            "the registration was withdrawn",
            Asking {
                key: &world.withdrawn,
                signer: &world.withdrawn,
                registered: Some(&["given_name"]),
                claims: &["given_name"],
                ..registered()
            },
        ),
        ("registration_expired", "the registration is over", Asking { now: at(366 * DAY), ..registered() }),
        (
            "request_unregistered_beyond_age",
            "an identity, unregistered",
            Asking { type_id: "maisha-id", claims: IDENTITY, ..unregistered() },
        ),
        (
            "request_unregistered_beyond_age",
            "every age, unregistered",
            Asking { claims: &["age_equal_or_over"], ..unregistered() },
        ),
        (
            "request_unregistered_wording",
            "words of its own, unregistered",
            Asking { purpose: words, ..unregistered() },
        ),
        (
            "request_unregistered_wording",
            "a place, unregistered",
            Asking { place: Some("Police"), ..unregistered() },
        ),
    ];
    let mut vectors = Vec::new();
    for (number, (refused, says, asking)) in cases.into_iter().enumerate() {
        vectors.push(refusal(&asking, number, refused, says, &asking.bytes()?)?);
    }
    let asking = registered();
    let good = asking.bytes()?;
    let short = good.get(..good.len() - 1).unwrap_or_default();
    let long = [good.as_slice(), &[0; 1_200]].concat();
    for (refused, says, bytes) in
        [("request_malformed", "its last byte missing", short), ("request_too_long", "over-long", &long)]
    {
        vectors.push(refusal(&asking, vectors.len(), refused, says, bytes)?);
    }
    Ok(vectors.into())
}

fn refusal(asking: &Asking<'_>, number: usize, refused: &str, says: &str, bytes: &[u8]) -> Result<Value> {
    let bundle = &asking.world.bundle;
    let request = Unverified::parse(bytes)
        .and_then(|it| it.verify(bundle.trust(), &bundle.content().withdrawn, asking.now));
    let got = request.err().map(|error| error.code());
    if got != Some(refused) {
        return Err(format!("{says}: expected {refused}, got {got:?}").into());
    }
    let mut case = asking.case(&format!("{refused}-{number}"), says, bytes);
    if let Some(members) = case.as_object_mut() {
        members.insert("expect".to_owned(), json!({ "refused": refused }));
    }
    Ok(case)
}
