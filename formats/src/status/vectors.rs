//! The examples and test vectors of draft-ietf-oauth-status-list-21, read from the published files.

use std::path::PathBuf;

use minicbor::Decoder;

use super::claim::StatusListClaim;
use super::token::StatusListToken;
use super::{Bits, Status, StatusList};
use crate::{json, jws};

/// The vectors of appendix C have 2^20 entries.
const LONG: u64 = 1 << 20;

/// The published file without line breaks and without the words above the encoding.
fn read(name: &str) -> Option<String> {
    let folder = std::env::var_os("HATI_VECTORS").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/vectors")),
        PathBuf::from,
    );
    let text = std::fs::read_to_string(folder.join("token-status-list").join(format!("{name}.md"))).ok();
    if text.is_none() {
        println!("skipped 1 published vector: {name} is not in {}", folder.display());
    }
    let text = text?;
    let encoded = text.split_once("encoded:").map_or(text.as_str(), |(_, encoded)| encoded);
    Some(encoded.split_whitespace().collect())
}

fn from_hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

fn from_json(text: &str) -> StatusListClaim {
    StatusListClaim::from_json(&json::parse_object(text.as_bytes()).unwrap()).unwrap()
}

/// Reads the JSON and the CBOR vector of a name and checks what both hold.
fn check(name: &str, bits: Bits, size: u64, statuses: &[(u64, u8)]) {
    let lists = [
        read(&format!("{name}_json")).map(|text| from_json(&text)),
        read(&format!("{name}_cbor")).map(|text| StatusListClaim::from_cbor(&from_hex(&text)).unwrap()),
    ];
    let expected: Vec<_> = statuses.iter().map(|(index, value)| (*index, Status::from(*value))).collect();
    for claim in lists.into_iter().flatten() {
        assert_eq!((claim.list.bits(), claim.list.size()), (bits, size), "{name}");
        assert_eq!(claim.list.non_valid().collect::<Vec<_>>(), expected, "{name}");
        assert_eq!(claim.aggregation_uri, None);
        assert_eq!(from_json(&claim.to_json().to_string()), claim);
        assert_eq!(StatusListClaim::from_cbor(&claim.to_cbor()).as_ref(), Ok(&claim));
    }
}

const ONE_BIT: [(u64, u8); 9] = [(0, 1), (3, 1), (4, 1), (5, 1), (7, 1), (8, 1), (9, 1), (13, 1), (15, 1)];
const TWO_BITS: [(u64, u8); 9] = [(0, 1), (1, 2), (3, 3), (5, 1), (7, 1), (8, 1), (9, 2), (10, 3), (11, 3)];

#[test]
fn the_examples_of_section_4() {
    check("status_list_encoding", Bits::One, 16, &ONE_BIT);
    check("status_list_encoding2", Bits::Two, 12, &TWO_BITS);
}

#[test]
fn the_examples_are_written_byte_for_byte() {
    for (name, bits, size, statuses) in [
        ("status_list_encoding", Bits::One, 16, &ONE_BIT),
        ("status_list_encoding2", Bits::Two, 12, &TWO_BITS),
    ] {
        let mut list = StatusList::new(bits, size).unwrap();
        statuses.iter().for_each(|(index, value)| list.set(*index, Status::from(*value)).unwrap());
        let claim = StatusListClaim { list, aggregation_uri: None };
        if let Some(text) = read(&format!("{name}_json")) {
            assert_eq!(claim.to_json().to_string(), text);
        }
        if let Some(text) = read(&format!("{name}_cbor")) {
            assert_eq!(claim.to_cbor(), from_hex(&text));
        }
    }
}

#[test]
fn the_long_vector_of_1_bit() {
    let indices =
        [0, 1_993, 25_460, 159_495, 495_669, 554_353, 645_645, 723_232, 854_545, 934_534, 1_000_345];
    check("status_list_encoding1_long", Bits::One, LONG, &indices.map(|index| (index, 1)));
}

#[test]
fn the_long_vector_of_2_bits() {
    let statuses = [
        (0, 1),
        (1_993, 2),
        (25_460, 1),
        (159_495, 3),
        (495_669, 1),
        (554_353, 1),
        (645_645, 2),
        (723_232, 1),
        (854_545, 1),
        (934_534, 2),
        (1_000_345, 3),
    ];
    check("status_list_encoding2_long", Bits::Two, LONG, &statuses);
}

#[test]
fn the_long_vector_of_4_bits() {
    let statuses = [
        (0, 1),
        (1_993, 2),
        (35_460, 3),
        (459_495, 4),
        (595_669, 5),
        (754_353, 6),
        (845_645, 7),
        (923_232, 8),
        (924_445, 9),
        (934_534, 10),
        (1_000_345, 12),
        (1_004_534, 11),
        (1_030_203, 13),
        (1_030_204, 14),
        (1_030_205, 15),
    ];
    check("status_list_encoding4", Bits::Four, LONG, &statuses);
}

#[test]
fn the_long_vector_of_8_bits() {
    let Some(text) = read("status_list_encoding8_json") else { return };
    let list = from_json(&text).list;
    for (index, value) in [(233_478, 0), (52_451, 1), (576_778, 2), (513_575, 3), (66_653, 9)] {
        assert_eq!(list.get(index), Ok(Status::from(value)));
    }
    let mut values: Vec<u8> = list.non_valid().map(|(_, status)| status.value()).collect();
    values.sort_unstable();
    assert!(values.into_iter().eq(1..=255), "the vector has every value once");
    let statuses: Vec<_> = list.non_valid().map(|(index, status)| (index, status.value())).collect();
    check("status_list_encoding8", Bits::Eight, LONG, &statuses);
}

#[test]
fn the_jwt_example_holds_the_example_list() {
    let Some(text) = read("status_list_jwt_raw") else { return };
    let token = jws::Unverified::parse(&text).unwrap();
    assert_eq!(token.header().typ.as_deref(), Some(super::token::TYP));
    let claims = json::parse_object(token.payload_unverified()).unwrap();
    let token = StatusListToken::from_claims(&claims).unwrap();
    assert_eq!(token.subject, "https://example.com/statuslists/1");
    assert_eq!(token.issued_at.seconds(), 1_686_920_170);
    assert_eq!(token.expires_at.unwrap().seconds(), 2_291_720_170);
    assert_eq!(token.ttl, Some(43_200));
    assert_eq!(token.status_list.list.get(15), Ok(Status::Invalid));
    assert_eq!(token.status_list.list.get(14), Ok(Status::Valid));
}

#[test]
fn the_cwt_example_holds_the_example_list() {
    /// Section 14.3: the CWT claim `status_list`.
    const STATUS_LIST: u64 = 65_533;
    let Some(text) = read("status_list_cwt") else { return };
    let bytes = from_hex(&text);
    let mut message = Decoder::new(&bytes);
    assert_eq!(message.tag().unwrap().as_u64(), 18);
    assert_eq!(message.array().unwrap(), Some(4));
    message.skip().unwrap();
    message.skip().unwrap();
    let payload = message.bytes().unwrap();
    let mut claims = Decoder::new(payload);
    for _ in 0..claims.map().unwrap().unwrap() {
        let claim = claims.u64().unwrap();
        let start = claims.position();
        claims.skip().unwrap();
        if claim == STATUS_LIST {
            let list = StatusListClaim::from_cbor(&payload[start..claims.position()]).unwrap().list;
            let expected: Vec<_> = ONE_BIT.iter().map(|(index, _)| (*index, Status::Invalid)).collect();
            return assert_eq!(list.non_valid().collect::<Vec<_>>(), expected);
        }
    }
    panic!("the example has no status list");
}
