//! What is stored in one place, name by name: a stage's secrets, or those of the fallback.

use std::collections::BTreeMap;

use bind_config_manifest::Binding;
use bind_config_manifest::name::{self, Kind};

use crate::project::Project;
use crate::store::{Found, Store, Trouble};

mod realm;

pub(crate) use realm::{Realm, Seen, left_out, realm_of, realms, tell_unseen};

/// What is stored in one place.
#[derive(Default)]
pub(crate) struct Inventory {
    /// By folded name.
    pub(crate) secrets: BTreeMap<String, Found>,
    /// Whether all that is stored was seen, and not only what is declared.
    pub(crate) is_complete: bool,
}

/// How a secret is in a stage, or in the fallback.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Set,
    /// The stage has none of its own, and takes that of the fallback.
    Fallback,
    /// Nowhere, and it must be.
    Missing,
    /// Nowhere, and it need not be.
    NotSet,
    /// It is stored, and nobody has declared it.
    Undeclared,
}

impl State {
    /// For programs.
    pub(crate) fn word(self) -> &'static str {
        match self {
            State::Set => "set",
            State::Fallback => "fallback",
            State::Missing => "missing",
            State::NotSet => "unset",
            State::Undeclared => "undeclared",
        }
    }

    /// For people.
    pub(crate) fn described(self) -> &'static str {
        if self == State::NotSet { "not set" } else { self.word() }
    }
}

/// Looks at what is stored below a folder (`/sst/orders/dev/Secret/`); at what is declared where listing is denied.
pub(crate) async fn inventory(
    store: &Store,
    project: &Project,
    folder: &str,
    decrypt: bool,
) -> Result<Inventory, Trouble> {
    match store.under(folder, decrypt).await {
        Ok(all) => {
            let secret = |(path, found): (String, Found)| Some((name::name_in(folder, &path)?.to_owned(), found));
            Ok(Inventory { secrets: all.into_iter().filter_map(secret).collect(), is_complete: true })
        }
        Err(Trouble::Denied { .. }) => {
            let names: Vec<String> = project.declaration.secrets().map(|(id, _)| name::fold(id).into_owned()).collect();
            let paths: Vec<String> = names.iter().map(|name| format!("{folder}{name}/value")).collect();
            let mut found = store.look(&paths, decrypt).await?;
            let secrets = names.into_iter().zip(paths).filter_map(|(name, path)| Some((name, found.remove(&path)?)));
            Ok(Inventory { secrets: secrets.collect(), is_complete: false })
        }
        Err(trouble) => Err(trouble),
    }
}

/// The folder of a stage's secrets.
pub(crate) fn stage_folder(project: &Project, stage: &str) -> String {
    name::folder(&project.declaration.prefix(stage), Kind::Secret)
}

/// The folder of the fallback's secrets.
pub(crate) fn fallback_folder(project: &Project) -> String {
    name::fallback_folder(project.app())
}

/// How a declared secret is in a stage, and what holds it.
pub(crate) fn in_stage<'a>(
    own: &'a Inventory,
    fallback: &'a Inventory,
    (id, binding): (&str, &Binding),
    stage: &str,
) -> (State, Option<&'a Found>) {
    let folded = name::fold(id);
    let inherited = || fallback.secrets.get(&*folded).filter(|_| binding.fallback);
    match (own.secrets.get(&*folded), inherited()) {
        (Some(found), _) => (State::Set, Some(found)),
        (None, Some(found)) => (State::Fallback, Some(found)),
        (None, None) if binding.required.in_stage(stage) => (State::Missing, None),
        (None, None) => (State::NotSet, None),
    }
}

/// How a declared secret is in the fallback, where none must be.
pub(crate) fn in_fallback<'a>(fallback: &'a Inventory, (id, binding): (&str, &Binding)) -> (State, Option<&'a Found>) {
    match fallback.secrets.get(&*name::fold(id)) {
        Some(found) if binding.fallback => (State::Set, Some(found)),
        // No stage takes it from there.
        Some(found) => (State::Undeclared, Some(found)),
        None => (State::NotSet, None),
    }
}

/// The names that are stored and not declared, folded.
pub(crate) fn undeclared<'a>(
    inventory: &'a Inventory,
    project: &'a Project,
) -> impl Iterator<Item = (&'a str, &'a Found)> {
    let is_secret =
        |name: &str| project.declaration.binding(name).is_some_and(|(_, binding)| binding.kind == Kind::Secret);
    inventory.secrets.iter().filter(move |(name, _)| !is_secret(name)).map(|(name, found)| (name.as_str(), found))
}
