//! The store and, where it is kept in a file, the file: a change is in force when it is safe, and not before.

use crate::Refusal;
#[cfg(feature = "file")]
use crate::file::StoreFile;
use crate::store::Store;

/// What the server reads and writes.
pub(crate) struct State {
    store: Store,
    #[cfg(feature = "file")]
    file: Option<StoreFile>,
}

impl State {
    pub(crate) fn in_memory(store: Store) -> Self {
        Self {
            store,
            #[cfg(feature = "file")]
            file: None,
        }
    }

    #[cfg(feature = "file")]
    pub(crate) fn in_file(store: Store, file: StoreFile) -> Self {
        Self { store, file: Some(file) }
    }

    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    /// `change` leaves the store as it was where it refuses; so does a file that cannot be written.
    pub(crate) fn write<T>(&mut self, change: impl FnOnce(&mut Store) -> Result<T, Refusal>) -> Result<T, Refusal> {
        #[cfg(feature = "file")]
        if let Some(file) = &mut self.file {
            let mut changed = self.store.clone();
            let outcome = change(&mut changed)?;
            file.save(&changed).map_err(|err| not_saved(&err))?;
            self.store = changed;
            return Ok(outcome);
        }
        change(&mut self.store)
    }
}

#[cfg(feature = "file")]
fn not_saved(err: &std::io::Error) -> Refusal {
    let text = format!("An error occurred on the server side. (The store's file was not written: {err})");
    Refusal::server(500, "InternalServerError", text)
}
