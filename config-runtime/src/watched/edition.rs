//! What was loaded, of which editions of the values, and whether the store still has those.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;
use std::time::Duration;

use crate::bound::Loaded;
use crate::environment::Environment;
use crate::generated::Bindings;
use crate::load::{Answers, Begun, Ssm, Store, observed, values_from};
use crate::plan::{Answer, Lookup, Start, Stored};
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

/// Which edition of a value it is: where two are equal, the value is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark {
    version: i64,
    modified: Option<i128>,
    /// Of a value whose version says nothing. Keyed, so that it says nothing to whoever finds it elsewhere than in this memory.
    hash: Option<u64>,
}

impl Mark {
    fn of(name: &str, stored: &Stored, hasher: &RandomState) -> Self {
        let hash = store::is_opaque(name).then(|| hasher.hash_one(&stored.value));
        Mark { version: stored.version, modified: stored.modified, hash }
    }

    /// Whether it was there before `other`. What was deleted and set anew has an earlier version and a later time. What a label
    /// stands before can be moved back, that of Secrets Manager's as well: of two such, nobody knows.
    fn is_before(self, other: Mark, name: &str) -> bool {
        if self.hash.is_some() || store::has_selector(name) {
            return false;
        }
        match (self.modified, other.modified) {
            (Some(own), Some(other)) if own != other => own < other,
            _ => self.version < other.version,
        }
    }
}

/// Whether one who reads the store is behind another: what came, beside the newest that is known of and what is in use.
fn is_behind(name: &str, came: Option<Mark>, newest: Option<Mark>, in_use: Option<Mark>) -> bool {
    match (came, newest) {
        (Some(came), Some(newest)) => came.is_before(newest, name),
        // It was deleted: what is there all the same was set since, or the reader has not heard of it.
        (Some(came), None) => in_use.is_some_and(|in_use| came == in_use || came.is_before(in_use, name)),
        (None, newest) => newest.is_some(),
    }
}

/// What a reader of the store that is behind another is given to catch up, twice.
const CATCH_UP: Duration = Duration::from_secs(1);

/// What the store had under each name that counted: those of the stage, and the fallbacks of those that it did not have.
pub(super) type Marks = BTreeMap<String, Option<Mark>>;

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

/// Loads everything.
pub(super) async fn load<T: Bindings>(
    store: &impl Store,
    environment: &Environment,
    hasher: &RandomState,
    deadline: &Deadline,
) -> Result<(Edition<T>, Marks), LoadError> {
    let mut marks = Marks::new();
    let seen = |lookups: &[&Lookup], answers: &BTreeMap<String, Answer>| marks = self::marks(lookups, answers, hasher);
    let (mut values, sources) = values_from(store, T::table(), environment, deadline, seen).await?;
    let field = |source: &FieldSource| {
        let mark = source.origin.place().and_then(|place| marks.get(place).copied().flatten());
        Field { name: source.name, origin: source.origin.clone(), mark }
    };
    let fields = sources.fields().iter().map(field).collect();
    let loaded = Arc::new(Loaded::new(T::build(&mut values), sources));
    Ok((Edition { loaded, fields }, marks))
}

/// Loads everything, if the store has something else than these. One deadline is over all of it.
pub(super) async fn load_changed<T: Bindings>(
    store: &impl Editions,
    environment: &Environment,
    hasher: &RandomState,
    known: &Marks,
    deadline: &Deadline,
) -> Result<Option<(Edition<T>, Marks)>, LoadError> {
    let Some(newest) = newest::<T>(store, environment, hasher, known, deadline).await? else { return Ok(None) };
    // What is not asked for any more is the fallback of what the stage has now.
    let is_behind = |came: &Marks| {
        let both = known.iter().zip(newest.values());
        let mut asked = both.filter_map(|((name, in_use), newest)| Some((name, *came.get(name)?, *newest, *in_use)));
        asked.any(|(name, came, newest, in_use)| is_behind(name, came, newest, in_use))
    };
    for pause in [Some(CATCH_UP), Some(CATCH_UP), None] {
        let fresh: (Edition<T>, Marks) = observed(T::table(), load(store, environment, hasher, deadline)).await?;
        if fresh.1 != *known && !is_behind(&fresh.1) {
            return Ok(Some(fresh));
        }
        if let Some(pause) = pause {
            deadline.sleep(pause).await;
        }
    }
    let start = Start::new(T::table(), environment).0;
    Err(LoadError::new(&start, vec![Problem::of_start(ProblemKind::Behind)]))
}

/// Of each known name the later of what is known and what the store has; `None` where nothing of it is new.
async fn newest<T: Bindings>(
    store: &impl Editions,
    environment: &Environment,
    hasher: &RandomState,
    known: &Marks,
    deadline: &Deadline,
) -> Result<Option<Marks>, LoadError> {
    if known.is_empty() {
        return Ok(None);
    }
    let answers = store.editions(environment, known.keys().collect(), deadline).await;
    Begun::new(T::table(), environment)?.refused(&answers)?;
    let later = |(name, known): (&String, &Option<Mark>)| {
        let now = match answers.as_ref().ok().and_then(|all| all.get(name)) {
            Some(Answer::Found(stored)) => Some(Mark::of(name, stored, hasher)),
            _ => None,
        };
        let is_behind = now.zip(*known).is_some_and(|(now, known)| now.is_before(known, name));
        (name.clone(), if is_behind { *known } else { now })
    };
    let newest: Marks = known.iter().map(later).collect();
    Ok((newest != *known).then_some(newest))
}

fn marks(lookups: &[&Lookup], answers: &BTreeMap<String, Answer>, hasher: &RandomState) -> Marks {
    let mut marks = Marks::new();
    for lookup in lookups {
        for name in std::iter::once(&lookup.path).chain(&lookup.fallback) {
            if let Some(Answer::Found(stored)) = answers.get(name) {
                marks.insert(name.clone(), Some(Mark::of(name, stored, hasher)));
                break;
            }
            marks.insert(name.clone(), None);
        }
    }
    marks
}
