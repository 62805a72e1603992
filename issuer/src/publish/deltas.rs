//! Deltas from the bundles that many still have: plain files that any web server or USB stick can carry.

use std::fs;
use std::path::{Path, PathBuf};

use hati_formats::time::Timestamp;
use hati_formats::trust::Bundle;
use hati_program::files::{self, Access};

use super::bundle::Base;
use super::site::{COSE, SiteFile, file};
use super::{Edition, PublishError};

const FOLDER: &str = "bundles";

/// The newest bundles, of which whoever asks often has one.
const NEWEST: usize = 8;

/// Then the first of each hour, for those who ask once a day and found it then.
const HOURS: i64 = 48;

const HOUR: i64 = 3_600;

/// A bundle that was published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Kept {
    version: u64,
    at: i64,
}

impl Kept {
    /// Its file's name says all.
    fn of(name: &str) -> Option<Self> {
        let (version, at) = name.split_once('-')?;
        Some(Self { version: version.parse().ok()?, at: at.parse().ok()? })
    }

    fn name(self) -> String {
        format!("{}-{}", self.version, self.at)
    }
}

impl Edition<'_> {
    /// The deltas that lead to this bundle. It is kept, as the next one's base; what is too old is forgotten.
    pub(super) fn deltas(&self, newest: &Bundle) -> Result<Vec<SiteFile>, PublishError> {
        let folder = self.home.folder.join(FOLDER);
        let failed = |source| PublishError::Io { path: folder.clone(), source };
        files::make_folder(&folder, Access::Private).map_err(failed)?;
        let now = Kept { version: newest.content().version, at: newest.content().issued_at.seconds() };
        let (kept, forgotten) = sort(list(&folder).map_err(failed)?, self.now);
        let registrar = self.home.keys.public().registrar;
        let mut deltas = Vec::new();
        for base in kept.into_iter().filter(|base| base.version < now.version) {
            let path = folder.join(base.name());
            let bytes = fs::read(&path).map_err(|source| PublishError::Io { path, source })?;
            // One of another root or registrar, from before a rotation: whoever has it fetches the bundle.
            let Ok(base_bundle) = Base::verify(&bytes, &registrar) else { continue };
            let Ok(delta) = base_bundle.delta(newest, &self.home.keys.registrar) else { continue };
            deltas.push(file(&format!("deltas/{}", base.version), COSE, delta));
        }
        for old in forgotten {
            let _ = fs::remove_file(folder.join(old.name()));
            let _ = fs::remove_file(self.home.folder.join("public/deltas").join(old.version.to_string()));
        }
        let path = folder.join(now.name());
        files::replace(&path, newest.as_bytes(), Access::Private)
            .map_err(|source| PublishError::Io { path, source })?;
        Ok(deltas)
    }
}

fn list(folder: &Path) -> std::io::Result<Vec<Kept>> {
    let paths: Vec<PathBuf> =
        fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>()?;
    Ok(paths.iter().filter_map(|path| Kept::of(path.file_name()?.to_str()?)).collect())
}

/// What is kept, and what is forgotten.
fn sort(mut all: Vec<Kept>, now: Timestamp) -> (Vec<Kept>, Vec<Kept>) {
    all.sort_unstable();
    let newest = all.len().saturating_sub(NEWEST);
    let mut hour = None;
    let mut place = 0;
    all.into_iter().partition(|bundle| {
        let this = bundle.at.div_euclid(HOUR);
        let is_first = hour.replace(this) != Some(this);
        let is_recent = now.seconds().saturating_sub(bundle.at) <= HOURS * HOUR;
        let is_new = place >= newest;
        place += 1;
        is_new || is_first && is_recent
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_are_kept_and_one_an_hour() {
        // One every ten minutes, for three days.
        let all: Vec<_> = (0..432).map(|version| Kept { version, at: 600 * version as i64 }).collect();
        let now = Timestamp::from_seconds(600 * 432);
        let (kept, forgotten) = sort(all, now);
        assert_eq!(kept.len() + forgotten.len(), 432);
        let versions: Vec<_> = kept.iter().map(|it| it.version).collect();
        assert!(versions.ends_with(&[424, 425, 426, 427, 428, 429, 430, 431]), "{versions:?}");
        let hourly = versions.iter().filter(|version| **version < 424).copied().collect::<Vec<_>>();
        assert_eq!(hourly, (24..71).map(|hour| hour * 6).collect::<Vec<_>>());
    }

    #[test]
    fn a_name_says_all_and_others_are_left_alone() {
        let bundle = Kept { version: 7, at: -5 };
        assert_eq!(Kept::of(&bundle.name()), Some(bundle));
        for other in ["", "7", "7-", "-7", "a-7", "readme.md", "7-8-9x"] {
            assert_eq!(Kept::of(other), None, "{other}");
        }
    }
}
