//! A vault in a folder.

use std::fs;
use std::path::{Path, PathBuf};

use hati_program::files::{Access, make_folder};
use hati_wallet_core::vault::{self, Cost, DeviceSecret, Header, Pin};
use hati_wallet_core::{Change, Wallet};
use rand_chacha::rand_core::CryptoRng;

use crate::records::Records;
use crate::{Error, files};

const HEADER: &str = "vault.header";
const RECORDS: &str = "records";

/// A header has some hundred bytes.
const MAX_HEADER_BYTES: usize = 1 << 10;

/// An open vault: the wallet in memory, and where its changes go.
pub struct Vault {
    /// What is in it.
    pub wallet: Wallet,
    records: Records,
    folder: PathBuf,
    secret: DeviceSecret,
}

impl Vault {
    /// Where the device secret is unless another place is named: beside the folder, so that a copy of the folder lacks it.
    #[must_use]
    pub fn secret_beside(folder: &Path) -> PathBuf {
        // `.` and `..` have a name only once they are resolved.
        let resolved = match folder.file_name() {
            Some(_) => folder.to_owned(),
            None => fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned()),
        };
        let mut name = resolved.file_name().unwrap_or_default().to_owned();
        name.push(".device");
        resolved.with_file_name(name)
    }

    /// Makes a vault in a folder that is not there yet, or empty. A device secret that is there already serves this
    /// vault too, and is never overwritten: another vault may need it.
    ///
    /// # Errors
    /// [`Error::VaultExists`], [`Error::NotEmpty`], and what the disk refuses.
    pub fn create(folder: &Path, secret: &Path, pin: &Pin, rng: &mut impl CryptoRng) -> Result<Self, Error> {
        check_free(folder)?;
        make_folder(folder, Access::Private)
            .map_err(|source| Error::File { path: folder.to_owned(), source })?;
        let secret = match read_secret(secret) {
            Err(Error::SecretMissing { .. }) => {
                let new = DeviceSecret::generate(rng);
                files::write(secret, new.as_bytes())?;
                new
            }
            read => read?,
        };
        let (vault, header) = vault::Vault::create(pin, &secret, Cost::RECOMMENDED, rng)?;
        let records = Records::open(&folder.join(RECORDS))?;
        // The header comes last: with it, the vault is whole, and without it, there is none.
        files::write(&folder.join(HEADER), &header.to_bytes())?;
        let wallet = Wallet::open(vault, records.all()?)?;
        Ok(Self { wallet, records, folder: folder.to_owned(), secret })
    }

    /// Unlocks a vault.
    ///
    /// # Errors
    /// [`Error::NoVault`], [`Error::SecretMissing`], [`Error::SecretReadable`], a wrong PIN, or records that were altered.
    pub fn open(folder: &Path, secret: &Path, pin: &Pin) -> Result<Self, Error> {
        let header = folder.join(HEADER);
        if !header.is_file() {
            return Err(Error::NoVault { folder: folder.to_owned() });
        }
        let header = Header::from_bytes(&files::read(&header, MAX_HEADER_BYTES)?)?;
        let secret = read_secret(secret)?;
        let vault = vault::Vault::unlock(&header, pin, &secret)?;
        let records = Records::open(&folder.join(RECORDS))?;
        let wallet = Wallet::open(vault, records.all()?)?;
        Ok(Self { wallet, records, folder: folder.to_owned(), secret })
    }

    /// Stores the changes of a step; on disk when this returns.
    ///
    /// # Errors
    /// What the disk refuses; then drop the vault, for its memory is ahead.
    pub fn store(&self, changes: Vec<Change>) -> Result<(), Error> {
        self.records.store(changes)
    }

    /// From now on only the new PIN unlocks. The records stay as they are.
    ///
    /// # Errors
    /// What the disk refuses; then the old PIN still holds.
    pub fn change_pin(&self, pin: &Pin, rng: &mut impl CryptoRng) -> Result<(), Error> {
        let header = self.wallet.vault().change_pin(pin, &self.secret, Cost::RECOMMENDED, rng)?;
        files::write(&self.folder.join(HEADER), &header.to_bytes())
    }
}

/// What a crash left behind before there was a header may be there, and nothing else.
fn check_free(folder: &Path) -> Result<(), Error> {
    if folder.join(HEADER).exists() {
        return Err(Error::VaultExists { folder: folder.to_owned() });
    }
    let Ok(entries) = fs::read_dir(folder) else { return Ok(()) };
    for entry in entries {
        let entry = entry.map_err(|source| Error::File { path: folder.to_owned(), source })?;
        if entry.file_name() != RECORDS {
            return Err(Error::NotEmpty { folder: folder.to_owned(), got: entry.file_name() });
        }
    }
    Ok(())
}

fn read_secret(path: &Path) -> Result<DeviceSecret, Error> {
    if !path.try_exists().map_err(|source| Error::File { path: path.to_owned(), source })? {
        return Err(Error::SecretMissing { path: path.to_owned() });
    }
    let bytes = files::read_secret(path, DeviceSecret::BYTES)?;
    let bytes = <&[u8; DeviceSecret::BYTES]>::try_from(bytes.as_slice());
    bytes.map(DeviceSecret::from_bytes).map_err(|_| Error::Secret { path: path.to_owned() })
}
