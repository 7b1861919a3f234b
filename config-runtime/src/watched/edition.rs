//! What was loaded, of which editions of the values, and whether the store still has those.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::RandomState;
use std::sync::Arc;
use std::time::Duration;

use super::mark::{Mark, Marks, Seen, is_older, marks, said};
use crate::bound::Loaded;
use crate::environment::Environment;
use crate::generated::Bindings;
use crate::load::{Answers, Begun, Ssm, Store, observed, values_from};
use crate::plan::{Answer, Lookup, Start};
use crate::problem::{Problem, ProblemKind};
use crate::report::LoadError;
use crate::sources::{FieldSource, Origin};
use crate::store::{self, Deadline};

/// A store that is asked again and again.
pub(super) trait Editions: Store + Send + 'static {
    /// Which edition is under each name, as far as possible without the values.
    fn editions(
        &self,
        environment: &Environment,
        names: BTreeSet<&String>,
        deadline: &Deadline,
    ) -> impl Future<Output = Answers> + Send;
}

impl Editions for Ssm {
    async fn editions(&self, environment: &Environment, names: BTreeSet<&String>, deadline: &Deadline) -> Answers {
        store::editions(environment, names, deadline).await
    }
}

/// What a reader of the store that is behind another is given to catch up, twice.
const CATCH_UP: Duration = Duration::from_secs(1);

/// A configuration, and what each of its fields was made of.
pub(super) struct Edition<T> {
    pub(super) loaded: Arc<Loaded<T>>,
    pub(super) fields: Arc<[Field]>,
}

/// Whether a field is still what it was, without its value.
#[derive(PartialEq, Eq)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) origin: Origin,
    mark: Option<Mark>,
}

impl Field {
    /// Of a configuration that nothing refreshes.
    pub(super) fn fixed(source: &FieldSource) -> Self {
        Field { name: source.name, origin: source.origin.clone(), mark: None }
    }
}

/// Loads everything. `came` is what the store had, also where that does not fit.
pub(super) async fn load<T: Bindings>(
    store: &impl Store,
    environment: &Environment,
    hasher: &RandomState,
    deadline: &Deadline,
    came: &mut Marks,
) -> Result<Edition<T>, LoadError> {
    let seen = |lookups: &[&Lookup], answers: &BTreeMap<String, Answer>| *came = marks(lookups, answers, hasher);
    let (mut values, sources) = values_from(store, T::table(), environment, deadline, seen).await?;
    let field = |source: &FieldSource| {
        let mark = source.origin.place().and_then(|place| came.get(place).copied().flatten());
        Field { name: source.name, origin: source.origin.clone(), mark }
    };
    let fields = sources.fields().iter().map(field).collect();
    let loaded = Arc::new(Loaded::new(T::build(&mut values), sources));
    Ok(Edition { loaded, fields })
}

/// Loads everything, if the store has something else than what is in use. One deadline is over all of it.
pub(super) async fn load_changed<T: Bindings>(
    store: &impl Editions,
    environment: &Environment,
    hasher: &RandomState,
    in_use: &Marks,
    seen: &mut Seen,
    deadline: &Deadline,
) -> Result<Option<(Edition<T>, Marks)>, LoadError> {
    if in_use.is_empty() {
        return Ok(None);
    }
    for pause in [Some(CATCH_UP), Some(CATCH_UP), None] {
        let said = editions::<T>(store, environment, hasher, in_use, deadline).await?;
        seen.learn(&said);
        if !seen.is_behind(&said) {
            if said == *in_use {
                return Ok(None);
            }
            let mut came = Marks::new();
            let loaded = observed(T::table(), load(store, environment, hasher, deadline, &mut came)).await;
            let is_behind = seen.is_behind(&came) || is_older(&came, &said, in_use);
            // Also where it does not fit.
            seen.learn(&came);
            match loaded {
                Ok(edition) if !is_behind => return Ok(Some((edition, came))),
                // What is missing may be there already.
                Err(error) if !is_behind || !is_of_missing_values(&error) => return Err(error),
                _ => {}
            }
        }
        if let Some(pause) = pause {
            deadline.sleep(pause).await;
        }
    }
    let start = Start::new(T::table(), environment).0;
    Err(LoadError::new(&start, vec![Problem::of_start(ProblemKind::Behind)]))
}

fn is_of_missing_values(error: &LoadError) -> bool {
    error.problems().iter().all(|problem| *problem.kind() == ProblemKind::NotFound)
}

/// What the store says that it has under the names in use.
async fn editions<T: Bindings>(
    store: &impl Editions,
    environment: &Environment,
    hasher: &RandomState,
    in_use: &Marks,
    deadline: &Deadline,
) -> Result<Marks, LoadError> {
    let answers = store.editions(environment, in_use.keys().collect(), deadline).await;
    Begun::new(T::table(), environment)?.refused(&answers)?;
    Ok(said(&answers.unwrap_or_default(), in_use, hasher))
}
