//! Reason codes: stable names for programs, and texts that tell a person what to do next.

use serde::Serialize;

use crate::Outcome;

/// A language that reasons speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Locale {
    /// English.
    En,
    /// Swahili.
    Sw,
}

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $outcome:ident, $en:literal, $sw:literal;)+) => {
        /// Why a verdict is what it is. Codes are never renamed or reused (`spec/verdict.md`).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Reason {
            $($(#[$doc])* $name,)+
        }

        impl Reason {
            /// Every reason, in the order of `spec/verdict.md`.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The stable code.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)+ }
            }

            /// What the reason makes of a verdict, unless a policy says otherwise.
            #[must_use]
            pub const fn outcome(self) -> Outcome {
                match self { $(Self::$name => Outcome::$outcome,)+ }
            }

            /// What to tell the person at the counter.
            #[must_use]
            pub const fn text(self, locale: Locale) -> &'static str {
                match (self, locale) {
                    $((Self::$name, Locale::En) => $en, (Self::$name, Locale::Sw) => $sw,)+
                }
            }
        }
    };
}

reasons! {
    /// Every check passed.
    Ok = "ok", Accepted,
        "Accepted.",
        "Imekubaliwa.";
    /// No code was found in the picture.
    CodeUnreadable = "code_unreadable", Rejected,
        "No code could be read. Hold the camera closer and steady, and scan again.",
        "Hakuna msimbo uliosomeka. Sogeza kamera karibu, itulize, kisha skani tena.";
    /// A code of something else.
    CodeForeign = "code_foreign", Rejected,
        "This is not a Hati code. Ask the person to open their wallet and show its code.",
        "Huu si msimbo wa Hati. Mwombe mtu afungue pochi yake na aonyeshe msimbo wake.";
    /// A Hati code of another kind.
    CodeWrongKind = "code_wrong_kind", Rejected,
        "This Hati code is not an answer. Ask the person to scan your request first.",
        "Msimbo huu wa Hati si jibu. Mwombe mtu askani ombi lako kwanza.";
    /// A code of a newer version.
    CodeTooNew = "code_too_new", Rejected,
        "This code needs a newer app. Update this app.",
        "Msimbo huu unahitaji programu mpya zaidi. Sasisha programu hii.";
    /// The text of a code, or what is in it, is damaged.
    CodeDamaged = "code_damaged", Rejected,
        "The code is damaged. Scan it again.",
        "Msimbo umeharibika. Skani tena.";
    /// Not all frames of a sequence were seen.
    CodeIncomplete = "code_incomplete", Rejected,
        "Not all of the moving code was seen. Keep scanning.",
        "Msimbo unaosogea haujaonekana wote. Endelea kuskani.";
    /// More than one presentation was scanned.
    CodeSeveral = "code_several", Rejected,
        "More than one code was scanned. Scan one person's code at a time.",
        "Misimbo zaidi ya mmoja imeskaniwa. Skani msimbo wa mtu mmoja kwa wakati.";
    /// Longer than anything that is read.
    TooLong = "too_long", Rejected,
        "The code holds more than this app reads. Ask for fewer claims.",
        "Msimbo una taarifa nyingi kuliko programu hii inavyosoma. Omba taarifa chache.";
    /// Not an SD-JWT, or not JSON, or not of the profile's formats.
    CredentialMalformed = "credential_malformed", Rejected,
        "The ID is damaged or of an unknown kind. Ask the person to renew it.",
        "Kitambulisho kimeharibika au ni cha aina isiyojulikana. Mwombe mtu akihuishe.";
    /// The issuer is not in the trust list.
    IssuerUnknown = "issuer_unknown", Rejected,
        "The issuer of this ID is not on the national list. Do not rely on it.",
        "Mtoaji wa kitambulisho hiki hayupo kwenye orodha ya taifa. Usikitegemee.";
    /// The issuer has no such key, or not at this time.
    IssuerKeyUnknown = "issuer_key_unknown", Rejected,
        "The issuer's key is not on the national list. Fetch the newest bundle and try again.",
        "Ufunguo wa mtoaji haupo kwenye orodha ya taifa. Pakua kifurushi kipya kisha ujaribu tena.";
    /// The issuer's signature does not match.
    IssuerSignatureInvalid = "issuer_signature_invalid", Rejected,
        "This ID was altered or forged. Do not rely on it.",
        "Kitambulisho hiki kimebadilishwa au ni bandia. Usikitegemee.";
    /// A disclosed claim is not the one the issuer signed.
    ClaimTampered = "claim_tampered", Rejected,
        "A claim of this ID was altered. Do not rely on it.",
        "Taarifa ya kitambulisho hiki imebadilishwa. Usikitegemee.";
    /// The issuer may not issue this type.
    TypeNotAllowed = "type_not_allowed", Rejected,
        "The issuer may not issue this kind of ID. Do not rely on it.",
        "Mtoaji haruhusiwi kutoa kitambulisho cha aina hii. Usikitegemee.";
    /// Before its first day.
    NotYetValid = "not_yet_valid", Rejected,
        "This ID is not valid yet.",
        "Kitambulisho hiki bado hakijaanza kutumika.";
    /// After its last day.
    Expired = "expired", Rejected,
        "This ID has expired. Ask the person to renew it.",
        "Kitambulisho hiki kimeisha muda. Mwombe mtu akihuishe.";
    /// Taken back by its issuer.
    Revoked = "revoked", Rejected,
        "This ID was revoked. Do not rely on it.",
        "Kitambulisho hiki kimefutwa. Usikitegemee.";
    /// Locked for now, by its holder or its issuer.
    Suspended = "suspended", Rejected,
        "This ID is suspended. Ask the person to contact a service centre.",
        "Kitambulisho hiki kimesimamishwa. Mwombe mtu awasiliane na kituo cha huduma.";
    /// The status list has no such place.
    StatusOutOfRange = "status_index_out_of_range", Rejected,
        "This ID points outside its status list. Do not rely on it.",
        "Kitambulisho hiki kinaelekeza nje ya orodha yake ya hali. Usikitegemee.";
    /// The list that the credential names is not this issuer's.
    StatusListForeign = "status_list_foreign", Rejected,
        "This ID names a status list of somebody else. Do not rely on it.",
        "Kitambulisho hiki kinataja orodha ya hali ya mwingine. Usikitegemee.";
    /// The holder did not sign.
    KeyBindingMissing = "key_binding_missing", Rejected,
        "This is a copy without the holder's signature. Ask the person to answer from their own wallet.",
        "Hii ni nakala bila sahihi ya mwenyewe. Mwombe mtu ajibu kwa pochi yake mwenyewe.";
    /// Somebody else's key signed.
    KeyBindingInvalid = "key_binding_invalid", Rejected,
        "The ID was not shown by its holder's wallet. Do not rely on it.",
        "Kitambulisho hakikuonyeshwa na pochi ya mwenyewe. Usikitegemee.";
    /// Signed for another request.
    NonceMismatch = "nonce_mismatch", Rejected,
        "This answers another request. Show your request again and scan the new answer.",
        "Hili ni jibu la ombi lingine. Onyesha ombi lako tena na uskani jibu jipya.";
    /// Signed for another verifier.
    AudienceMismatch = "audience_mismatch", Rejected,
        "This answer was made for somebody else. Show your own request.",
        "Jibu hili lilitengenezwa kwa mwingine. Onyesha ombi lako mwenyewe.";
    /// The holder signed too long ago.
    KeyBindingTooOld = "key_binding_too_old", Rejected,
        "This answer is too old. Ask the person to show a new one.",
        "Jibu hili ni la zamani mno. Mwombe mtu aonyeshe jipya.";
    /// An answer after the end of its request, however freshly signed.
    RequestExpired = "request_expired", Rejected,
        "Your request has expired. Show a new one.",
        "Ombi lako limeisha muda. Onyesha jipya.";
    /// The holder signed in the future.
    KeyBindingInFuture = "key_binding_in_future", Rejected,
        "This answer is dated in the future. Check the clocks of both phones.",
        "Jibu hili lina tarehe ya baadaye. Kagua saa za simu zote mbili.";
    /// The same answer, or another one to the same request, was accepted before.
    Replayed = "replayed", Rejected,
        "This answer was used before. Ask the person to show a new one.",
        "Jibu hili limetumika tayari. Mwombe mtu aonyeshe jipya.";
    /// Another type of credential than was asked for.
    TypeNotAskedFor = "type_not_asked_for", Rejected,
        "This is another kind of ID than was asked for.",
        "Hiki ni kitambulisho cha aina nyingine, si kilichoombwa.";
    /// More was shown than was asked for.
    ClaimNotAskedFor = "claim_not_asked_for", Rejected,
        "The answer shows more than was asked for, so none of it is kept. Ask the person to update their wallet.",
        "Jibu linaonyesha zaidi ya kilichoombwa, hivyo hakuna kilichohifadhiwa. Mwombe mtu asasishe pochi yake.";
    /// Less was shown than was asked for.
    ClaimMissing = "claim_missing", Rejected,
        "The answer does not show all that was asked for. Ask again.",
        "Jibu halionyeshi yote yaliyoombwa. Omba tena.";
    /// An answer shows that the claim is not so: the person is younger than asked.
    ClaimNotSatisfied = "claim_not_satisfied", Rejected,
        "The person does not meet what was asked for.",
        "Mtu huyu hatimizi kilichoombwa.";
    /// A single scan where the policy wants an answer to a request.
    SingleScanNotEnough = "single_scan_not_enough", Rejected,
        "For this, show your request first and scan the answer.",
        "Kwa hili, onyesha ombi lako kwanza kisha uskani jibu.";
    /// The device's clock is behind the newest bundle it has seen.
    ClockBehind = "clock_behind", Undetermined,
        "This device's clock is wrong. Set date and time, then check again.",
        "Saa ya kifaa hiki si sahihi. Rekebisha tarehe na saa, kisha ukague tena.";
    /// The trust list is older than its issuer said it would be.
    TrustOverdue = "trust_overdue", Undetermined,
        "The national list of issuers is out of date. Fetch the newest bundle, or decide by other means.",
        "Orodha ya kitaifa ya watoaji imepitwa na wakati. Pakua kifurushi kipya, au amua kwa njia nyingine.";
    /// The list is known, but older than the policy allows.
    StatusStale = "status_stale", Undetermined,
        "Revocations are known only up to an old date. Fetch the newest bundle, or decide by other means.",
        "Vitambulisho vilivyofutwa vinajulikana hadi tarehe ya zamani tu. Pakua kifurushi kipya, au amua kwa njia nyingine.";
    /// The bundle does not have the credential's status.
    StatusUnknown = "status_unknown", Undetermined,
        "It is not known whether this ID was revoked. Fetch the newest bundle, or decide by other means.",
        "Haijulikani kama kitambulisho hiki kimefutwa. Pakua kifurushi kipya, au amua kwa njia nyingine.";
    /// The memory against replay could not be read or written.
    ReplayUnknown = "replay_unknown", Undetermined,
        "This device could not remember the answer. Free some storage and scan again.",
        "Kifaa hiki hakikuweza kukumbuka jibu. Ongeza nafasi ya kuhifadhi kisha uskani tena.";
}

impl Serialize for Reason {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn codes_are_distinct_and_texts_are_there() {
        let codes: BTreeSet<_> = Reason::ALL.iter().map(|r| r.code()).collect();
        assert_eq!(codes.len(), Reason::ALL.len());
        for reason in Reason::ALL {
            let [en, sw] = [Locale::En, Locale::Sw].map(|l| reason.text(l));
            assert!(en.ends_with('.') && sw.ends_with('.') && en != sw, "{reason:?}");
        }
    }

    #[test]
    fn the_table_in_the_spec_lists_every_code_once() {
        let spec = include_str!("../../spec/verdict.md");
        for reason in Reason::ALL {
            assert_eq!(spec.matches(&format!("\n| `{}` |", reason.code())).count(), 1, "{reason:?}");
        }
    }
}
