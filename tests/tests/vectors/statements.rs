//! Statements of our own: trust lists, registrations, bundles, deltas, requests.

use hati_formats::qr::request;
use hati_formats::qr::text::{self, Kind};
use hati_formats::status::Status;
use hati_formats::status::compact::CompactList;
use hati_formats::trust::{Registration, TrustList, Withdrawn};
use hati_tests::vectors::{hex, shown_request};

use super::*;

#[test]
fn trust_and_status() {
    let vectors = read("valid/trust.json");
    let list = &vectors["trust_list"];
    let trust = TrustList::verify(&unhex(str(&list["file"])).unwrap(), &key(&list["root"])).unwrap();
    assert_eq!((hex(trust.sha256()), trust.version()), (str(&list["sha256"]).to_owned(), 1));
    let rotated = &vectors["rotated_trust_list"];
    let led = TrustList::verify(&unhex(str(&rotated["file"])).unwrap(), &key(&rotated["pinned"])).unwrap();
    assert_eq!(*led.root(), key(&rotated["leads_to"]));
    let base = bundle();
    assert_eq!(hex(base.sha256()), vectors["bundle"]["sha256"]);
    lookups(&base, &vectors["bundle"]["lookups"]);
    let delta = &vectors["delta"];
    let next = base.apply(&unhex(str(&delta["file"])).unwrap()).unwrap();
    assert_eq!(hex(next.sha256()), delta["leads_to"]["sha256"]);
    assert_eq!(next.as_bytes().len(), delta["leads_to"]["bytes"]);
    lookups(&next, &delta["lookups"]);
    registration(&vectors["registration"], &trust);
    for vector in vectors["compact_statuses"].as_array().unwrap() {
        let list = CompactList::from_bytes(&unhex(str(&vector["cbor"])).unwrap()).unwrap();
        let not_valid =
            |entry: &Value| (entry[0].as_u64().unwrap(), Status::from(entry[1].as_u64().unwrap() as u8));
        let expected: Vec<_> = vector["not_valid"].as_array().unwrap().iter().map(not_valid).collect();
        let mut got: Vec<_> = list.non_valid().collect();
        got.sort_by_key(|(index, _)| *index);
        assert_eq!(got, expected);
    }
}

fn lookups(bundle: &Bundle, lookups: &Value) {
    for lookup in lookups.as_array().unwrap() {
        let (status, as_of) = bundle.status(str(&lookup["uri"]), lookup["index"].as_u64().unwrap()).unwrap();
        assert_eq!(
            (status.value(), as_of.to_string()),
            (lookup["status"].as_u64().unwrap() as u8, str(&lookup["as_of"]).to_owned())
        );
    }
}

fn registration(vector: &Value, trust: &TrustList) {
    let bytes = unhex(str(&vector["statement"])).unwrap();
    let got = Registration::verify(&bytes, trust, &Withdrawn::default(), time(&vector["now"])).unwrap();
    assert_eq!(
        (got.content().names.en(), got.content().names.sw()),
        (str(&vector["names"]["en"]), str(&vector["names"]["sw"]))
    );
    assert_eq!(
        (got.audience(), hex(got.serial().as_bytes())),
        (str(&vector["audience"]), str(&vector["serial"]).to_owned())
    );
    assert_eq!(*got.key(), key(&vector["key"]));
}

#[test]
fn statements_that_are_refused() {
    let base = bundle();
    for vector in cases("invalid/trust.json") {
        let file = unhex(str(&vector["file"])).unwrap();
        let held = (vector["holds"] == true).then(|| base.held());
        let refused = match str(&vector["kind"]) {
            "bundle" => {
                Bundle::verify(&file, &key(&vector["pinned"]), held.as_ref()).err().map(|error| error.code())
            }
            _ => base.apply(&file).err().map(|error| error.code()),
        };
        assert_eq!(refused, vector["expect"]["refused"].as_str(), "{}", vector["name"]);
    }
}

#[test]
fn requests() {
    let base = bundle();
    let verify = |vector: &Value| {
        let (kind, bytes) = text::decode(str(&vector["scan"])).unwrap();
        assert_eq!((kind, hex(&bytes)), (Kind::Request, str(&vector["cbor"]).to_owned()));
        let request = request::Unverified::parse(&bytes)?;
        request.verify(base.trust(), &base.content().withdrawn, time(&vector["now"]))
    };
    for vector in cases("valid/request.json") {
        assert_eq!(shown_request(&verify(&vector).unwrap()), vector["expect"], "{}", vector["name"]);
    }
    for vector in cases("invalid/request.json") {
        let refused = verify(&vector).err().map(|error| error.code());
        assert_eq!(refused, vector["expect"]["refused"].as_str(), "{}", vector["name"]);
    }
}

#[test]
fn the_example_of_compact_statuses_is_the_vector() {
    let spec = include_str!("../../../spec/trust.md");
    let vector = &read("valid/trust.json")["compact_statuses"][0];
    assert_eq!((&vector["size"], &vector["not_valid"]), (&10.into(), &serde_json::json!([[1, 1], [9, 1]])));
    let bytes = unhex(str(&vector["cbor"])).unwrap();
    let spaced: Vec<String> = bytes.iter().map(|byte| hex(&[*byte])).collect();
    assert!(spec.contains(&format!("`{}`", spaced.join(" "))), "spec/trust.md has another example");
}
