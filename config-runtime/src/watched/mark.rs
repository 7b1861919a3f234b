//! Which edition of a value the store has, and whether whoever says so is behind.

use std::cmp::Ordering::{Equal, Greater, Less};
use std::collections::BTreeMap;
use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

use tokio::time::Instant;

use crate::plan::{Answer, Lookup, Stored};
use crate::store;

/// Which edition of a value it is: where two are equal, the value is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark {
    version: i64,
    modified: Option<i128>,
    /// Of a value whose version says nothing. Keyed, so that it says nothing to whoever finds it elsewhere than in this memory.
    hash: Option<u64>,
}

/// What one edition is, beside another of the same name.
#[derive(Debug, PartialEq, Eq)]
enum Age {
    /// It was there before: a version never comes back.
    Before,
    Same,
    /// A higher version of an earlier time: of before the other one was deleted and set anew, or set by a clock that is behind.
    Unclear,
    /// What was deleted and set anew has an earlier version and a later time.
    After,
}

impl Mark {
    fn of(name: &str, stored: &Stored, hasher: &RandomState) -> Self {
        let hash = store::is_opaque(name).then(|| hasher.hash_one(&stored.value));
        Mark { version: stored.version, modified: stored.modified, hash }
    }

    fn beside(self, other: Mark) -> Age {
        let times = self.modified.zip(other.modified).map_or(Equal, |(own, other)| own.cmp(&other));
        match (self.version.cmp(&other.version), times) {
            (Equal, Equal) => Age::Same,
            (Greater, Less) => Age::Unclear,
            (_, Less) | (Less, Equal) => Age::Before,
            (_, Equal | Greater) => Age::After,
        }
    }
}

/// What the store has under each name that counts: those of the stage, and the fallbacks of those that it does not have.
pub(super) type Marks = BTreeMap<String, Option<Mark>>;

/// Those of a load.
pub(super) fn marks(lookups: &[&Lookup], answers: &BTreeMap<String, Answer>, hasher: &RandomState) -> Marks {
    let mut marks = Marks::new();
    for lookup in lookups {
        for name in std::iter::once(&lookup.path).chain(&lookup.fallback) {
            let mark = match answers.get(name) {
                Some(Answer::Found(stored)) => Some(Mark::of(name, stored, hasher)),
                Some(Answer::NotFound) => None,
                Some(Answer::Failed(_)) | None => break,
            };
            marks.insert(name.clone(), mark);
            if mark.is_some() {
                break;
            }
        }
    }
    marks
}

/// What somebody says who was asked for the editions in use. A fallback that nobody needs any more may have no answer: nobody says
/// that it has changed.
pub(super) fn said(answers: &BTreeMap<String, Answer>, in_use: &Marks, hasher: &RandomState) -> Marks {
    let mark = |name: &String, known| match answers.get(name) {
        Some(Answer::Found(stored)) => Some(Mark::of(name, stored, hasher)),
        Some(Answer::NotFound) => None,
        Some(Answer::Failed(_)) | None => known,
    };
    in_use.iter().map(|(name, known)| (name.clone(), mark(name, *known))).collect()
}

/// So long after something was seen, one who reads the store may not have heard of it.
const LAG: Duration = Duration::from_mins(1);

/// The newest that was ever seen under each name, by whoever read the store: what is behind that is neither handed out nor
/// believed.
#[derive(Default)]
pub(super) struct Seen(BTreeMap<String, Newest>);

struct Newest {
    mark: Mark,
    /// Not where it was deleted.
    is_set: bool,
    since: Instant,
}

impl Seen {
    /// Whether somebody who says this is behind.
    pub(super) fn is_behind(&self, said: &Marks) -> bool {
        said.iter().any(|(name, said)| self.is_behind_in(name, *said))
    }

    fn is_behind_in(&self, name: &str, said: Option<Mark>) -> bool {
        // A label can be moved back, and that of Secrets Manager's, `AWSCURRENT`, as well: of two such, nobody knows.
        let has_order = !store::is_opaque(name) && !store::has_selector(name);
        let Some(newest) = self.0.get(name).filter(|_| has_order) else { return false };
        let is_recent = newest.since.elapsed() < LAG;
        let Some(said) = said else { return newest.is_set && is_recent };
        match said.beside(newest.mark) {
            Age::Before => newest.is_set || is_recent,
            Age::Same => !newest.is_set && is_recent,
            Age::Unclear => is_recent,
            // What is set anew begins with version 1: a higher one may be of before the deletion.
            Age::After => !newest.is_set && is_recent && said.version > newest.mark.version,
        }
    }

    /// Remembers what somebody says, but for names in which they are behind.
    pub(super) fn learn(&mut self, said: &Marks) {
        for (name, said) in said {
            if self.is_behind_in(name, *said) {
                continue;
            }
            let newest = self.0.get_mut(name);
            match (*said, newest) {
                (Some(mark), Some(newest)) if newest.is_set && newest.mark == mark => {}
                (Some(mark), _) => {
                    self.0.insert(name.clone(), Newest { mark, is_set: true, since: Instant::now() });
                }
                (None, Some(newest)) if newest.is_set => (newest.is_set, newest.since) = (false, Instant::now()),
                (None, _) => {}
            }
        }
    }
}

/// Whether what was loaded is older than what had just been said: it is not there, or is still what is in use.
pub(super) fn is_older(came: &Marks, said: &Marks, in_use: &Marks) -> bool {
    let mut both = came.iter().filter_map(|(name, came)| Some((name, came, said.get(name)?)));
    both.any(|(name, came, said)| came != said && (came.is_none() || in_use.get(name) == Some(came)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_editions_are_in_order_by_version_and_time() {
        let of = |version, modified| Mark { version, modified, hash: None };
        for (version, time, age) in [
            (5, 50, Age::Same),
            (4, 40, Age::Before),
            (4, 50, Age::Before),
            (5, 40, Age::Before),
            (7, 40, Age::Unclear),
            (1, 60, Age::After),
            (5, 60, Age::After),
            (6, 50, Age::After),
            (6, 60, Age::After),
        ] {
            assert_eq!(of(version, Some(time)).beside(of(5, Some(50))), age, "{version} {time}");
        }
        assert_eq!(of(4, None).beside(of(5, Some(50))), Age::Before);
        assert_eq!(of(6, None).beside(of(5, Some(50))), Age::After);
    }
}
