//! One start: read the environment, ask the store, convert, and report every problem at once.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::Write as _;
use std::panic::catch_unwind;

use bind_config_manifest::marker::{self, Meaning};
use bind_config_manifest::name::{ENV_FINGERPRINT, Kind};
use bind_config_manifest::value::{Misfit, Scalar, Type, without_edges};

use crate::bound::Loaded;
use crate::environment::Environment;
use crate::generated::{Binding, Bindings, Erased, Table, Values};
use crate::lambda::{InitializationType, initialization_type};
use crate::plan::{Answer, Lookup, Plan, Start, Stored};
use crate::problem::{Problem, ProblemKind};
use crate::report::LoadError;
use crate::sources::{FieldSource, Origin, Sources};
use crate::store::{Deadline, answers};

/// Loads before the first request: `Config::load_from`. Refuses to do so where a SnapStart snapshot would keep the values.
///
/// # Errors
///
/// Every problem of the start.
pub async fn load_from<T: Bindings>(environment: &Environment) -> Result<Loaded<T>, LoadError> {
    refuse_snapshot(T::table(), environment)?;
    anywhere(environment).await
}

/// An error where a SnapStart snapshot would keep the values.
pub(crate) fn refuse_snapshot(table: &'static Table, environment: &Environment) -> Result<(), LoadError> {
    if initialization_type(environment) != InitializationType::SnapStart {
        return Ok(());
    }
    let start = Start::new(table, environment).0;
    Err(LoadError::new(&start, vec![Problem::of_start(ProblemKind::BeforeSnapshot)]))
}

/// The error of a load that has no runtime, or whose runtime has gone.
pub(crate) fn without_runtime(table: &'static Table, environment: &Environment) -> LoadError {
    let problem = Problem::of_start(ProblemKind::OutsideRuntime);
    LoadError::new(&Start::new(table, environment).0, vec![problem])
}

/// Loads, wherever the program is.
pub(crate) async fn anywhere<T: Bindings>(environment: &Environment) -> Result<Loaded<T>, LoadError> {
    warn_of_other_bindings(T::table(), environment);
    let (mut values, sources) = observed(T::table(), values(T::table(), environment)).await?;
    Ok(Loaded::new(T::build(&mut values), sources))
}

/// Runs a load on a runtime of its own.
#[cfg(all(feature = "blocking", not(target_family = "wasm")))]
pub(crate) fn blocking<T>(
    table: &'static Table,
    load: impl std::future::Future<Output = Result<T, LoadError>>,
) -> Result<T, LoadError> {
    let failed = |kind| {
        let environment = Environment::process();
        LoadError::new(&Start::new(table, &environment).0, vec![Problem::of_start(kind)])
    };
    if tokio::runtime::Handle::try_current().is_ok() {
        return Err(failed(ProblemKind::InsideRuntime));
    }
    match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => {
            let loaded = runtime.block_on(load);
            // Nothing of it is waited for: the deadline has passed where something still runs.
            runtime.shutdown_background();
            loaded
        }
        Err(error) => Err(failed(ProblemKind::Client { reason: format!("no runtime could be started: {error}") })),
    }
}

/// No span: nobody listens.
#[cfg(not(feature = "tracing"))]
pub(crate) async fn observed<L>(
    _: &'static Table,
    load: impl Future<Output = Result<L, LoadError>>,
) -> Result<L, LoadError> {
    load.await
}

/// One span per load, with names and counts.
#[cfg(feature = "tracing")]
pub(crate) async fn observed<L>(
    table: &'static Table,
    load: impl Future<Output = Result<L, LoadError>>,
) -> Result<L, LoadError> {
    use tracing::Instrument;
    use tracing::field::Empty;

    let span = tracing::info_span!(
        target: "bind_config",
        "bind_config.load",
        app = table.app,
        function = table.function,
        bindings = table.bindings.len(),
        fetched = Empty,
        requests = Empty,
        problems = Empty,
    );
    let loaded = load.instrument(span.clone()).await;
    span.record("problems", loaded.as_ref().err().map_or(0, |error| error.problems().len()));
    loaded
}

pub(crate) async fn values(table: &'static Table, environment: &Environment) -> Result<(Values, Sources), LoadError> {
    let deadline = Deadline::of(environment);
    deadline.aloud(values_from(&Ssm, table, environment, &deadline, |_, _| {})).await
}

/// The values of a store, which `seen` is shown what it was asked for and had.
pub(crate) async fn values_from(
    store: &impl Store,
    table: &'static Table,
    environment: &Environment,
    deadline: &Deadline,
    seen: impl FnOnce(&[&Lookup], &BTreeMap<String, Answer>),
) -> Result<(Values, Sources), LoadError> {
    let begun = Begun::new(table, environment)?;
    let lookups = begun.lookups();
    let answers = if lookups.is_empty() { None } else { Some(store.answers(environment, &lookups, deadline).await) };
    if let Some(Ok(answers)) = &answers {
        seen(&lookups, answers);
    }
    begun.finish(answers.as_ref())
}

/// What the store said about every name, or why it was not asked.
pub(crate) type Answers = Result<BTreeMap<String, Answer>, ProblemKind>;

/// Whom a load asks: the store of the environment, or a script.
pub(crate) trait Store: Sync {
    /// What is under the names of the lookups.
    fn answers(
        &self,
        environment: &Environment,
        lookups: &[&Lookup],
        deadline: &Deadline,
    ) -> impl Future<Output = Answers> + Send;
}

/// SSM, where the environment has it.
pub(crate) struct Ssm;

impl Store for Ssm {
    async fn answers(&self, environment: &Environment, lookups: &[&Lookup], deadline: &Deadline) -> Answers {
        answers(environment, lookups, deadline).await
    }
}

/// A start that knows where each value is.
pub(crate) struct Begun<'a> {
    start: Start<'a>,
    plans: Vec<Plan<'a>>,
    problems: Vec<Problem>,
    can_fetch: bool,
}

impl<'a> Begun<'a> {
    /// An error where nothing is set.
    pub(crate) fn new(table: &'static Table, environment: &'a Environment) -> Result<Self, LoadError> {
        let (start, mut problems) = Start::new(table, environment);
        // Outside of any deployment nothing is set: one problem says it all.
        let is_outside = problems.iter().any(|problem| *problem.kind() == ProblemKind::NoApp);
        if is_outside && start.stage.is_empty() {
            return Err(LoadError::new(&start, problems));
        }
        let can_fetch = problems.is_empty();
        problems.extend(other_bindings(table, environment).filter(|_| table.strict));
        let plan = |binding| {
            start.plan(binding).unwrap_or_else(|problem| {
                problems.push(problem);
                Plan::NotSet
            })
        };
        let plans = table.bindings.iter().map(plan).collect();
        Ok(Begun { start, plans, problems, can_fetch })
    }

    /// What the store is to be asked.
    pub(crate) fn lookups(&self) -> Vec<&Lookup> {
        if self.can_fetch { self.plans.iter().filter_map(Plan::lookup).collect() } else { Vec::new() }
    }

    /// Converts everything, or reports everything. Without `answers` nothing was asked: there was nothing to ask, or for a
    /// reason that is a problem already.
    pub(crate) fn finish(self, answers: Option<&Answers>) -> Result<(Values, Sources), LoadError> {
        let Begun { start, plans, mut problems, .. } = self;
        let answers = match answers {
            Some(Ok(answers)) => Some(answers),
            Some(Err(kind)) => {
                problems.push(Problem::of_start(kind.clone()));
                None
            }
            None => None,
        };
        let mut slots = Vec::with_capacity(plans.len());
        let mut sources = Vec::with_capacity(plans.len());
        let mut edged = Vec::new();
        for (binding, plan) in start.table.bindings.iter().zip(plans) {
            match fill(&start, binding, plan, answers) {
                Ok(filled) => {
                    slots.push(filled.slot);
                    sources.push(FieldSource::new(binding, filled.origin));
                    edged.extend(filled.has_edges.then_some(binding.field));
                }
                Err(problem) => problems.push(problem),
            }
        }
        if !problems.is_empty() {
            return Err(LoadError::new(&start, problems));
        }
        if !edged.is_empty() {
            warn(&crate::report::edges(&edged));
        }
        let values = Values { app: start.app.to_owned(), stage: start.stage.to_owned(), slots };
        Ok((values, Sources(sources)))
    }
}

/// What keeps asking: the report of names that could not be asked for.
#[cfg(all(feature = "watch", not(target_family = "wasm")))]
impl Begun<'_> {
    /// An error where the store could not be asked, or not about every name.
    pub(crate) fn refused(self, answers: &Answers) -> Result<(), LoadError> {
        let Begun { start, plans, .. } = self;
        let answers = match answers {
            Ok(answers) => answers,
            Err(kind) => return Err(LoadError::new(&start, vec![Problem::of_start(kind.clone())])),
        };
        let mut problems = Vec::new();
        for (binding, plan) in start.table.bindings.iter().zip(&plans) {
            let Some(lookup) = plan.lookup() else { continue };
            let mut asked = Vec::new();
            for path in std::iter::once(&lookup.path).chain(&lookup.fallback) {
                asked.push(path.clone());
                match answers.get(path) {
                    Some(Answer::Failed(kind)) => {
                        let problem = Problem::of_binding(binding, kind.clone()).at(asked);
                        problems.push(problem.owned_by(lookup.owner.clone()));
                        break;
                    }
                    // Nobody needs the fallback any more.
                    Some(Answer::Found(_)) => break,
                    Some(Answer::NotFound) | None => {}
                }
            }
        }
        if problems.is_empty() { Ok(()) } else { Err(LoadError::new(&start, problems)) }
    }
}

/// The deployment's bindings against those of the program: a problem with `strict`, else a warning of the start.
fn other_bindings(table: &'static Table, environment: &Environment) -> Option<Problem> {
    let (deployed, built) = (environment.setting(ENV_FINGERPRINT)?, table.fingerprint?);
    let kind = || ProblemKind::OtherBindings { deployed: deployed.to_owned(), built };
    (deployed != built).then(|| Problem::of_start(kind()))
}

pub(crate) fn warn_of_other_bindings(table: &'static Table, environment: &Environment) {
    if let Some(problem) = other_bindings(table, environment).filter(|_| !table.strict) {
        warn(&crate::report::warning(table.function, &problem));
    }
}

/// One event where somebody listens, else one line on stderr: any crate of the build may have turned the feature on.
pub(crate) fn warn(warning: &str) {
    #[cfg(feature = "tracing")]
    if !tracing::dispatcher::get_default(tracing::Dispatch::is::<tracing::subscriber::NoSubscriber>) {
        tracing::warn!(target: "bind_config", "{warning}");
        return;
    }
    // A closed stderr is no reason not to start.
    let _ = writeln!(std::io::stderr(), "warning: {warning}");
}

/// What a binding was filled with.
struct Filled {
    /// `None` where there is no value and there need not be.
    slot: Option<Erased>,
    origin: Origin,
    has_edges: bool,
}

fn fill(
    start: &Start<'_>,
    binding: &Binding,
    plan: Plan<'_>,
    answers: Option<&BTreeMap<String, Answer>>,
) -> Result<Filled, Problem> {
    let owner = if let Plan::Stored(lookup) = &plan { lookup.owner.clone() } else { None };
    let filled = find(start, binding, plan, answers).and_then(|found| match found {
        Some((text, origin)) => {
            let slot = Some(convert(binding, &text, &origin)?);
            Ok(Filled { slot, origin, has_edges: has_edges(binding, &text) })
        }
        None => Ok(Filled { slot: None, origin: Origin::NotSet, has_edges: false }),
    });
    filled.map_err(|problem| problem.owned_by(owner))
}

/// Whether a secret of one line, or a marker, has something unseen at its start or end. Most likely an editor or `echo` put
/// it there, and whoever gets the text refuses it; where it belongs, it is right all the same.
fn has_edges(binding: &Binding, text: &str) -> bool {
    let inner = without_edges(text);
    let is_one = binding.kind == Kind::Secret || !matches!(marker::read(inner), Meaning::Plain(_));
    is_one && binding.ty == Type::Scalar(Scalar::String) && inner.len() != text.len() && !inner.contains(['\r', '\n'])
}

/// The text of a binding and where it came from. Without `answers` nothing was asked, and the reason is a problem of the
/// start as a whole.
fn find<'a>(
    start: &Start<'_>,
    binding: &Binding,
    plan: Plan<'a>,
    answers: Option<&'a BTreeMap<String, Answer>>,
) -> Result<Option<(Cow<'a, str>, Origin)>, Problem> {
    let problem = |kind| Problem::of_binding(binding, kind);
    let lookup = match plan {
        Plan::NotSet => return Ok(None),
        Plan::Here { value, variable } => return Ok(Some((value.into(), Origin::Environment { variable }))),
        Plan::Stored(lookup) => lookup,
    };
    let Some(answers) = answers else { return Ok(None) };
    let is_elsewhere = lookup.owner.is_none();
    let mut asked = Vec::new();
    for (path, is_fallback) in std::iter::once((lookup.path, false)).chain(lookup.fallback.map(|path| (path, true))) {
        match answers.get(&path) {
            Some(Answer::Found(stored)) => {
                let origin = origin(path, stored, is_fallback, is_elsewhere);
                let text: Cow<'_, str> = match lookup.key {
                    Some(key) => match key_of(&stored.value, &key) {
                        Some(text) => text.into(),
                        None => return Err(problem(ProblemKind::NoSuchKey { key }).from(origin)),
                    },
                    None => stored.value.as_str().into(),
                };
                if text.is_empty() && binding.kind == Kind::Secret {
                    return Err(problem(ProblemKind::EmptySecret).from(origin));
                }
                return Ok(Some((text, origin)));
            }
            Some(Answer::NotFound) => asked.push(path),
            Some(Answer::Failed(kind)) => {
                asked.push(path);
                return Err(problem(kind.clone()).at(asked));
            }
            // What was asked and has no answer is not what is not stored.
            None => {
                asked.push(path);
                return Err(problem(ProblemKind::Garbled).at(asked));
            }
        }
    }
    if start.is_required(binding) { Err(problem(ProblemKind::NotFound).at(asked)) } else { Ok(None) }
}

fn origin(path: String, stored: &Stored, is_fallback: bool, is_elsewhere: bool) -> Origin {
    let version = stored.version;
    if is_fallback {
        Origin::Fallback { path, version }
    } else if is_elsewhere {
        Origin::Elsewhere { path, version }
    } else {
        Origin::Stage { path, version }
    }
}

/// The string under `key` of a JSON object.
fn key_of(text: &str, key: &str) -> Option<String> {
    match serde_json::from_str(text).ok()? {
        serde_json::Value::Object(mut object) => match object.remove(key)? {
            serde_json::Value::String(value) => Some(value),
            _ => None,
        },
        _ => None,
    }
}

fn convert(binding: &Binding, text: &str, origin: &Origin) -> Result<Erased, Problem> {
    let checked = || -> Result<Erased, Misfit> {
        binding.ty.check_with(&binding.shape, text)?;
        (binding.convert)(text, binding.ty)
    };
    let problem = |kind| Problem::of_binding(binding, kind).from(origin.clone());
    match catch_unwind(checked) {
        Ok(read) => read.map_err(|misfit| problem(ProblemKind::of(misfit))),
        // A type of the program's: one problem of many, which has a name.
        Err(_) => Err(problem(ProblemKind::Panicked)),
    }
}

#[cfg(all(test, feature = "ssm", not(target_family = "wasm")))]
mod simulation;
