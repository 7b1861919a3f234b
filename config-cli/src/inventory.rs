//! What is stored in one place, name by name: a stage's secrets, or those of the fallback; and which stages there are.

use std::collections::{BTreeMap, BTreeSet};

use bind_config_manifest::name::{self, Kind};

use crate::project::Project;
use crate::store::{Found, Store, Trouble};

/// What is stored in one place.
#[derive(Default)]
pub(crate) struct Inventory {
    /// By folded name.
    pub(crate) secrets: BTreeMap<String, Found>,
    /// Whether all that is stored was seen, and not only what is declared.
    pub(crate) is_complete: bool,
}

/// How a secret is found in a stage.
pub(crate) enum Held<'a> {
    Stage(&'a Found),
    Fallback(&'a Found),
    Nowhere,
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

/// Where a stage takes a secret from.
pub(crate) fn held<'a>(stage: &'a Inventory, fallback: &'a Inventory, id: &str, has_fallback: bool) -> Held<'a> {
    let folded = name::fold(id);
    let inherited = || fallback.secrets.get(&*folded).filter(|_| has_fallback);
    match stage.secrets.get(&*folded) {
        Some(found) => Held::Stage(found),
        None => inherited().map_or(Held::Nowhere, Held::Fallback),
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

/// The stages of an app: those that are declared, and those that have a secret in the store.
pub(crate) async fn stages(store: &Store, project: &Project) -> Result<BTreeSet<String>, Trouble> {
    all_stages(store, project).await.map(|(stages, _)| stages)
}

/// The same, and whether those of the store were seen.
pub(crate) async fn all_stages(store: &Store, project: &Project) -> Result<(BTreeSet<String>, bool), Trouble> {
    let mut stages = project.declared_stages();
    // Only where the stage is a part of the path by itself can it be read from there.
    let template = project.declaration.manifest.prefix_template().replace("{app}", project.app());
    let Some((root, rest)) =
        template.split_once("{stage}").filter(|(root, rest)| root.ends_with('/') && rest.starts_with('/'))
    else {
        return Ok((stages, false));
    };
    let all = match store.under(root, false).await {
        // Those that are declared, then.
        Err(Trouble::Denied { .. }) => return Ok((stages, false)),
        all => all?,
    };
    let folder = name::folder(rest, Kind::Secret);
    stages.extend(all.into_keys().filter_map(|path| {
        let (stage, rest) = path.strip_prefix(root)?.split_once('/')?;
        let path = format!("/{rest}");
        name::name_in(&folder, &path).filter(|_| stage != ".fallback")?;
        Some(stage.to_owned())
    }));
    Ok((stages, true))
}
