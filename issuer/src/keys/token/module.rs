//! PKCS#11 modules: each is loaded and initialised once in a process, and started anew when its token was gone.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};

/// What this process has loaded: a module counts as initialised for a process as a whole (PKCS#11 section 5.4.1).
static LOADED: Mutex<BTreeMap<PathBuf, Arc<Module>>> = Mutex::new(BTreeMap::new());

/// A module.
pub(super) struct Module {
    pub(super) context: Pkcs11,
    /// Held to read by every call, and to write while it is started anew, when there may be no other call.
    calls: RwLock<()>,
    /// Rises with every start: handles of sessions and objects from before do not count any more.
    start: AtomicU64,
}

impl Module {
    pub(super) fn load(path: &Path) -> Result<Arc<Self>, Error> {
        let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(module) = loaded.get(path) {
            return Ok(Arc::clone(module));
        }
        let module = Self { context: Pkcs11::new(path)?, calls: RwLock::new(()), start: AtomicU64::new(0) };
        module.initialise()?;
        let module = Arc::new(module);
        loaded.insert(path.to_owned(), Arc::clone(&module));
        Ok(module)
    }

    /// Keeps the module from being started anew.
    pub(super) fn calls(&self) -> RwLockReadGuard<'_, ()> {
        // Nothing is behind the lock that a panic could have left half done.
        self.calls.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Which start this is.
    pub(super) fn start(&self) -> u64 {
        self.start.load(Ordering::Acquire)
    }

    /// Starts it anew, unless that was done since `seen`: many modules look for tokens at their start alone.
    pub(super) fn restart(&self, seen: u64) -> Result<(), Error> {
        let _alone = self.calls.write().unwrap_or_else(PoisonError::into_inner);
        if self.start() != seen {
            return Ok(());
        }
        self.start.fetch_add(1, Ordering::AcqRel);
        match self.context.clone().finalize() {
            Ok(()) | Err(Error::Pkcs11(RvError::CryptokiNotInitialized, _)) => self.initialise(),
            Err(error) => Err(error),
        }
    }

    fn initialise(&self) -> Result<(), Error> {
        match self.context.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
            Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => Ok(()),
            Err(error) => Err(error),
        }
    }
}
