//! Which functions use a secret: by the variables that they were deployed with.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_lambda::operation::list_functions::ListFunctionsOutput;
use aws_sdk_lambda::operation::list_tags::ListTagsOutput;
use aws_sdk_lambda::types::{FunctionConfiguration, SnapStartApplyOn};
use bind_config_manifest::marker::{self, Meaning};
use bind_config_manifest::name::{self, Kind};

use super::restart::unreadable;
use super::{Functions, Names, Variables};
use crate::declaration::Declaration;
use crate::store::{Pages, Store, Trouble};

/// What was changed: names, and where.
pub(crate) struct Reach<'a> {
    pub(crate) declaration: &'a Declaration,
    /// Folded.
    pub(crate) names: &'a Names,
    /// The stage; `None` is the fallback, which reaches every stage without a value of its own.
    pub(crate) stage: Option<&'a str>,
}

/// A function that uses a secret, or may.
///
/// # Security
///
/// Holds the values of variables: it has no `Debug`.
pub(crate) struct User {
    pub(crate) name: String,
    pub(crate) stage: String,
    pub(crate) uses: Uses,
    /// The secrets that it has in its environment as values. Only a deployment changes those.
    pub(crate) in_plain: Vec<String>,
    /// Whether its versions start from snapshots.
    pub(crate) is_snap_start: bool,
}

/// How it uses what was changed.
pub(crate) enum Uses {
    /// It fetches it at start, as these variables say. With what can be written, where the listing says all of that.
    Fetches { variables: Names, seen: Option<Seen> },
    /// It has the value in its environment, and fetches nothing that was changed.
    InPlain,
    /// Its environment cannot be read; with the key that it is encrypted with, where that is none of AWS's own.
    Unreadable { key: Option<String> },
    /// Whether it is a function of the app, or uses it, is not known: why.
    Unknown(String),
}

/// The variables of a function, and the revision that they are of.
///
/// # Security
///
/// Holds their values: it has no `Debug`.
pub(crate) struct Seen {
    pub(super) variables: Variables,
    pub(super) revision: String,
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
            let nothing = Names::new();
            let names = match &inherited {
                _ if !candidate.is_own => &nothing,
                Some(inherited) => {
                    inherited.get(&(candidate.stage.clone(), candidate.prefix.clone())).unwrap_or(&nothing)
                }
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
    let mut pages = Pages::default();
    loop {
        let request = functions.client().list_functions().set_marker(pages.at());
        let accept = |page: ListFunctionsOutput| Some((page.functions?, page.next_marker));
        let (found, next) =
            functions.ask("lambda:ListFunctions", "*", async || request.clone().send().await, accept).await?;
        all.extend(found);
        if !pages.turn(next)? {
            return Ok(all);
        }
    }
}

/// A function of the app, and of the stage where one is meant; or one that may be; or any that fetches what was changed by its
/// path.
struct Candidate {
    name: String,
    stage: String,
    /// Whether it is of the app and of the stage, so that a name leads where it was changed.
    is_own: bool,
    prefix: String,
    /// The variables that have the path of what was changed.
    by_path: Names,
    environment: Readable,
    revision: Option<String>,
    is_snap_start: bool,
}

enum Readable {
    Yes(Variables),
    /// With its key.
    No(Option<String>),
    /// Nobody knows whose function it is, or what it uses: why.
    Unknown(String),
}

async fn candidate(
    functions: &Functions,
    reach: &Reach<'_>,
    configuration: FunctionConfiguration,
) -> Result<Option<Candidate>, Trouble> {
    let name = configuration.function_name.ok_or(Trouble::Garbled)?;
    let snap_start = configuration.snap_start.and_then(|snap| snap.apply_on);
    let (variables, is_readable) = match configuration.environment {
        Some(environment) if environment.error.is_some() => (Variables::new(), false),
        environment => {
            (environment.and_then(|all| all.variables).unwrap_or_default().into_iter().collect::<Variables>(), true)
        }
    };
    let from = variables.iter().filter(|(variable, value)| is_from(variable, value, reach));
    let by_path: Names = from.map(|(variable, _)| variable.clone()).collect();
    let of = |key: &str| variables.get(key).filter(|value| !value.is_empty()).cloned();
    let (mut app, mut stage) = (of(name::ENV_APP), of(name::ENV_STAGE));
    let prefix = of(name::ENV_SSM_PREFIX);
    let own_app = reach.declaration.app();
    let mut untold = None;
    let is_asked = !is_readable || !by_path.is_empty() || may_use(&variables, reach.names);
    if (app.is_none() || stage.is_none()) && is_asked {
        match tags(functions, configuration.function_arn.as_deref().unwrap_or(&name)).await {
            Ok(mut tags) => {
                app = app.or_else(|| tags.remove("sst:app"));
                stage = stage.or_else(|| tags.remove("sst:stage"));
            }
            // It has just been deleted.
            Err(Trouble::NotFound) => return Ok(None),
            Err(trouble @ Trouble::Denied { .. }) => {
                untold = Some(format!("whether it is a function of `{own_app}` is not known: {trouble}"));
            }
            Err(trouble) => return Err(trouble),
        }
    }
    let is_known = app.is_some() && stage.is_some();
    let prefix_of = |stage: &str| prefix.clone().unwrap_or_else(|| reach.declaration.prefix(stage));
    // Where the prefix has no stage in it, another stage reads the same place.
    let is_of = |stage: &str, own: &str| stage == own || prefix_of(stage) == reach.declaration.prefix(own);
    // So does another app that says the same prefix.
    let reads_here =
        prefix.as_deref().zip(reach.stage).is_some_and(|(prefix, own)| prefix == reach.declaration.prefix(own));
    let fits = reads_here
        || app.as_deref().is_none_or(|app| app == own_app)
            && stage.as_deref().zip(reach.stage).is_none_or(|(stage, own)| is_of(stage, own));
    let environment = match untold {
        // It says by itself what it uses, whosever it is.
        _ if !by_path.is_empty() => Readable::Yes(variables),
        _ if !fits => return Ok(None),
        Some(why) => Readable::Unknown(why),
        None if is_readable && is_known => Readable::Yes(variables),
        None if is_readable => return Ok(None),
        None if is_known => Readable::No(configuration.kms_key_arn),
        None => {
            let why = unreadable(configuration.kms_key_arn.as_deref());
            Readable::Unknown(format!("whether it uses it is not known: {why}"))
        }
    };
    let stage = stage.unwrap_or_else(|| "?".to_owned());
    Ok(Some(Candidate {
        name,
        is_own: fits && is_known,
        prefix: prefix_of(&stage),
        stage,
        by_path,
        environment,
        revision: configuration.revision_id,
        is_snap_start: snap_start == Some(SnapStartApplyOn::PublishedVersions),
    }))
}

/// Whether a function without app and stage in its environment is worth a question for its tags.
fn may_use(variables: &Variables, names: &Names) -> bool {
    names.iter().any(|secret| variables.contains_key(&name::env_var(Kind::Secret, secret)))
}

async fn tags(functions: &Functions, arn: &str) -> Result<BTreeMap<String, String>, Trouble> {
    let request = functions.client().list_tags().resource(arn);
    let accept = |answer: ListTagsOutput| answer.tags.map(|tags| tags.into_iter().collect());
    functions.ask("lambda:ListTags", arn, async || request.clone().send().await, accept).await
}

/// Which names each stage takes from the fallback: those that it has no value for.
async fn inherited(
    reach: &Reach<'_>,
    store: &Store,
    candidates: &[Candidate],
) -> Result<BTreeMap<(String, String), Names>, Trouble> {
    let places: BTreeSet<(&str, &str)> = candidates
        .iter()
        .filter(|candidate| candidate.is_own)
        .map(|candidate| (candidate.stage.as_str(), candidate.prefix.as_str()))
        .collect();
    let paths: Vec<String> = places
        .iter()
        .flat_map(|(_, prefix)| reach.names.iter().map(move |secret| name::path(prefix, Kind::Secret, secret)))
        .collect();
    // Whether they are there: no value is wanted, nor the key of another stage.
    let own = store.look(&paths, false).await?;
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
    /// `names` are those that its stage takes from where they were changed.
    fn user(self, names: &Names, reach: &Reach<'_>) -> Option<User> {
        let Candidate { name, stage, is_own: _, prefix, by_path, environment, revision, is_snap_start } = self;
        let user = |uses, in_plain| Some(User { name, stage: stage.clone(), uses, in_plain, is_snap_start });
        let variables = match environment {
            Readable::Yes(variables) => variables,
            Readable::No(key) if !names.is_empty() => return user(Uses::Unreadable { key }, Vec::new()),
            Readable::No(_) => return None,
            Readable::Unknown(why) => return user(Uses::Unknown(why), Vec::new()),
        };
        // One that reads another prefix has other values.
        let reads_here = reach.stage.is_none_or(|stage| prefix == reach.declaration.prefix(stage));
        let mut in_plain = Vec::new();
        let mut fetching = by_path;
        for secret in names {
            let variable = name::env_var(Kind::Secret, secret);
            match variables.get(&variable).map(|value| marker::read(value)) {
                Some(Meaning::Fetch) if reads_here => drop(fetching.insert(variable)),
                Some(Meaning::Plain(value)) if !value.is_empty() => in_plain.push(secret.clone()),
                _ => {}
            }
        }
        if fetching.is_empty() {
            return if in_plain.is_empty() { None } else { user(Uses::InPlain, in_plain) };
        }
        let seen = revision.map(|revision| Seen { variables, revision });
        user(Uses::Fetches { variables: fetching, seen }, in_plain)
    }
}

/// Whether a variable takes its value from a path that was changed, whatever it is called.
fn is_from(variable: &str, value: &str, reach: &Reach<'_>) -> bool {
    let Meaning::Elsewhere { source, .. } = marker::read(value) else { return false };
    if !name::is_env_var(variable) {
        return false;
    }
    // `arn:aws:ssm:eu-west-1:123456789012:parameter/sst/…`
    let source =
        source.strip_prefix("arn:").and_then(|arn| arn.split_once(":parameter")).map_or(source, |(_, path)| path);
    reach.names.iter().any(|secret| match reach.stage {
        Some(stage) => source == name::path(&reach.declaration.prefix(stage), Kind::Secret, secret),
        None => source == name::fallback_path(reach.declaration.app(), secret),
    })
}
