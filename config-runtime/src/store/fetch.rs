//! Asks the store: batches at once, one deadline, retries, refusals narrowed down to the names they concern.
//! Sends nothing itself: the store is behind [`Source`].

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use fastrand::Rng;
use futures_util::future::join_all;
use pace::Pace;
pub(super) use pace::generator;

use crate::plan::{Answer, Lookup, Stored};
use crate::problem::ProblemKind;
use crate::store::Deadline;
#[cfg(feature = "watch")]
use crate::store::name::is_opaque;
use crate::store::name::{is_arn, is_arn_of};

mod pace;

/// A store that answers by name.
pub(crate) trait Source: Sync {
    /// What it is, for messages.
    fn endpoint(&self) -> &str;

    /// What is stored under at most [`BATCH`] names, in their order; `None` where nothing is. What is not to be decrypted comes
    /// without its value.
    fn parameters(
        &self,
        names: &[String],
        decrypted: bool,
    ) -> impl Future<Output = Result<Vec<Option<Stored>>, Fault>> + Send;
}

/// Why a request has no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The same request will fail again.
    Permanent(ProblemKind),
    /// The same request may succeed later.
    Transient(ProblemKind),
    /// The credentials may not read one of the names. AWS refuses the whole batch and names one resource.
    Denied { action: &'static str, resource: Option<String> },
    /// The signature's time is not the store's. The next one is made with the store's idea of the time.
    Skewed,
}

/// How many names `GetParameters` takes.
const BATCH: usize = 10;
/// How long one attempt may take: a store that accepts and never answers leaves room for two more.
const ATTEMPT: Duration = Duration::from_secs(3);
/// A clock that is off, and a thaw in the middle of the second attempt.
const CLOCK_CORRECTIONS: u32 = 2;

/// How many names are taken out of a refused batch one after the other, before the rest is asked name by name at once: a
/// refusal names one, and ten in a row would not fit into a deadline.
const ONE_BY_ONE: usize = 3;

/// One start's view of the store.
pub(crate) struct Fetch<'a, S> {
    source: &'a S,
    deadline: &'a Deadline,
    pace: Pace<'a>,
    requests: AtomicU32,
}

impl<'a, S: Source> Fetch<'a, S> {
    /// Pauses are drawn with `rng`.
    pub(crate) fn new(source: &'a S, deadline: &'a Deadline, rng: Rng) -> Self {
        Fetch { source, deadline, pace: Pace::new(deadline, rng), requests: AtomicU32::new(0) }
    }

    /// How many requests were made.
    #[cfg_attr(not(feature = "tracing"), expect(dead_code, reason = "counts are for the span"))]
    pub(crate) fn requests(&self) -> u32 {
        self.requests.load(Ordering::Relaxed)
    }

    /// What the store says about every path, and about the fallbacks of those where nothing is stored. It begins with the
    /// [`first_wave`].
    pub(crate) async fn all(&self, lookups: &[&Lookup], first: Vec<Batch<'_>>) -> BTreeMap<String, Answer> {
        let mut answers = self.wave(first).await;

        let is_missing = |lookup: &&&Lookup| matches!(answers.get(&lookup.path), Some(Answer::NotFound));
        let second: BTreeSet<&String> = lookups
            .iter()
            .filter(is_missing)
            .filter_map(|lookup| lookup.fallback.as_ref())
            .filter(|name| !answers.contains_key(*name))
            .collect();
        answers.extend(self.wave(batches(second, BTreeSet::new(), true)).await);
        answers
    }

    /// Asks for all batches at once.
    pub(crate) async fn wave(&self, batches: Vec<Batch<'_>>) -> BTreeMap<String, Answer> {
        let owned = |names: Vec<&String>| names.into_iter().cloned().collect();
        let ask = |batch: Batch<'_>| self.batch(owned(batch.names), owned(batch.spare), batch.decrypted);
        let answers = join_all(batches.into_iter().map(ask)).await;
        answers.into_iter().flatten().collect()
    }

    /// Asks for one batch. A refusal is narrowed down: first without the spare names, then without the name that was
    /// refused, else name by name.
    async fn batch(&self, mut names: Vec<String>, mut spare: Vec<String>, decrypted: bool) -> Vec<(String, Answer)> {
        let mut answers = Vec::new();
        while !names.is_empty() {
            let asked = [names.as_slice(), spare.as_slice()].concat();
            let refusal = match self.ask(&asked, decrypted).await {
                Ok(values) => {
                    let answer = |stored: Option<Stored>| stored.map_or(Answer::NotFound, Answer::Found);
                    answers.extend(asked.into_iter().zip(values.into_iter().map(answer)));
                    break;
                }
                Err(refusal) => refusal,
            };
            if asked.len() == 1 || !refusal.concerns_names() {
                answers.extend(names.into_iter().map(|name| {
                    let kind = refusal.kind(&name);
                    (name, Answer::Failed(kind))
                }));
                break;
            }
            if !spare.is_empty() {
                spare.clear();
            } else if let Some(at) = refusal.position(&names).filter(|_| answers.len() < ONE_BY_ONE) {
                let name = names.remove(at);
                let kind = refusal.kind(&name);
                answers.push((name, Answer::Failed(kind)));
            } else {
                let one = |name| Box::pin(self.batch(vec![name], Vec::new(), decrypted));
                let each = join_all(names.into_iter().map(one)).await;
                answers.extend(each.into_iter().flatten());
                break;
            }
        }
        answers
    }

    /// Asks until there is an answer, a refusal, or no time left.
    async fn ask(&self, names: &[String], decrypted: bool) -> Result<Vec<Option<Stored>>, Refusal> {
        let timed_out = || ProblemKind::TimedOut { endpoint: self.source.endpoint().to_owned() };
        let mut last = self.pace.given_up().cloned().unwrap_or_else(timed_out);
        let (mut corrections, mut tries) = (0, self.pace.tries());
        while let Some(left) = self.pace.left() {
            self.requests.fetch_add(1, Ordering::Relaxed);
            let kind = match self.deadline.within(left.min(ATTEMPT), self.source.parameters(names, decrypted)).await {
                Some(Ok(values)) => {
                    tries.answered();
                    return Ok(values);
                }
                Some(Err(Fault::Permanent(kind))) => return Err(Refusal::Failed(kind)),
                Some(Err(Fault::Denied { action, resource })) => return Err(Refusal::Denied { action, resource }),
                Some(Err(Fault::Skewed)) if corrections < CLOCK_CORRECTIONS => {
                    corrections += 1;
                    continue;
                }
                Some(Err(Fault::Skewed)) => return Err(Refusal::Failed(ProblemKind::ClockSkew)),
                Some(Err(Fault::Transient(kind))) => kind,
                // Cut off by the deadline: what the attempts before it met says more.
                None if left < ATTEMPT => continue,
                None => timed_out(),
            };
            let is_throttled = kind == ProblemKind::Throttled;
            last = kind;
            let has_another = if is_throttled { tries.pause_throttled().await } else { tries.pause().await };
            if !has_another {
                self.pace.give_up(&last);
            }
        }
        Err(Refusal::Failed(last))
    }
}

/// What one request asks for.
pub(crate) struct Batch<'a> {
    names: Vec<&'a String>,
    /// They come along since they cost no request.
    spare: Vec<&'a String>,
    decrypted: bool,
}

/// The requests with which a load begins: for every path, and for the fallbacks where there is room.
pub(crate) fn first_wave<'a>(lookups: &[&'a Lookup]) -> Vec<Batch<'a>> {
    let needed: BTreeSet<&String> = lookups.iter().map(|lookup| &lookup.path).collect();
    let fallbacks = lookups.iter().filter_map(|lookup| lookup.fallback.as_ref());
    let spare = fallbacks.filter(|name| !needed.contains(name)).collect();
    batches(needed, spare, true)
}

/// The requests that ask which edition of a value there is. Nothing is decrypted but what cannot be read otherwise: that comes
/// with its value.
#[cfg(feature = "watch")]
pub(crate) fn wave_of_editions<'a>(names: &BTreeSet<&'a String>) -> Vec<Batch<'a>> {
    let (opaque, plain): (BTreeSet<_>, BTreeSet<_>) = names.iter().partition(|name| is_opaque(name));
    let mut all = batches(plain, BTreeSet::new(), false);
    all.extend(batches(opaque, BTreeSet::new(), true));
    all
}

/// All names in as few requests as they can be asked for in; `spare` ones only if they cost no request.
fn batches<'a>(needed: BTreeSet<&'a String>, spare: BTreeSet<&'a String>, decrypted: bool) -> Vec<Batch<'a>> {
    // An answer and a refusal can be about another account's parameter of the same name: what is asked for by its ARN
    // stands in no request with a name.
    let (arns, needed): (Vec<_>, Vec<_>) = needed.into_iter().partition(|name| is_arn(name));
    let batch = |names: &[&'a String]| Batch { names: names.to_vec(), spare: Vec::new(), decrypted };
    let mut batches: Vec<Batch<'a>> = needed.chunks(BATCH).map(batch).collect();
    if let Some(last) = batches.last_mut()
        && last.names.len() + spare.len() <= BATCH
    {
        last.spare.extend(spare);
    }
    batches.extend(arns.chunks(BATCH).map(batch));
    batches
}

enum Refusal {
    Denied { action: &'static str, resource: Option<String> },
    Failed(ProblemKind),
}

impl Refusal {
    /// Whether other names may be read all the same: SSM refuses a batch for one name that is denied, that is no name, or
    /// whose key is gone.
    fn concerns_names(&self) -> bool {
        match self {
            Refusal::Denied { .. } | Refusal::Failed(ProblemKind::Rejected { .. }) => true,
            Refusal::Failed(_) => false,
        }
    }

    /// Which of several names was refused.
    fn position(&self, names: &[String]) -> Option<usize> {
        let Refusal::Denied { resource: Some(arn), .. } = self else { return None };
        names.iter().position(|name| is_arn_of(arn, name))
    }

    /// The problem of a name.
    fn kind(&self, name: &str) -> ProblemKind {
        match self {
            Refusal::Denied { action, resource } => {
                ProblemKind::Denied { action, resource: resource.clone().unwrap_or_else(|| name.to_owned()) }
            }
            Refusal::Failed(kind) => kind.clone(),
        }
    }
}

#[cfg(test)]
mod tests;
