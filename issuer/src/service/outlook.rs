//! What an operator has to know before verifiers do: how old the edition is, how full the status list, and by when the root
//! and the issuer's key are needed. As gauges, and in the log where it is time.

use std::sync::atomic::AtomicU64;

use hati_formats::time::{SECONDS_PER_DAY, Timestamp};
use hati_formats::trust::{Bundle, MAX_BUNDLE_BYTES, MAX_LISTS};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::Service;
use super::for_log::ForLog as _;
use crate::home::HomeError;

/// For so many days before something is due, it is told with each edition: to bring a root from its safe takes an appointment.
const DAYS_BEFORE: i64 = 14;

const TRUST_LIST_DUE: &str = "the next trust list is due: after that day verifiers accept nothing unless their policy says so. \
     Have the root sign it: hati-issuer trust request";

const ISSUER_KEY_DUE: &str = "the issuer's key is to be replaced: credentials of the longest type outlast it from that day on. \
     Begin with: hati-issuer keys announce";

const TOO_MUCH: &str = "the bundle is at more than half of its limit, beyond which nothing is published. Issue for a shorter \
     time or fewer copies, so that what was revoked ends sooner, or in larger lists";

/// The gauges. Before the first edition they are 0, which alarms whoever waits for a time to pass.
#[derive(Default)]
pub(super) struct Outlook {
    version: Gauge,
    issued: Gauge,
    next_update: Gauge,
    failures: Counter,
    bytes: Gauge,
    edition_lists: Gauge,
    lists: Gauge,
    list_used: Gauge<f64, AtomicU64>,
    trust_list_due: Gauge,
    issuer_key_due: Gauge,
}

impl Outlook {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let it = Self::default();
        registry.register("edition_version", "Version of the bundle that is served", it.version.clone());
        let issued = "When the edition that is served was made, in seconds since 1970";
        registry.register("edition_issued_timestamp_seconds", issued, it.issued.clone());
        let next = "When the next edition is out at the latest, in seconds since 1970";
        registry.register("edition_next_update_timestamp_seconds", next, it.next_update.clone());
        let bytes = "Bytes of the bundle; one with more than 16 MiB of lists and types is not published";
        registry.register("edition_bytes", bytes, it.bytes.clone());
        let lists = "Status lists in the edition: those that are opened and have not ended, and those ahead";
        registry.register("edition_status_lists", lists, it.edition_lists.clone());
        registry.register("publishing_failures", "Editions that were not published", it.failures.clone());
        registry.register("status_lists", "Status lists that were opened", it.lists.clone());
        let used = "Part of the newest status list that is given out; at 15/16 the next one is opened";
        registry.register("status_list_used_ratio", used, it.list_used.clone());
        let trust = "When the next trust list is due, in seconds since 1970";
        registry.register("trust_list_next_update_timestamp_seconds", trust, it.trust_list_due.clone());
        let key = "By when the issuer's key is to be replaced, in seconds since 1970";
        registry.register("issuer_key_replace_by_timestamp_seconds", key, it.issuer_key_due.clone());
        it
    }

    pub(super) fn failed(&self) {
        self.failures.inc();
    }
}

impl Service {
    /// Takes down what there is to know of an edition, and warns of what is due.
    pub(super) fn look_ahead(&self, bundle: &Bundle) {
        if let Err(error) = self.measure(bundle) {
            tracing::error!(error = error.for_log(), "it is not known what is due");
        }
    }

    fn measure(&self, bundle: &Bundle) -> Result<(), HomeError> {
        let (home, outlook, now) = (&self.0.home, self.0.metrics.outlook(), self.now());
        let (content, trust) = (bundle.content(), bundle.trust().content());
        outlook.version.set(i64::try_from(content.version).unwrap_or(i64::MAX));
        for (gauge, what, got, limit) in [
            (&outlook.bytes, "bytes", bundle.as_bytes().len(), MAX_BUNDLE_BYTES),
            (&outlook.edition_lists, "status lists", content.status_lists.len(), MAX_LISTS),
        ] {
            gauge.set(i64::try_from(got).unwrap_or(i64::MAX));
            if is_near(got, limit) {
                tracing::warn!(what, got, limit, "{TOO_MUCH}");
            }
        }
        outlook.issued.set(content.issued_at.seconds());
        outlook.next_update.set(content.next_update.seconds());
        outlook.trust_list_due.set(trust.next_update.seconds());
        warn(TRUST_LIST_DUE, trust.next_update, now);
        if let Some(due) = home.replace_issuer_key_by()? {
            outlook.issuer_key_due.set(due.seconds());
            warn(ISSUER_KEY_DUE, due, now);
        }
        let lists = home.store.lists()?;
        outlook.lists.set(i64::try_from(lists.len()).unwrap_or(i64::MAX));
        let newest = lists.last().map_or(0.0, |newest| f64::from(newest.used) / f64::from(newest.size));
        outlook.list_used.set(newest);
        Ok(())
    }
}

/// Half of what is allowed: lists grow with the credentials of years, so it is told years before.
const fn is_near(got: usize, limit: usize) -> bool {
    got > limit / 2
}

fn warn(what: &'static str, due: Timestamp, now: Timestamp) {
    if due <= now.plus_seconds(DAYS_BEFORE * SECONDS_PER_DAY) {
        tracing::warn!(%due, overdue = due <= now, "{what}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_near_at_its_half() {
        assert!(!is_near(MAX_LISTS / 2, MAX_LISTS));
        assert!(is_near(MAX_LISTS / 2 + 1, MAX_LISTS));
    }
}
