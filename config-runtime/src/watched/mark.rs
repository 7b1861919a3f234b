//! Which edition of a value the store has, and whether whoever says so is behind.

use std::cmp::Ordering::{Equal, Greater, Less};
use std::collections::BTreeMap;
use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

use tokio::time::Instant;

use crate::plan::{Answer, Lookup};
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
    /// `None` where nothing is stored, as far as it is known.
    pub(super) fn of(name: &str, answer: Option<&Answer>, hasher: &RandomState) -> Option<Self> {
        let Some(Answer::Found(stored)) = answer else { return None };
        let hash = store::is_opaque(name).then(|| hasher.hash_one(&stored.value));
        Some(Mark { version: stored.version, modified: stored.modified, hash })
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
            let mark = Mark::of(name, answers.get(name), hasher);
            marks.insert(name.clone(), mark);
            if mark.is_some() {
                break;
            }
        }
    }
    marks
}

/// So far one who reads the store may be behind another. What the store says for longer is so, whatever it said before.
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
    /// Whether somebody who says this is behind. What is not there may have been deleted.
    pub(super) fn is_behind(&self, said: &Marks) -> bool {
        said.iter().any(|(name, said)| said.is_some_and(|said| self.is_behind_in(name, said)))
    }

    fn is_behind_in(&self, name: &str, said: Mark) -> bool {
        // A label can be moved back, and that of Secrets Manager's, `AWSCURRENT`, as well: of two such, nobody knows.
        let has_order = said.hash.is_none() && !store::has_selector(name);
        let Some(newest) = self.0.get(name).filter(|_| has_order) else { return false };
        let is_recent = newest.since.elapsed() < LAG;
        match said.beside(newest.mark) {
            Age::Before => newest.is_set || is_recent,
            Age::Same => !newest.is_set && is_recent,
            Age::Unclear => is_recent,
            Age::After => false,
        }
    }

    /// Remembers what somebody says who is not behind.
    pub(super) fn learn(&mut self, said: &Marks) {
        for (name, mark) in said.iter().filter_map(|(name, mark)| Some((name, (*mark)?))) {
            let is_known = self.0.get(name).is_some_and(|newest| newest.is_set && newest.mark == mark);
            if !is_known {
                self.0.insert(name.clone(), Newest { mark, is_set: true, since: Instant::now() });
            }
        }
    }

    /// Remembers what is in use from now on, and what was deleted: two have said so.
    pub(super) fn adopt(&mut self, came: &Marks) {
        self.learn(came);
        for (name, _) in came.iter().filter(|(_, mark)| mark.is_none()) {
            if let Some(newest) = self.0.get_mut(name).filter(|newest| newest.is_set) {
                newest.is_set = false;
                newest.since = Instant::now();
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
