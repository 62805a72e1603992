//! Answers that are not accepted, each with the reason code that follows.

use hati_formats::credential::{Format, short_kid};
use hati_formats::encoding::{b64url, b64url_decode};
use hati_formats::time::Timestamp;
use hati_formats::trust::audience;
use hati_verifier::Reason;
use serde_json::{Value, json};

use super::alter::{CLAIMS, Cases, another_name, decodes_to, expecting, pieces, with_payload};
use super::shown::Scene;
use super::world::{Recipe, World};
use crate::country::{DAY, ISSUER, LIST_SIZE, REVOKED, Result, SUSPENDED, at};

pub(super) fn vectors(world: &World) -> Result<Value> {
    let mut cases = Cases::new(world);
    cases.of_the_issuer()?;
    cases.of_the_credential()?;
    cases.of_the_bytes()?;
    cases.of_the_holder()?;
    cases.of_the_question()?;
    cases.of_time_and_doubt()?;
    Ok(cases.cases.into())
}

impl Cases<'_> {
    fn of_the_issuer(&mut self) -> Result<()> {
        let forger = self.world().thief.public();
        self.issued(Reason::IssuerUnknown, "an issuer that the trust list does not have", |envelope| {
            envelope.issuer = "https://id.elsewhere.example".into();
        })?;
        self.issued(Reason::IssuerKeyUnknown, "a key that the issuer does not have", |envelope| {
            envelope.kid = short_kid(forger).into();
        })?;
        let says = "another's key under the issuer's name";
        let (scene, kid) =
            (Scene { issuer: &self.world().thief, ..self.fresh() }, self.fresh().credential_kid());
        let sd_jwt = scene.present(&scene.credential(|envelope| envelope.kid = kid.into())?)?;
        self.push(&scene, Reason::IssuerSignatureInvalid, says, &sd_jwt)?;
        self.altered(Reason::IssuerSignatureInvalid, "one bit of the issuer's signature", |sd_jwt| {
            let (jwt, rest) = sd_jwt.split_once('~').ok_or("an SD-JWT")?;
            let [header, payload, signature] = pieces(jwt)?;
            let mut signature = b64url_decode(signature)?;
            signature.iter_mut().take(1).for_each(|byte| *byte ^= 1);
            Ok(format!("{header}.{payload}.{}~{rest}", b64url(&signature)))
        })?;
        self.altered(Reason::IssuerSignatureInvalid, "a later end of validity", |sd_jwt| {
            with_payload(sd_jwt, |text| text.replace(r#""validUntil":"2028"#, r#""validUntil":"2048"#))
        })
    }

    fn of_the_credential(&mut self) -> Result<()> {
        let (today, tomorrow) = (at(0).date(), at(DAY).date());
        self.issued(Reason::TypeNotAllowed, "a type that nobody knows", |e| {
            e.type_name = "LibraryCard".into()
        })?;
        self.issued(Reason::NotYetValid, "valid from tomorrow", |e| e.valid_from = tomorrow)?;
        self.issued(Reason::Expired, "valid until the beginning of today", |e| e.valid_until = today)?;
        self.issued(Reason::Revoked, "its status is 1", |e| e.status.index = REVOKED)?;
        self.issued(Reason::Suspended, "its status is 2", |e| e.status.index = SUSPENDED)?;
        self.issued(Reason::StatusOutOfRange, "a place behind the end of the list", |e| {
            e.status.index = u32::try_from(LIST_SIZE).unwrap_or(u32::MAX);
        })?;
        self.issued(Reason::StatusUnknown, "a list that the bundle does not have", |e| e.status.list = 9)?;
        self.payload(Reason::StatusListForeign, "a list of another's", |payload| {
            let uri = format!("{ISSUER}.example/status/1");
            payload.insert("status".to_owned(), json!({"status_list": {"idx": 1, "uri": uri}}));
        })
    }

    fn of_the_bytes(&mut self) -> Result<()> {
        self.payload(Reason::CredentialMalformed, "without the base context of VCDM 2.0", |payload| {
            payload.insert("@context".to_owned(), json!(["https://www.example.com"]));
        })?;
        self.altered(Reason::CredentialMalformed, "a member twice", |sd_jwt| {
            with_payload(sd_jwt, |text| text.replacen('{', r#"{"issuer":"did:web:id.maisha.go.ke","#, 1))
        })?;
        self.altered(Reason::ClaimTampered, "another given name", |sd_jwt| {
            let altered: Vec<String> = sd_jwt.split('~').map(another_name).collect();
            Ok(altered.join("~"))
        })?;
        self.altered(Reason::ClaimTampered, "a disclosure that no digest refers to", |sd_jwt| {
            let (presented, kb) = sd_jwt.rsplit_once('~').ok_or("an SD-JWT+KB")?;
            let invented = b64url(br#"["AAAAAAAAAAAAAAAAAAAAAA","portrait","mine"]"#);
            Ok(format!("{presented}~{invented}~{kb}"))
        })
    }

    fn of_the_holder(&mut self) -> Result<()> {
        self.altered(Reason::KeyBindingMissing, "no key binding", |sd_jwt| {
            Ok(sd_jwt.rsplit_once('~').map_or("", |(presented, _)| presented).to_owned() + "~")
        })?;
        let scene = self.fresh();
        let stolen = scene.present_by(&scene.credential(|_| {})?, &self.world().thief)?;
        self.push(&scene, Reason::KeyBindingInvalid, "a key binding by another's key", &stolen)?;
        self.altered(
            Reason::KeyBindingInvalid,
            "a disclosure taken away after the holder signed",
            |sd_jwt| {
                let mut parts: Vec<&str> = sd_jwt.split('~').collect();
                parts.retain(|part| !decodes_to(part, "birthdate"));
                Ok(parts.join("~"))
            },
        )?;
        let other = audience(self.world().verifier_p256.public());
        self.shown(Reason::NonceMismatch, "an answer to another request", |scene| scene.nonce = [99; 16])?;
        self.shown(Reason::AudienceMismatch, "an answer for another verifier", |scene| {
            scene.audience = other
        })?;
        self.shown(Reason::KeyBindingTooOld, "signed 121 seconds ago", |scene| scene.signed_at = at(-121))?;
        self.shown(Reason::KeyBindingTooOld, "signed in 1970", |scene| {
            scene.signed_at = Timestamp::from_seconds(1)
        })?;
        self.shown(Reason::RequestExpired, "a request that could be answered until a second ago", |scene| {
            scene.until = at(-1)
        })?;
        self.shown(Reason::KeyBindingInFuture, "signed in 61 seconds", |scene| scene.signed_at = at(61))?;
        let scene = self.fresh();
        let sd_jwt = scene.present(&scene.credential(|_| {})?)?;
        let mut case = scene.case("", "scanned for the second time", &[scene.code(&sd_jwt)?]);
        case.insert("scanned".to_owned(), 2.into());
        self.cases.push(expecting(case, Reason::Replayed, self.cases.len()));
        Ok(())
    }

    fn of_the_question(&mut self) -> Result<()> {
        self.shown(Reason::ClaimNotAskedFor, "the id number, which nobody asked for", |scene| {
            scene.shown = &["given_name", "birthdate", "id_number"];
        })?;
        self.shown(Reason::ClaimMissing, "without the birth date", |scene| scene.shown = &["given_name"])?;
        self.shown(Reason::ClaimNotSatisfied, "younger than 65", |scene| {
            (scene.asked, scene.shown) = (&["age_equal_or_over.65"], &["age_equal_or_over.65"]);
        })?;
        let age = Scene::answer(self.world(), Recipe::age(Format::VcSdJwt), CLAIMS);
        let sd_jwt = age.present(&age.credential(|_| {})?)?;
        self.push(&self.fresh(), Reason::TypeNotAskedFor, "a proof of age in place of an identity", &sd_jwt)?;
        let scan = Scene { policy: json!({}), ..Scene::single_scan(self.world()) };
        let sd_jwt = scan.present(&scan.credential(|_| {})?)?;
        self.push(
            &scan,
            Reason::SingleScanNotEnough,
            "a single scan where the policy wants an answer",
            &sd_jwt,
        )
    }

    fn of_time_and_doubt(&mut self) -> Result<()> {
        self.shown(Reason::ClockBehind, "a device whose clock is before its bundle", |scene| {
            scene.now = at(-2 * DAY)
        })?;
        self.shown(Reason::TrustOverdue, "a trust list whose next was due yesterday", |scene| {
            let now = 21 * DAY;
            (scene.now, scene.signed_at, scene.until) = (at(now), at(now - 5), at(now + 60));
            scene.policy = json!({ "max_status_age": 30 * DAY });
        })?;
        self.shown(Reason::StatusStale, "a status of an hour ago where less is demanded", |scene| {
            scene.policy = json!({ "max_status_age": 3599 });
        })
    }
}
