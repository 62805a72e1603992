//! The `StatusList` structure of the Token Status List, in JSON and in CBOR
//! (draft-ietf-oauth-status-list-21 sections 4.2 and 4.3).

use std::collections::BTreeMap;

use minicbor::data::Type;
use minicbor::encode::Write;
use minicbor::{Decode, Decoder, Encode, Encoder};
use serde_json::{Map, Value, json};

use super::list::{Bits, StatusList, StatusListError};
use super::reference::is_uri;
use crate::encoding::{EncodingError, b64url, b64url_decode};

/// A Status List with what stands beside it.
///
/// ```cddl
/// StatusList = {
///     bits: 1 / 2 / 4 / 8,
///     lst: bstr,
///     ? aggregation_uri: tstr
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusListClaim {
    /// `bits` and `lst`.
    pub list: StatusList,
    /// `aggregation_uri`: where the list of all lists of this issuer is (section 9).
    pub aggregation_uri: Option<String>,
}

/// Why a `StatusList` structure is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClaimError {
    /// A member is absent or of the wrong type.
    #[error("the status list needs `{member}`, {expected}")]
    Member {
        /// Its name.
        member: &'static str,
        /// What it must be.
        expected: &'static str,
    },
    /// A member comes twice.
    #[error("the status list has `{member}` twice; two readers would see two lists")]
    Duplicate {
        /// Its name.
        member: String,
    },
    /// `lst` is not base64url.
    #[error("`lst` is damaged: {0}")]
    Encoding(#[from] EncodingError),
    /// Not the CBOR map of section 4.3.
    #[error("the status list is not well-formed CBOR: {reason}")]
    Cbor {
        /// What the decoder met, and where.
        reason: String,
    },
    /// Bytes follow the CBOR map.
    #[error("{trailing} bytes follow the status list")]
    Trailing {
        /// How many.
        trailing: usize,
    },
    /// The list itself is refused.
    #[error(transparent)]
    List(#[from] StatusListError),
}

const BITS: ClaimError = ClaimError::Member { member: "bits", expected: "1, 2, 4 or 8 as an integer" };
const LST: ClaimError = ClaimError::Member { member: "lst", expected: "the compressed byte array" };
const AGGREGATION_URI: ClaimError =
    ClaimError::Member { member: "aggregation_uri", expected: "an absolute URI" };

impl StatusListClaim {
    /// The JSON object (section 4.2).
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut object = json!({ "bits": self.list.bits().count(), "lst": b64url(&self.list.to_zlib()) });
        if let (Some(uri), Some(members)) = (&self.aggregation_uri, object.as_object_mut()) {
            members.insert("aggregation_uri".to_owned(), Value::String(uri.clone()));
        }
        object
    }

    /// Reads the JSON object; duplicate members are refused by the parser that made it
    /// ([`crate::json`]).
    ///
    /// # Errors
    /// [`ClaimError`].
    pub fn from_json(object: &Map<String, Value>) -> Result<Self, ClaimError> {
        let bits = Bits::try_from(object.get("bits").and_then(Value::as_u64).ok_or(BITS)?)?;
        let lst = b64url_decode(object.get("lst").and_then(Value::as_str).ok_or(LST)?)?;
        let aggregation_uri = match object.get("aggregation_uri") {
            None => None,
            Some(uri) => Some(uri.as_str().ok_or(AGGREGATION_URI)?.to_owned()),
        };
        Self { list: StatusList::from_zlib(bits, &lst)?, aggregation_uri }.checked()
    }

    /// The CBOR map (section 4.3).
    #[must_use]
    pub fn to_cbor(&self) -> Vec<u8> {
        crate::cbor::to_vec(self)
    }

    /// Reads the CBOR map and nothing beside it.
    ///
    /// # Errors
    /// [`ClaimError`].
    pub fn from_cbor(bytes: &[u8]) -> Result<Self, ClaimError> {
        let malformed = |e: minicbor::decode::Error| ClaimError::Cbor { reason: e.to_string() };
        let mut decoder = Decoder::new(bytes);
        let mut members = BTreeMap::new();
        for entry in decoder.map_iter::<&str, Item<'_>>().map_err(malformed)? {
            let (member, item) = entry.map_err(malformed)?;
            // RFC 8949 section 5.6: a map with duplicate keys is not valid.
            if members.insert(member, item).is_some() {
                return Err(ClaimError::Duplicate { member: member.to_owned() });
            }
        }
        let trailing = bytes.len().saturating_sub(decoder.position());
        if trailing > 0 {
            return Err(ClaimError::Trailing { trailing });
        }
        let Some(Item::Unsigned(bits)) = members.get("bits") else { return Err(BITS) };
        let Some(Item::Bytes(lst)) = members.get("lst") else { return Err(LST) };
        let aggregation_uri = match members.get("aggregation_uri") {
            None => None,
            Some(Item::Text(uri)) => Some((*uri).to_owned()),
            Some(_) => return Err(AGGREGATION_URI),
        };
        Self { list: StatusList::from_zlib(Bits::try_from(*bits)?, lst)?, aggregation_uri }.checked()
    }

    fn checked(self) -> Result<Self, ClaimError> {
        match &self.aggregation_uri {
            Some(uri) if !is_uri(uri) => Err(AGGREGATION_URI),
            _ => Ok(self),
        }
    }
}

impl<C> Encode<C> for StatusListClaim {
    /// Members in the order of the standard's examples.
    fn encode<W: Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.map(if self.aggregation_uri.is_some() { 3 } else { 2 })?;
        e.str("bits")?.u8(self.list.bits().count())?;
        e.str("lst")?.bytes(&self.list.to_zlib())?;
        if let Some(uri) = &self.aggregation_uri {
            e.str("aggregation_uri")?.str(uri)?;
        }
        Ok(())
    }
}

/// A value of the CBOR map, of the kinds that the map knows.
enum Item<'b> {
    Unsigned(u64),
    Bytes(&'b [u8]),
    Text(&'b str),
    Unknown,
}

impl<'b, C> Decode<'b, C> for Item<'b> {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        match d.datatype()? {
            Type::U8 | Type::U16 | Type::U32 | Type::U64 => d.u64().map(Self::Unsigned),
            Type::Bytes => d.bytes().map(Self::Bytes),
            Type::String => d.str().map(Self::Text),
            _ => d.skip().map(|()| Self::Unknown),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::Status;
    use crate::status::inflate::InflateError;
    use proptest::prelude::*;

    fn claim(aggregation_uri: Option<&str>) -> StatusListClaim {
        let mut list = StatusList::new(Bits::Two, 12).unwrap();
        list.set(3, Status::Suspended).unwrap();
        StatusListClaim { list, aggregation_uri: aggregation_uri.map(str::to_owned) }
    }

    fn from_json(value: Value) -> Result<StatusListClaim, ClaimError> {
        StatusListClaim::from_json(value.as_object().unwrap())
    }

    fn with(member: &str, value: Value) -> Value {
        let mut object = claim(Some("https://example.com/lists")).to_json();
        object[member] = value;
        object
    }

    #[test]
    fn json_refusals() {
        let bits = |got| Err(ClaimError::List(StatusListError::Bits { got }));
        assert_eq!(from_json(with("bits", json!(3))), bits(3));
        assert_eq!(from_json(with("bits", json!(0))), bits(0));
        assert_eq!(from_json(with("bits", json!("2"))), Err(BITS));
        assert_eq!(from_json(with("bits", json!(2.5))), Err(BITS));
        assert_eq!(from_json(with("lst", json!(7))), Err(LST));
        assert_eq!(from_json(with("aggregation_uri", json!("lists"))), Err(AGGREGATION_URI));
        assert_eq!(from_json(with("aggregation_uri", Value::Null)), Err(AGGREGATION_URI));
        assert!(matches!(from_json(with("lst", json!("eNo="))), Err(ClaimError::Encoding(_))));
        let mut zlib = claim(None).list.to_zlib();
        zlib.push(7);
        let error = from_json(with("lst", json!(b64url(&zlib)))).unwrap_err();
        assert!(matches!(
            error,
            ClaimError::List(StatusListError::Inflate(InflateError::Trailing { trailing: 1, .. }))
        ));
    }

    #[test]
    fn cbor_refusals() {
        let good = claim(None).to_cbor();
        let mut tail = good.clone();
        tail.push(0);
        assert_eq!(StatusListClaim::from_cbor(&tail), Err(ClaimError::Trailing { trailing: 1 }));
        let twice = [&[0xa3][..], &good[1..], b"\x64bits\x01"].concat();
        assert_eq!(
            StatusListClaim::from_cbor(&twice),
            Err(ClaimError::Duplicate { member: "bits".to_owned() })
        );
        assert_eq!(StatusListClaim::from_cbor(b"\xa0"), Err(BITS));
        assert_eq!(StatusListClaim::from_cbor(b"\xa1\x64bits\x61\x31"), Err(BITS));
        assert_eq!(StatusListClaim::from_cbor(b"\xa1\x64bits\x01"), Err(LST));
        let uri = [&[0xa3][..], &good[1..], b"\x6faggregation_uri\x01"].concat();
        assert_eq!(StatusListClaim::from_cbor(&uri), Err(AGGREGATION_URI));
        for length in 0..good.len() {
            assert!(StatusListClaim::from_cbor(&good[..length]).is_err(), "cut at {length}");
        }
    }

    #[test]
    fn unknown_members_are_left_alone() {
        assert_eq!(from_json(with("note", json!([1]))).unwrap().list, claim(None).list);
        let more = [&[0xa3][..], &claim(None).to_cbor()[1..], b"\x61n\x81\x01"].concat();
        assert_eq!(StatusListClaim::from_cbor(&more), Ok(claim(None)));
        // The same map in the indefinite encoding.
        let open = [&[0xbf][..], &claim(None).to_cbor()[1..], b"\xff"].concat();
        assert_eq!(StatusListClaim::from_cbor(&open), Ok(claim(None)));
    }

    #[test]
    fn both_forms_round_trip() {
        for uri in [None, Some("https://example.com/lists")] {
            let claim = claim(uri);
            assert_eq!(from_json(claim.to_json()).as_ref(), Ok(&claim));
            assert_eq!(StatusListClaim::from_cbor(&claim.to_cbor()).as_ref(), Ok(&claim));
        }
    }

    proptest! {
        #[test]
        fn never_panics(bytes: Vec<u8>) {
            let _ = StatusListClaim::from_cbor(&bytes);
        }
    }
}
