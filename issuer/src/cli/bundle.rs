//! `hati-issuer bundle`: all that devices need to check credentials without a network.

use std::path::{Path, PathBuf};

use hati_formats::cose;
use hati_formats::keys::PublicKey;
use hati_formats::time::{SECONDS_PER_DAY, Timestamp};
use hati_formats::trust::Bundle;
use hati_issuer::publish::{Base, Edition};
use hati_program::files::Access;

use super::{Answer, Context, Failure, actor, open_home, read_file, write_file};

/// The longest bundle: the longest statement, and room for a trust list.
const MAX_BUNDLE_BYTES: usize = cose::MAX_BYTES + (1 << 20);

/// Publish the next bundle: trust list, every status list, types, withdrawn registrations
#[derive(clap::Args)]
#[command(after_help = "Example:
  hati-issuer bundle --dir issuer --out bundle-2.hati
  hati-issuer bundle --dir issuer --out bundle-3.delta --since bundle-2.hati

The folder D/public then holds what to publish below the issuer's URL, the whole new bundle too.")]
pub(super) struct Args {
    /// The issuer's folder
    #[arg(long)]
    dir: PathBuf,
    /// The file to write: the bundle or, with --since, the delta
    #[arg(long, value_name = "B")]
    out: PathBuf,
    /// Write only what is new since this older bundle
    #[arg(long, value_name = "OLD")]
    since: Option<PathBuf>,
    /// Days until the next bundle is out at the latest
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=92))]
    days: u32,
}

impl Args {
    pub(super) fn run(self, context: &Context) -> Result<Answer, Failure> {
        let home = open_home(&self.dir)?;
        let registrar = &home.keys.registrar;
        let base = self.since.as_deref().map(|path| base(path, &home.registrar_keys()?)).transpose()?;
        let entries = home.store.end()?.entries;
        let (trust, types, actor) = (home.trust()?, home.types()?, actor());
        let edition = Edition {
            home: &home,
            trust: &trust,
            types: &types,
            actor: &actor,
            now: context.now,
            next_update: context.now.plus_seconds(i64::from(self.days) * SECONDS_PER_DAY),
            entries,
            previous: None,
        };
        let bundle = edition.publish()?.bundle;
        let delta = base.map(|base| base.delta(&bundle, registrar)).transpose()?;
        let bytes = delta.as_deref().unwrap_or(bundle.as_bytes());
        write_file(&self.out, bytes, Access::Public)?;
        Ok(self.answer(&bundle, bytes.len(), context.now))
    }

    fn answer(&self, bundle: &Bundle, bytes: usize, now: Timestamp) -> Answer {
        let (content, trust) = (bundle.content(), bundle.trust());
        let what = if self.since.is_some() { "The delta to bundle" } else { "Bundle" };
        let mut text = format!(
            "{what} {} is in {}, {bytes} bytes: trust list {}, {} status lists, {} types, {} withdrawn registrations; \
             the next is due {}",
            content.version,
            self.out.display(),
            trust.version(),
            content.status_lists.len(),
            content.types.len(),
            content.withdrawn.serials().len(),
            content.next_update,
        );
        if trust.is_overdue(now) {
            let due = trust.content().next_update;
            text.push_str(&format!("\nThe trust list was due {due}. Sign the next: hati-issuer trust-list"));
        }
        let json = serde_json::json!({
            "out": self.out,
            "bytes": bytes,
            "delta": self.since.is_some(),
            "version": content.version,
            "issued_at": content.issued_at.to_string(),
            "next_update": content.next_update.to_string(),
            "trust_list_version": trust.version(),
            "trust_list_overdue": trust.is_overdue(now),
            "status_lists": content.status_lists.len(),
            "types": content.types.len(),
            "withdrawn": content.withdrawn.serials().len(),
        });
        Answer::done(text, json)
    }
}

fn base(path: &Path, registrar: &[PublicKey]) -> Result<Base, Failure> {
    let older = read_file(path, MAX_BUNDLE_BYTES)?;
    Base::verify(&older, registrar).map_err(|source| Failure::Base { path: path.to_owned(), source })
}
