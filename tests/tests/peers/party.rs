//! Whoever can be issuer, holder and verifier: Hati, and each peer.

use std::time::SystemTime;

use hati_formats::keys::SoftwareKey;
use hati_formats::sd_jwt::{
    self, ClaimPath, Frame, Freshness, Held, KeyBindingExpectation, PathSegment, SdJwtError, Template,
    Unverified,
};
use hati_formats::time::Timestamp;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use serde_json::{Map, Value, json};

use crate::client::Peer;
use crate::private_jwk;

pub(crate) const AUDIENCE: &str = "https://verifier.example";
pub(crate) const NONCE: &str = "n-0S6_WzA2Mj";

/// The keys and the media type of one credential.
pub(crate) struct Credential<'k> {
    pub(crate) issuer: &'k SoftwareKey,
    pub(crate) holder: &'k SoftwareKey,
    pub(crate) typ: &'static str,
}

pub(crate) trait Party {
    fn name(&self) -> &'static str;

    /// [`claims`] as an SD-JWT, each concealed as [`peer_frame`] and [`our_frame`] alike say.
    fn issue(&mut self, credential: &Credential<'_>) -> String;

    /// An SD-JWT+KB that shows what [`shown`] holds.
    fn present(&mut self, sd_jwt: &str, holder: &SoftwareKey) -> String;

    /// The claims and the media type, or why the presentation is refused.
    fn verify(
        &mut self,
        text: &str,
        issuer: &SoftwareKey,
        audience: &str,
        nonce: &str,
    ) -> Result<Value, String>;
}

/// Hati first, because the others are compared with it.
pub(crate) fn parties() -> [Box<dyn Party>; 3] {
    [Box::new(Hati), Box::new(Peer::node()), Box::new(Peer::python())]
}

/// What is issued: text beyond ASCII, every kind of JSON value, arrays and objects inside each other.
pub(crate) fn claims() -> Value {
    json!({
        "iss": "https://issuer.example",
        "vct": "https://issuer.example/types/person",
        "given_name": "Wanjikũ",
        "family_name": "O\"Tieno\\\n€😀",
        "height": 1.72,
        "nationalities": ["KE", "UG", "TZ"],
        "languages": ["sw", "en"],
        "address": {"street": "Moi Avenue 1", "city": "Nairobi"},
        "origin": {"place_of_birth": {"locality": "Kisumu", "country": "KE"}, "registered": null},
        "degrees": [{"type": "BSc", "year": 2010}, {"type": "MSc", "year": 2012, "honours": true}],
    })
}

/// What is left of [`claims`] once all but [`peer_show`] is withheld.
pub(crate) fn shown(holder: &SoftwareKey) -> Value {
    json!({
        "iss": "https://issuer.example",
        "vct": "https://issuer.example/types/person",
        "given_name": "Wanjikũ",
        "height": 1.72,
        "nationalities": ["UG"],
        "languages": ["sw", "en"],
        "address": {"city": "Nairobi"},
        "origin": {"place_of_birth": {"locality": "Kisumu", "country": "KE"}, "registered": null},
        "degrees": [{"type": "BSc", "year": 2010}, {"type": "MSc", "year": 2012}],
        "cnf": {"jwk": holder.public().to_jwk()},
    })
}

fn peer_frame() -> Value {
    json!({
        "_sd": ["given_name", "family_name", "origin"],
        "_sd_decoy": 3,
        "nationalities": {"_sd": [0, 1, 2]},
        "languages": {"_sd": [0, 1], "_sd_decoy": 2},
        "address": {"_sd": ["street"]},
        "origin": {"_sd": ["place_of_birth"], "place_of_birth": {"_sd": ["locality"]}},
        "degrees": {"_sd": [1], "1": {"_sd": ["type", "honours"]}},
    })
}

fn our_frame() -> Frame {
    let mut frame = Frame::default();
    for path in [["given_name"], ["family_name"], ["origin"]] {
        frame.conceal(&ClaimPath::names(path));
    }
    frame.conceal(&ClaimPath::names(["address", "street"]));
    frame.conceal(&ClaimPath::names(["origin", "place_of_birth"]));
    frame.conceal(&ClaimPath::names(["origin", "place_of_birth", "locality"]));
    frame.conceal(&path("nationalities", &[PathSegment::All]));
    frame.conceal(&path("languages", &[PathSegment::All]));
    frame.conceal(&path("degrees", &[PathSegment::Index(1)]));
    frame.conceal(&path("degrees", &[PathSegment::Index(1), "type".into()]));
    frame.conceal(&path("degrees", &[PathSegment::Index(1), "honours".into()]));
    frame.decoys(&ClaimPath::default(), 3);
    frame.decoys(&ClaimPath::names(["languages"]), 2);
    frame
}

/// Peers count the decoys of an array among its positions, so all four of `languages` are named.
fn peer_show() -> Value {
    json!({
        "given_name": true,
        "nationalities": {"1": true},
        "languages": {"0": true, "1": true, "2": true, "3": true},
        "origin": {"place_of_birth": {"locality": true}},
        "degrees": {"1": {"type": true}},
    })
}

fn our_show() -> [ClaimPath; 5] {
    [
        ClaimPath::names(["given_name"]),
        path("nationalities", &[PathSegment::Index(1)]),
        path("languages", &[PathSegment::All]),
        ClaimPath::names(["origin", "place_of_birth", "locality"]),
        path("degrees", &[PathSegment::Index(1), "type".into()]),
    ]
}

fn path(name: &str, rest: &[PathSegment]) -> ClaimPath {
    ClaimPath([&[name.into()], rest].concat())
}

fn members(value: Value) -> Map<String, Value> {
    let Value::Object(members) = value else { panic!("an object") };
    members
}

/// PyPI's library reads its own clock, so everyone does.
pub(crate) fn now() -> Timestamp {
    let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970");
    Timestamp::from_seconds(i64::try_from(since_epoch.as_secs()).expect("fits"))
}

struct Hati;

impl Party for Hati {
    fn name(&self) -> &'static str {
        "Hati"
    }

    fn issue(&mut self, credential: &Credential<'_>) -> String {
        let mut claims = members(claims());
        claims.insert("cnf".to_owned(), json!({"jwk": credential.holder.public().to_jwk()}));
        let mut rng = ChaCha20Rng::seed_from_u64(7);
        let template = Template::new(&claims, &our_frame()).expect("the claims can be concealed");
        let concealed = template.conceal(&mut rng);

        let header = json!({"alg": credential.issuer.public().algorithm().name(), "typ": credential.typ});
        let payload = concealed.payload.as_bytes();
        let unsigned = sd_jwt::prepare(&members(header), payload, concealed.disclosures);
        let signature = credential.issuer.sign(unsigned.signing_input());
        unsigned.finish(&signature)
    }

    fn present(&mut self, sd_jwt: &str, holder: &SoftwareKey) -> String {
        let chosen =
            Held::parse(sd_jwt).and_then(|held| held.select(&our_show())).expect("the claims are there");
        let unsigned = chosen.prepare_key_binding(holder.public().algorithm(), AUDIENCE, NONCE, now());
        let signature = holder.sign(unsigned.signing_input());
        unsigned.finish(&signature)
    }

    fn verify(
        &mut self,
        text: &str,
        issuer: &SoftwareKey,
        audience: &str,
        nonce: &str,
    ) -> Result<Value, String> {
        let verify = || {
            let verified = Unverified::parse(text)?.verify_issuer(issuer.public())?;
            let freshness = Freshness { now: now(), max_age: 300, max_ahead: 60 };
            verified.verify_key_binding(&KeyBindingExpectation { audience, nonce, freshness })?;
            Ok(json!({"typ": verified.header().typ, "claims": verified.claims()}))
        };
        verify().map_err(|error: SdJwtError| error.to_string())
    }
}

impl Party for Peer {
    fn name(&self) -> &'static str {
        self.name
    }

    fn issue(&mut self, credential: &Credential<'_>) -> String {
        self.ask_text(&json!({
            "op": "issue",
            "key": private_jwk(credential.issuer),
            "typ": credential.typ,
            "claims": claims(),
            "frame": peer_frame(),
            "holder": credential.holder.public().to_jwk(),
        }))
    }

    fn present(&mut self, sd_jwt: &str, holder: &SoftwareKey) -> String {
        self.ask_text(&json!({
            "op": "present",
            "sd_jwt": sd_jwt,
            "show": peer_show(),
            "key": private_jwk(holder),
            "nonce": NONCE,
            "aud": AUDIENCE,
            "iat": now().seconds(),
        }))
    }

    fn verify(
        &mut self,
        text: &str,
        issuer: &SoftwareKey,
        audience: &str,
        nonce: &str,
    ) -> Result<Value, String> {
        let issuer = issuer.public().to_jwk();
        self.ask(&json!({"op": "verify", "text": text, "issuer": issuer, "nonce": nonce, "aud": audience}))
    }
}
