//! Taking in what an issuer issued: every copy is verified in full, and all of them are kept or none.

mod error;
mod ldp;
mod person;
mod sd_jwt;

pub use error::{CopyError, OfferError};

use hati_formats::credential::{Credential, Format};
use hati_formats::time::Timestamp;
use hati_formats::trust::{Bundle, Issuer};
use hati_protocol::issued::IssuedCredentials;
use rand_core::CryptoRng;
use serde_json::{Map, Value};

use self::person::Person;
use crate::pool::Copy;
use crate::record::{Change, Name};
use crate::wallet::Wallet;

/// A copy whose issuer signed it and whose key is here. Only this module makes one.
struct Accepted {
    /// The number of the waiting key it is bound to.
    key: u64,
    valid_from: Option<Timestamp>,
    valid_until: Option<Timestamp>,
    person: Person,
}

impl Accepted {
    /// That the key is its own, and the person everybody else's.
    fn check_beside(self, accepted: &[Self], held: &[Person]) -> Result<Self, CopyError> {
        if accepted.iter().any(|other| other.key == self.key) {
            return Err(CopyError::KeyTwice);
        }
        let mut people = accepted.iter().map(|other| &other.person).chain(held);
        if people.any(|other| other.contradicts(&self.person)) {
            return Err(CopyError::OtherPerson);
        }
        Ok(self)
    }
}

impl Wallet {
    /// Takes in a file of issued credentials, and gives the numbers of the new copies. Of each copy,
    ///
    /// 1. the issuer is in the trust list, is the one the file names, and the key that signed is one of its keys now;
    /// 2. the signature holds, and every disclosure has its digest;
    /// 3. the W3C formats keep the rules of VCDM 2.0;
    /// 4. the type is the one the file names, and the issuer may issue it;
    /// 5. it has not expired;
    /// 6. it is bound to a key that waits in this wallet, each copy to another;
    /// 7. it is about the person that the wallet's other credentials are about.
    ///
    /// # Errors
    /// [`OfferError`] for the first copy that fails; then nothing was taken in.
    pub fn take_in(
        &mut self,
        issued: &IssuedCredentials,
        now: Timestamp,
        rng: &mut impl CryptoRng,
    ) -> Result<(Vec<u64>, Vec<Change>), OfferError> {
        let bundle = self.trusted(now)?;
        let held: Vec<Person> = self.pool.copies.iter().filter_map(Person::of_copy).collect();
        let mut accepted: Vec<Accepted> = Vec::with_capacity(issued.credentials.len());
        for (position, text) in (1..).zip(&issued.credentials) {
            let copy = self
                .verify_copy(bundle, issued, text, now)
                .and_then(|copy| copy.check_beside(&accepted, &held))
                .map_err(|source| OfferError::Copy { position, source })?;
            accepted.push(copy);
        }
        let mut changes = Vec::with_capacity(2 * accepted.len());
        let mut numbers = Vec::with_capacity(accepted.len());
        for (accepted, text) in accepted.into_iter().zip(&issued.credentials) {
            let number = accepted.key;
            let Some(at) = self.pool.waiting.iter().position(|waiting| waiting.number == number) else {
                continue;
            };
            // The copy takes its key's number, so the two records can never both be there.
            let copy = Copy {
                number,
                key: self.pool.waiting.remove(at).key,
                format: issued.format,
                credential_type: issued.credential_type.clone(),
                issuer: issued.issuer.clone(),
                valid_from: accepted.valid_from,
                valid_until: accepted.valid_until,
                text: text.clone(),
                uses: Vec::new(),
            };
            changes.push(Name::Key(number).delete());
            changes.push(Name::Copy(number).put(&self.vault, &copy.encode(), rng)?);
            self.pool.copies.push(copy);
            numbers.push(number);
        }
        self.pool.copies.sort_by_key(Copy::number);
        Ok((numbers, changes))
    }

    fn verify_copy(
        &self,
        bundle: &Bundle,
        issued: &IssuedCredentials,
        text: &str,
        now: Timestamp,
    ) -> Result<Accepted, CopyError> {
        match issued.format {
            Format::VcSdJwt | Format::DcSdJwt => self.verify_sd_jwt(bundle, issued, text, now),
            Format::LdpVc => self.verify_ldp(bundle, issued, text, now),
        }
    }

    /// Steps 4 and 5.
    fn check_claims<'c>(
        &self,
        issuer: &Issuer,
        issued: &IssuedCredentials,
        claims: &'c Map<String, Value>,
        now: Timestamp,
    ) -> Result<Credential<'c>, CopyError> {
        let credential = Credential::read(issued.format, claims)?;
        let expected = &issued.credential_type;
        let kind = self
            .credential_type(expected.as_str())
            .ok_or_else(|| CopyError::UnknownType { got: expected.clone() })?;
        if !kind.is_named(credential.type_name) {
            let got = credential.type_name.to_owned();
            return Err(CopyError::OtherType { expected: expected.clone(), got });
        }
        if !issuer.may_issue(&kind.id) {
            return Err(CopyError::MayNotIssue { issuer: issuer.id.clone(), got: expected.clone() });
        }
        match credential.valid_until {
            // RFC 7519 section 4.1.4: not on or after.
            Some(until) if now >= until => Err(CopyError::Expired { until, now }),
            _ => Ok(credential),
        }
    }
}

/// Step 1, but for the key.
fn find_issuer<'b>(bundle: &'b Bundle, named: &str, expected: &str) -> Result<&'b Issuer, CopyError> {
    let got = || named.chars().take(200).collect();
    let issuer = bundle.trust().issuer(named).ok_or_else(|| CopyError::UnknownIssuer { got: got() })?;
    if issuer.id != expected {
        return Err(CopyError::OtherIssuer { expected: expected.to_owned(), got: got() });
    }
    Ok(issuer)
}
