//! Which functions use a secret: by the variables that they were deployed with.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_lambda::types::FunctionConfiguration;
use bind_config_manifest::marker::{self, Meaning};
use bind_config_manifest::name::{self, Kind};

use super::{Functions, Names, Variables};
use crate::declaration::Declaration;
use crate::store::{Store, Trouble};

/// What was changed: names, and where.
pub(crate) struct Reach<'a> {
    pub(crate) declaration: &'a Declaration,
    /// Folded.
    pub(crate) names: &'a Names,
    /// The stage; `None` is the fallback, which reaches every stage without a value of its own.
    pub(crate) stage: Option<&'a str>,
}

/// A function that uses a secret, or may.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct User {
    pub(crate) name: String,
    pub(crate) stage: String,
    pub(crate) uses: Uses,
}

/// How it uses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Uses {
    /// It fetches it at start.
    Fetches,
    /// It has the value in its environment: only a deployment changes it.
    InPlain,
    /// Its environment cannot be read.
    Unreadable,
}

pub(super) async fn users(functions: &Functions, reach: &Reach<'_>, store: &Store) -> Result<Vec<User>, Trouble> {
    let mut candidates = Vec::new();
    for configuration in all(functions).await? {
        candidates.extend(candidate(functions, reach, configuration).await?);
    }
    let inherited = match reach.stage {
        Some(_) => None,
        None => Some(inherited(reach, store, &candidates).await?),
    };
    let mut users: Vec<User> = candidates
        .into_iter()
        .filter_map(|candidate| {
            let names = match &inherited {
                Some(inherited) => inherited.get(&(candidate.stage.clone(), candidate.prefix.clone()))?,
                None => reach.names,
            };
            candidate.user(names, reach)
        })
        .collect();
    users.sort_by(|a, b| (&a.stage, &a.name).cmp(&(&b.stage, &b.name)));
    Ok(users)
}

/// Every function of the account and region, page by page.
async fn all(functions: &Functions) -> Result<Vec<FunctionConfiguration>, Trouble> {
    let mut all = Vec::new();
    let mut marker: Option<String> = None;
    loop {
        functions.pace.turn().await;
        let page = functions.client.list_functions().set_marker(marker.clone()).send().await;
        let page = page.map_err(|error| functions.trouble(&error, "lambda:ListFunctions", "*"))?;
        all.extend(page.functions.unwrap_or_default());
        match page.next_marker.filter(|marker| !marker.is_empty()) {
            None => return Ok(all),
            next if next == marker => return Err(Trouble::Garbled),
            next => marker = next,
        }
    }
}

/// A function of the app, and of the stage where one is meant.
struct Candidate {
    name: String,
    stage: String,
    prefix: String,
    /// `None` where they cannot be read.
    variables: Option<Variables>,
}

async fn candidate(
    functions: &Functions,
    reach: &Reach<'_>,
    configuration: FunctionConfiguration,
) -> Result<Option<Candidate>, Trouble> {
    let Some(name) = configuration.function_name else { return Ok(None) };
    let environment = configuration.environment;
    let is_unreadable = environment.as_ref().is_some_and(|environment| environment.error.is_some());
    let variables: Option<Variables> =
        if is_unreadable { None } else { Some(environment.and_then(|all| all.variables).unwrap_or_default().into_iter().collect()) };
    let of = |key: &str| variables.as_ref().and_then(|all| all.get(key)).filter(|value| !value.is_empty()).cloned();
    let (app, stage) = match (of(name::ENV_APP), of(name::ENV_STAGE)) {
        (Some(app), Some(stage)) => (Some(app), Some(stage)),
        (app, stage) if may_use(variables.as_ref(), reach.names) => {
            let tags = tags(functions, configuration.function_arn.as_deref().unwrap_or(&name)).await?;
            let tag = |key: &str| tags.get(key).cloned();
            (app.or_else(|| tag("sst:app")), stage.or_else(|| tag("sst:stage")))
        }
        other => other,
    };
    let (Some(app), Some(stage)) = (app, stage) else { return Ok(None) };
    let is_meant = app == reach.declaration.app() && reach.stage.is_none_or(|own| own == stage);
    let prefix = of(name::ENV_SSM_PREFIX).unwrap_or_else(|| reach.declaration.prefix(&stage));
    Ok(is_meant.then_some(Candidate { name, stage, prefix, variables }))
}

/// Whether a function without app and stage in its environment is worth a question for its tags.
fn may_use(variables: Option<&Variables>, names: &Names) -> bool {
    variables.is_none_or(|variables| names.iter().any(|secret| variables.contains_key(&name::env_var(Kind::Secret, secret))))
}

async fn tags(functions: &Functions, arn: &str) -> Result<BTreeMap<String, String>, Trouble> {
    functions.pace.turn().await;
    match functions.client.list_tags().resource(arn).send().await {
        Ok(answer) => Ok(answer.tags.unwrap_or_default().into_iter().collect()),
        Err(error) => match functions.trouble(&error, "lambda:ListTags", arn) {
            // It has just been deleted.
            Trouble::NotFound => Ok(BTreeMap::new()),
            trouble => Err(trouble),
        },
    }
}

/// Which names each stage takes from the fallback: those that it has no value for.
async fn inherited(
    reach: &Reach<'_>,
    store: &Store,
    candidates: &[Candidate],
) -> Result<BTreeMap<(String, String), Names>, Trouble> {
    let places: BTreeSet<(&str, &str)> =
        candidates.iter().map(|candidate| (candidate.stage.as_str(), candidate.prefix.as_str())).collect();
    let paths: Vec<String> = places
        .iter()
        .flat_map(|(_, prefix)| reach.names.iter().map(move |secret| name::path(prefix, Kind::Secret, secret)))
        .collect();
    let own = store.get(&paths).await?;
    let inherits = |prefix: &str, secret: &str| {
        let has_fallback = reach.declaration.binding(secret).is_none_or(|(_, binding)| binding.fallback);
        has_fallback && !own.contains_key(&name::path(prefix, Kind::Secret, secret))
    };
    Ok(places
        .into_iter()
        .map(|(stage, prefix)| {
            let names = reach.names.iter().filter(|secret| inherits(prefix, secret)).cloned().collect();
            ((stage.to_owned(), prefix.to_owned()), names)
        })
        .collect())
}

impl Candidate {
    fn user(self, names: &Names, reach: &Reach<'_>) -> Option<User> {
        let Candidate { name, stage, prefix, variables } = self;
        let Some(variables) = variables else {
            return (!names.is_empty()).then_some(User { name, stage, uses: Uses::Unreadable });
        };
        // One that reads another prefix has other values.
        let reads_here = reach.stage.is_none_or(|stage| prefix == reach.declaration.prefix(stage));
        let mut uses = None;
        for secret in names {
            let Some(value) = variables.get(&name::env_var(Kind::Secret, secret)) else { continue };
            let written = match reach.stage {
                Some(stage) => name::path(&reach.declaration.prefix(stage), Kind::Secret, secret),
                None => name::fallback_path(reach.declaration.app(), secret),
            };
            let own = match marker::read(value) {
                Meaning::Fetch => reads_here.then_some(Uses::Fetches),
                Meaning::Elsewhere { source, .. } => (source == written).then_some(Uses::Fetches),
                Meaning::Plain(value) if !value.is_empty() => Some(Uses::InPlain),
                _ => None,
            };
            // What it fetches, a restart brings; what it has in plain besides is told then.
            uses = if uses == Some(Uses::Fetches) { uses } else { own.or(uses) };
        }
        uses.map(|uses| User { name, stage, uses })
    }
}
