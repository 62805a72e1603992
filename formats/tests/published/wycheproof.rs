//! Wycheproof: signatures that careless verifiers accept, and valid ones that careless verifiers refuse.

use hati_formats::keys::{Algorithm, PublicKey, Signature};
use wycheproof::{TestResult, ecdsa, eddsa};

/// Where this crate decides otherwise, with the reason: nowhere.
const DIVERGENCES: [(Algorithm, usize, &str); 0] = [];

/// Whether a signature of any length is accepted.
fn accepted(algorithm: Algorithm, key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    let key = PublicKey::from_bytes(algorithm, key);
    match (key, Signature::from_slice(signature)) {
        (Ok(key), Some(signature)) => key.verify(message, &signature).is_ok(),
        _ => false,
    }
}

/// Compares what was decided with what must be; each case is its number, the decision and the result.
fn compare(algorithm: Algorithm, cases: &[(usize, bool, TestResult)]) {
    let surprising: Vec<usize> = cases
        .iter()
        .filter(|(_, accepted, result)| match result {
            TestResult::Valid => !accepted,
            TestResult::Invalid => *accepted,
            TestResult::Acceptable => false,
        })
        .map(|(id, ..)| *id)
        .collect();
    let listed: Vec<usize> =
        DIVERGENCES.iter().filter(|(of, ..)| *of == algorithm).map(|(_, id, _)| *id).collect();
    assert_eq!(surprising, listed);
    for result in [TestResult::Valid, TestResult::Invalid] {
        assert!(cases.iter().any(|(.., of)| *of == result), "no {result:?} case was read");
    }
}

#[test]
fn ed25519() {
    let set = eddsa::TestSet::load(eddsa::TestName::Ed25519).unwrap();
    let mut cases = Vec::new();
    for group in &set.test_groups {
        for test in &group.tests {
            let decision = accepted(Algorithm::EdDsa, &group.key.pk, &test.msg, &test.sig);
            cases.push((test.tc_id, decision, test.result));
        }
    }
    compare(Algorithm::EdDsa, &cases);
}

#[test]
fn ecdsa_p256_sha256() {
    let set = ecdsa::TestSet::load(ecdsa::TestName::EcdsaSecp256r1Sha256P1363).unwrap();
    let mut cases = Vec::new();
    for group in &set.test_groups {
        for test in &group.tests {
            let decision = accepted(Algorithm::Es256, &group.key.key, &test.msg, &test.sig);
            cases.push((test.tc_id, decision, test.result));
        }
    }
    compare(Algorithm::Es256, &cases);
}
