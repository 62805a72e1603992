//! The keys of a folder: rotated while credentials go on verifying.

use hati_formats::keys::{Algorithm, PublicKey};
use hati_formats::time::{SECONDS_PER_DAY, Timestamp};
use hati_formats::trust::{Bundle, KeyId, TrustList, Validity};
use hati_store::{Action, Document, Event};
use rand_core::CryptoRng;

use super::{Home, HomeError};
use crate::actor::Actor;
use crate::keys::{KeyPlace, Role};

/// Who changes keys, and when, for the audit.
#[derive(Clone, Copy, Debug)]
pub struct Operator<'a> {
    /// Who.
    pub actor: &'a Actor,
    /// When.
    pub now: Timestamp,
}

/// A key, as an operator sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownKey {
    /// Whose.
    pub role: Role,
    /// `active`, `announced`, `past` or `withdrawn`.
    pub state: &'static str,
    /// Its public half.
    pub key: PublicKey,
    /// When it counts, if the trust list names it.
    pub validity: Option<Validity>,
    /// Where its private half is; none where it is not here, as after it was destroyed.
    pub place: Option<KeyPlace>,
}

impl Home {
    /// Every key that signs, will sign, or signed what still verifies.
    ///
    /// # Errors
    ///
    /// As [`trust`](Self::trust).
    pub fn key_list(&self) -> Result<Vec<ShownKey>, HomeError> {
        let trust = self.trust()?;
        let withdrawn = self.keys.public().withdrawn;
        let mut shown = Vec::new();
        for role in [Role::Issuer, Role::Registrar] {
            let places = self.key_folder.places(role)?;
            let mut keys = vec![(self.keys.signer(role).public().clone(), "active")];
            keys.extend(self.keys.announced(role).map(|key| (key.clone(), "announced")));
            for key in self.listed(&trust, role) {
                if keys.iter().all(|(known, _)| *known != key) {
                    let state = if withdrawn.contains(&key) { "withdrawn" } else { "past" };
                    keys.push((key, state));
                }
            }
            shown.extend(keys.into_iter().map(|(key, state)| ShownKey {
                role,
                state,
                validity: self.validity(&trust, role, &key),
                place: places.iter().find(|(known, _)| *known == key).map(|(_, place)| *place),
                key,
            }));
        }
        Ok(shown)
    }

    /// Until when the issuer's key may sign: a credential of the longest type then ends with the key.
    ///
    /// # Errors
    ///
    /// As [`trust`](Self::trust) and [`types`](Self::types).
    pub fn replace_issuer_key_by(&self) -> Result<Option<Timestamp>, HomeError> {
        let longest =
            self.types()?.iter().map(|kind| i64::from(kind.validity_days)).max().unwrap_or_default();
        let validity = self.validity(&self.trust()?, Role::Issuer, self.keys.issuer.public());
        Ok(validity.map(|validity| validity.until.plus_seconds(-longest * SECONDS_PER_DAY)))
    }

    /// The keys that a list names in a role.
    fn listed(&self, trust: &TrustList, role: Role) -> Vec<PublicKey> {
        match role {
            Role::Issuer => {
                let issuer = trust.issuer(self.config.issuer_url());
                issuer.iter().flat_map(|issuer| &issuer.keys).map(|known| known.key.clone()).collect()
            }
            Role::Registrar => {
                let registrars = trust.content().registrars.iter();
                registrars.flat_map(|registrar| &registrar.keys).map(|known| known.key.clone()).collect()
            }
        }
    }

    /// Makes the key that will sign next ([`KeyFolder::announce`](crate::keys::KeyFolder::announce)). The next trust list
    /// and edition name it.
    ///
    /// # Errors
    ///
    /// [`HomeError::Keys`].
    pub fn announce_key(
        &mut self,
        role: Role,
        algorithm: Option<Algorithm>,
        place: Option<KeyPlace>,
        by: Operator<'_>,
        rng: &mut impl CryptoRng,
    ) -> Result<PublicKey, HomeError> {
        let key = self.key_folder.announce(role, algorithm, place, rng)?;
        self.keys.renew(self.key_folder.load()?);
        self.log_key(role, &key, "announced", by)?;
        Ok(key)
    }

    /// Lets the announced key sign, once the newest bundle has named it for `wait_days`: whoever took a bundle since then
    /// knows it. Gives the key before it and the new one.
    ///
    /// # Errors
    ///
    /// [`HomeError::NotKnown`] before that.
    pub fn activate_key(
        &mut self,
        role: Role,
        wait_days: u32,
        by: Operator<'_>,
        rng: &mut impl CryptoRng,
    ) -> Result<[PublicKey; 2], HomeError> {
        if let Some(key) = self.keys.announced(role) {
            self.check_known(role, key, wait_days, by.now)?;
        }
        let keys = self.key_folder.activate(role, rng)?;
        self.keys.renew(self.key_folder.load()?);
        let [_, new] = &keys;
        self.log_key(role, new, "activated", by)?;
        Ok(keys)
    }

    /// Destroys the private half of the key that signs no more.
    ///
    /// # Errors
    ///
    /// [`HomeError::Keys`].
    pub fn retire_key(&self, role: Role, by: Operator<'_>) -> Result<PublicKey, HomeError> {
        let key = self.key_folder.retire(role)?;
        self.log_key(role, &key, "retired", by)?;
        Ok(key)
    }

    /// Leaves a key out of the next trust list, because somebody else has it: nothing that it ever signed counts then.
    ///
    /// # Errors
    ///
    /// [`HomeError::NotWithdrawable`] for a key that signs, or that the trust list does not name.
    pub fn withdraw_key(&mut self, id: &str, by: Operator<'_>) -> Result<PublicKey, HomeError> {
        let refused = |reason| HomeError::NotWithdrawable { got: id.to_owned(), reason };
        let trust = self.trust()?;
        let mut listed = [Role::Issuer, Role::Registrar]
            .into_iter()
            .flat_map(|role| self.listed(&trust, role).into_iter().map(move |key| (role, key)));
        let key = listed.find(|(_, key)| KeyId::of(key).to_string() == id);
        let (role, key) =
            key.ok_or_else(|| refused("the trust list names no such key. See hati-issuer keys list"))?;
        if *self.keys.signer(role).public() == key {
            return Err(refused("it signs. Announce and activate another one first"));
        }
        self.key_folder.withdraw(&key)?;
        self.keys.renew(self.key_folder.load()?);
        self.log_key(role, &key, "withdrawn", by)?;
        Ok(key)
    }

    /// Every key that the registrar signs with, or signed with, as far as this folder knows.
    ///
    /// # Errors
    ///
    /// As [`trust`](Self::trust).
    pub fn registrar_keys(&self) -> Result<Vec<PublicKey>, HomeError> {
        let ours = self.keys.public();
        let listed = self.listed(&self.trust()?, Role::Registrar);
        Ok(ours.registrar.into_iter().chain(ours.withdrawn).chain(listed).collect())
    }

    fn log_key(&self, role: Role, key: &PublicKey, state: &str, by: Operator<'_>) -> Result<(), HomeError> {
        let subject = format!("{role} {}, {state}", KeyId::of(key));
        let event = Event::new(by.now.seconds(), by.actor, Action::KeyChanged, subject);
        Ok(self.store.log(&[event])?)
    }

    fn check_known(
        &self,
        role: Role,
        key: &PublicKey,
        wait_days: u32,
        now: Timestamp,
    ) -> Result<(), HomeError> {
        let refused = |reason: String| HomeError::NotKnown { role, reason };
        let validity = self.validity(&self.trust()?, role, key).ok_or_else(|| {
            refused("the trust list does not name it. Let the root sign the next one".to_owned())
        })?;
        let newest = self.store.latest(Document::Bundle)?;
        let newest = newest
            .map(|newest| Bundle::verify(&newest.bytes, &Bundle::root_unverified(&newest.bytes)?, None))
            .transpose()?;
        if newest.is_none_or(|bundle| !self.lists(bundle.trust(), role, key)) {
            return Err(refused("no bundle names it. Publish one with: hati-issuer bundle".to_owned()));
        }
        let from = validity.from.plus_seconds(i64::from(wait_days) * SECONDS_PER_DAY);
        if now < from {
            return Err(refused(format!("it was named on {}; activate it from {from} on", validity.from)));
        }
        Ok(())
    }
}
