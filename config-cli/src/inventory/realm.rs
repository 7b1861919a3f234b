//! All stages of an app, each in its store.

use std::collections::BTreeSet;

use bind_config_manifest::name::{self, Kind};

use super::{Inventory, fallback_folder, inventory, stage_folder};
use crate::context::Context;
use crate::declaration::{Stage, StoreKind};
use crate::failure::Failure;
use crate::project::Project;
use crate::store::{self, Purpose, Store, Trouble};

/// A store of the app, with the stages whose secrets are in it.
pub(crate) struct Realm {
    pub(crate) store: Store,
    pub(crate) fallback: Inventory,
    pub(crate) stages: Vec<(String, Inventory)>,
    pub(crate) seen: Seen,
}

/// Which stages of a store were looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Seen {
    /// All that are asked for.
    All,
    /// Those that are declared: the store does not tell the others.
    Denied,
    /// Those that are declared: of a path nobody can say which part of it is a stage.
    NotInPath,
}

impl Seen {
    /// What was not seen and why.
    pub(crate) fn lack(self) -> Option<&'static str> {
        match self {
            Seen::All => None,
            Seen::Denied => Some(
                "these credentials may not list (ssm:GetParametersByPath): stages that bind.toml does not name were not looked at",
            ),
            Seen::NotInPath => Some(
                "in `ssm_prefix` the stage is no part of the path by itself: stages that bind.toml does not name were not looked at",
            ),
        }
    }
}

/// One stage, in its store.
pub(crate) async fn realm_of(
    context: &Context,
    project: &Project,
    stage: String,
    decrypt: bool,
) -> Result<Realm, Failure> {
    let kind = context.store_kind(project, Some(&stage))?;
    let store = store::open(context, project, kind, Purpose::Read).await?;
    Realm::read(store, project, [stage].into(), Seen::All, decrypt).await
}

/// The stages that are declared to have another store than the one that somebody says.
pub(crate) fn left_out(context: &Context, project: &Project) -> Result<Vec<String>, Failure> {
    let said = context.said_store()?;
    let is_other = |stage: &Stage| said.is_some() && stage.store.is_some() && stage.store != said;
    let stages = &project.declaration.stages;
    Ok(stages.iter().filter(|(_, stage)| is_other(stage)).map(|(name, _)| name.clone()).collect())
}

/// All stages: those that are declared, and those that have a secret in a store. Where somebody says which store is meant, those
/// that are declared to have another are left out.
pub(crate) async fn realms(context: &Context, project: &Project, decrypt: bool) -> Result<Vec<Realm>, Failure> {
    let declaration = &project.declaration;
    let said = context.said_store()?;
    let of_stage = |stage: &str| match said {
        Some(said) => declaration.stages.get(stage).and_then(|stage| stage.store).unwrap_or(said),
        None => declaration.store(Some(stage)),
    };
    let mut kinds = vec![context.store_kind(project, None)?];
    if said.is_none() {
        for kind in project.declared_stages().iter().map(|stage| of_stage(stage)) {
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
    }
    let mut realms = Vec::new();
    for kind in kinds.iter().copied() {
        let realm = realm(context, project, kind, |stage| of_stage(stage) == kind, decrypt).await;
        realms.push(realm.map_err(|failure| match kinds.iter().find(|other| **other != kind) {
            Some(other) => failure.and(&format!(
                "\n  stages of the store `{}` are asked for, too: `--store {}` looks at the others alone",
                kind.as_str(),
                other.as_str()
            )),
            None => failure,
        })?);
    }
    Ok(realms)
}

/// Says which stages were not looked at.
pub(crate) fn tell_unseen(realms: &[Realm], context: &Context) {
    let lacks: BTreeSet<&str> = realms.iter().filter_map(|realm| realm.seen.lack()).collect();
    for lack in lacks {
        context.terminal.note(lack);
    }
}

async fn realm(
    context: &Context,
    project: &Project,
    kind: StoreKind,
    is_here: impl Fn(&str) -> bool,
    decrypt: bool,
) -> Result<Realm, Failure> {
    let store = store::open(context, project, kind, Purpose::Read).await?;
    let (mut names, seen) =
        names(&store, project).await.map_err(|trouble| trouble.failure("the stages were not read"))?;
    names.retain(|stage| is_here(stage));
    Realm::read(store, project, names, seen, decrypt).await
}

impl Realm {
    async fn read(
        store: Store,
        project: &Project,
        names: BTreeSet<String>,
        seen: Seen,
        decrypt: bool,
    ) -> Result<Realm, Failure> {
        let failed = |trouble: Trouble| trouble.failure("the secrets were not read");
        let mut stages = Vec::with_capacity(names.len());
        for stage in names {
            let own = inventory(&store, project, &stage_folder(project, &stage), decrypt).await.map_err(failed)?;
            stages.push((stage, own));
        }
        let fallback = inventory(&store, project, &fallback_folder(project), decrypt).await.map_err(failed)?;
        Ok(Realm { store, fallback, stages, seen })
    }
}

/// The stages that are declared, and those that have a secret in a store; and whether the latter were seen.
async fn names(store: &Store, project: &Project) -> Result<(BTreeSet<String>, Seen), Trouble> {
    let mut stages = project.declared_stages();
    // Only where the stage is a part of the path by itself can it be read from there.
    let template = project.declaration.manifest.prefix_template().replace("{app}", project.app());
    let Some((root, rest)) =
        template.split_once("{stage}").filter(|(root, rest)| root.ends_with('/') && rest.starts_with('/'))
    else {
        return Ok((stages, Seen::NotInPath));
    };
    let all = match store.under(root, false).await {
        // Those that are declared, then.
        Err(Trouble::Denied { .. }) => return Ok((stages, Seen::Denied)),
        all => all?,
    };
    let folder = name::folder(rest, Kind::Secret);
    stages.extend(all.into_keys().filter_map(|path| {
        let (stage, rest) = path.strip_prefix(root)?.split_once('/')?;
        let path = format!("/{rest}");
        name::name_in(&folder, &path).filter(|_| stage != ".fallback")?;
        Some(stage.to_owned())
    }));
    Ok((stages, Seen::All))
}
