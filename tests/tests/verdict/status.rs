//! Check 8: revoked, suspended, stale, unknown, out of range.

use super::*;
use hati_tests::country::{DAY, LIST_SIZE, REVOKED, SUSPENDED};
use hati_verifier::{CheckName, CheckOutcome, Doubt};

fn with_status(scene: &mut Scene, change: impl FnOnce(&mut Envelope<'static>)) -> Verdict {
    let credential = scene.credential(change);
    scene.judge(&scene.present(&credential))
}

#[test]
fn a_revoked_credential_is_refused_with_revoked() {
    let verdict = with_status(&mut Scene::new(), |e| e.status.index = REVOKED);
    assert_reason(&verdict, Reason::Revoked);
    assert_eq!(verdict.status_as_of, Some(at(-3600)));
}

#[test]
fn a_suspended_credential_is_refused_with_suspended() {
    assert_reason(&with_status(&mut Scene::new(), |e| e.status.index = SUSPENDED), Reason::Suspended);
}

/// A value that this version does not know (Token Status List section 7.1).
#[test]
fn another_value_is_undetermined_with_status_unknown() {
    let mut scene = Scene::new();
    let list = &mut scene.country.bundle.status_lists[0].list;
    let others: Vec<_> = list.non_valid().collect();
    let known = [others, vec![(5, hati_formats::status::Status::Other(3))]].concat();
    *list = hati_formats::status::compact::CompactList::new(LIST_SIZE, known).unwrap();
    assert_reason(&with_status(&mut scene, |e| e.status.index = 5), Reason::StatusUnknown);
}

#[test]
fn an_index_beyond_the_list_is_refused_with_status_index_out_of_range() {
    let beyond = u32::try_from(LIST_SIZE).unwrap();
    assert_reason(&with_status(&mut Scene::new(), |e| e.status.index = beyond), Reason::StatusOutOfRange);
}

#[test]
fn a_list_the_bundle_lacks_is_undetermined_with_status_unknown() {
    assert_reason(&with_status(&mut Scene::new(), |e| e.status.list = 9), Reason::StatusUnknown);
}

#[test]
fn a_list_of_somebody_else_is_refused_with_status_list_foreign() {
    let mut scene = Scene::new();
    scene.country.list.issuers[0].status_prefixes = vec!["https://lists.example/".into()];
    scene.country.bundle.status_lists.clear();
    assert_reason(&scene.verdict(), Reason::StatusListForeign);
}

#[test]
fn a_status_older_than_the_policy_allows_is_undetermined_with_status_stale() {
    let mut scene = Scene::new();
    scene.policy.max_status_age = 3599;
    let verdict = scene.verdict();
    assert_reason(&verdict, Reason::StatusStale);
    // Doubt keeps the claims: a person decides with them in hand.
    assert_eq!(verdict.claims["given_name"], "Wanjiru Nyambura");
    scene.policy.max_status_age = 3600;
    assert_reason(&scene.verdict(), Reason::Ok);
}

#[test]
fn the_policy_turns_doubt_into_a_decision_by_name() {
    let stale = |doubt| {
        let mut scene = Scene::new();
        scene.policy = Policy { max_status_age: 0, stale_status: doubt, ..Policy::default() };
        scene.verdict()
    };
    assert_eq!(stale(Doubt::Reject).outcome, Outcome::Rejected);
    assert_eq!(stale(Doubt::Reject).reason, Reason::StatusStale);
    let accepted = stale(Doubt::Accept);
    assert_reason(&accepted, Reason::Ok);
    let status = accepted.checks.iter().find(|c| c.name == CheckName::Status).unwrap();
    assert_eq!(status.outcome, CheckOutcome::Tolerated);
    let unknown = |doubt| {
        let mut scene = Scene::new();
        scene.policy.unknown_status = doubt;
        with_status(&mut scene, |e| e.status.list = 9).outcome
    };
    assert_eq!(unknown(Doubt::Reject), Outcome::Rejected);
    assert_eq!(unknown(Doubt::Accept), Outcome::Accepted);
}

/// A revocation counts however old the list is, and whatever the policy tolerates.
#[test]
fn a_revocation_is_never_stale() {
    let mut scene = Scene::new();
    scene.policy = Policy { max_status_age: 0, stale_status: Doubt::Accept, ..Policy::default() };
    scene.country.bundle.status_lists[0].as_of = at(-30 * DAY);
    assert_reason(&with_status(&mut scene, |e| e.status.index = REVOKED), Reason::Revoked);
}
