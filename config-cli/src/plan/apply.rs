//! Doing a plan: one write after the other, each checked for somebody else's in between, and undone where one fails.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use super::{Plan, Row, Written};
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::store::{Put, STANDARD, Store, Trouble};
use crate::terminal::Terminal;

/// A row whose write was begun.
struct Begun<'a> {
    row: &'a Row,
    came: Came,
}

/// What came of a write.
#[derive(Clone, Copy)]
enum Came {
    /// This version is ours.
    Ours(i64),
    /// It was new, and was there with the same value before our answer: ours, sent twice, or somebody else's.
    Twin(i64),
    /// The answer was lost.
    Unknown,
}

/// Why a plan is not done.
enum Why {
    Interrupted,
    SomebodyElse,
    Trouble(Trouble),
}

pub(super) async fn apply(
    plan: &Plan,
    store: &Store,
    terminal: &Terminal,
    interrupt: &Interrupt,
) -> Result<Vec<Written>, Failure> {
    let rows: Vec<&Row> = plan.rows.iter().filter(|row| row.changes()).collect();
    let progress = terminal.progress(rows.len(), "setting");
    let mut begun: Vec<Begun<'_>> = Vec::with_capacity(rows.len());
    for row in rows {
        let failed =
            if interrupt.is_asked() { Some(Why::Interrupted) } else { write(store, row, &mut begun).await.err() };
        if let Some(why) = failed {
            drop(progress);
            return Err(undo(store, &row.name, &why, &mut begun).await);
        }
        progress.advance();
    }
    Ok(begun.iter().map(Begun::written).collect())
}

async fn write<'a>(store: &Store, row: &'a Row, begun: &mut Vec<Begun<'a>>) -> Result<(), Why> {
    if !is_as_planned(store, row).await.map_err(Why::Trouble)? {
        return Err(Why::SomebodyElse);
    }
    match store.put(&row.put()).await {
        Ok(version) => {
            begun.push(Begun { row, came: Came::Ours(version) });
            if row.is_next(store, version).await { Ok(()) } else { Err(Why::SomebodyElse) }
        }
        Err(Trouble::AlreadyThere) => match store.one(&row.path).await {
            Ok(Some(found)) if found.value == row.value => {
                begun.push(Begun { row, came: Came::Twin(found.version) });
                Ok(())
            }
            _ => Err(Why::Trouble(Trouble::AlreadyThere)),
        },
        Err(trouble) => {
            if is_uncertain(&trouble) {
                begun.push(Begun { row, came: Came::Unknown });
            }
            Err(Why::Trouble(trouble))
        }
    }
}

/// Whether nobody has set it since it was planned. What is new is not overwritten in any case; for all else there is no such
/// condition in SSM, and what comes between this look and our write is seen by its version.
async fn is_as_planned(store: &Store, row: &Row) -> Result<bool, Trouble> {
    if row.version() == 0 {
        return Ok(true);
    }
    let found = store.look(std::slice::from_ref(&row.path), false).await?;
    Ok(found.get(&row.path).is_some_and(|found| found.version == row.version()))
}

/// Whether a write may have happened although there is no answer that says so.
pub(super) fn is_uncertain(trouble: &Trouble) -> bool {
    // The last of several tries may have been throttled, after one that got through.
    matches!(trouble, Trouble::Unreachable { .. } | Trouble::Unavailable { .. } | Trouble::Garbled | Trouble::Throttled)
}

/// The version of a write whose answer never came. `None` where it did not happen.
pub(super) async fn arrived(store: &Store, row: &Row) -> Result<Option<i64>, Trouble> {
    let found = store.one(&row.path).await?;
    // Before, it had another value, or none.
    Ok(found.filter(|found| found.value == row.value).map(|found| found.version))
}

/// Whether these versions are ours: a write whose answer was lost and that was sent again.
pub(super) async fn is_ours(store: &Store, row: &Row, versions: Range<i64>) -> bool {
    for version in versions {
        match store.one(&format!("{}:{version}", row.path)).await {
            Ok(Some(found)) if found.value == row.value => {}
            _ => return false,
        }
    }
    true
}

/// Puts back what was there, and says what is so now.
async fn undo(store: &Store, name: &str, why: &Why, begun: &mut [Begun<'_>]) -> Failure {
    let mut backs: Vec<(&mut Begun<'_>, Result<Back, String>)> = Vec::with_capacity(begun.len());
    for begun in begun.iter_mut().rev() {
        let back = begun.put_back(store).await;
        backs.push((begun, back));
    }
    watch(store, &mut backs).await;
    let (mut stuck, mut theirs) = (Vec::new(), Vec::new());
    for (begun, back) in backs {
        match back {
            Ok(Back::Before) => {}
            Ok(Back::Theirs) => theirs.push(begun.row.name.as_str()),
            Err(why) => stuck.push(format!("  `{}` {why}", begun.row.name)),
        }
    }
    let what = match why {
        Why::Interrupted => "interrupted".to_owned(),
        Why::SomebodyElse => format!("`{name}` could not be set: somebody else set it at the same time"),
        Why::Trouble(trouble) => format!("`{name}` could not be set: {trouble}"),
    };
    let but = match theirs.as_slice() {
        [] => String::new(),
        names => format!(", but for `{}`, where what somebody else set meanwhile stays", names.join("`, `")),
    };
    let text = if stuck.is_empty() {
        format!("{what}; nothing is set: every secret has the value that it had before{but}")
    } else {
        let stuck = stuck.join("\n");
        format!(
            "{what}; what had been set was put back{but}, except\n{stuck}\nset those by hand, or run the command again"
        )
    };
    match why {
        Why::Interrupted | Why::SomebodyElse | Why::Trouble(Trouble::AlreadyThere) => Failure::no(text),
        Why::Trouble(_) => Failure::impossible(text),
    }
}

/// Who has overwritten ours, and fails too, puts ours back as what was there before: that is undone as well, until nothing
/// happens any more.
///
/// One case is left that nobody can see: who has planned on a value of ours before it was undone, and fails later still.
async fn watch(store: &Store, backs: &mut [(&mut Begun<'_>, Result<Back, String>)]) {
    let end = Instant::now() + LONGEST_WATCH;
    let mut quiet_since = Instant::now();
    let mut seen = BTreeMap::new();
    let is_theirs = |back: &Result<Back, String>| matches!(back, Ok(Back::Theirs));
    while backs.iter().any(|(_, back)| is_theirs(back)) && quiet_since.elapsed() < QUIET && Instant::now() < end {
        tokio::time::sleep(LOOK).await;
        for (begun, back) in backs.iter_mut().filter(|(_, back)| is_theirs(back)) {
            let path = &begun.row.path;
            let now = store.look(std::slice::from_ref(path), false).await.ok();
            let version = now.and_then(|now| now.get(path).map(|found| found.version));
            if seen.insert(path.clone(), version) != Some(version) {
                quiet_since = Instant::now();
                *back = begun.put_back(store).await;
            }
        }
    }
}

/// What is there after all.
enum Back {
    /// What was there before.
    Before,
    /// What somebody else has set since.
    Theirs,
}

impl Begun<'_> {
    fn written(&self) -> Written {
        let version = match self.came {
            Came::Ours(version) | Came::Twin(version) => version,
            Came::Unknown => self.row.version() + 1,
        };
        Written { name: self.row.name.clone(), version }
    }

    /// Puts back the value from before, unless somebody else has set another since. `Err` says which value is there.
    async fn put_back(&mut self, store: &Store) -> Result<Back, String> {
        let row = self.row;
        let ours = match self.came {
            Came::Ours(version) => version,
            Came::Twin(version) => {
                return Err(format!(
                    "has the new value (version {version}), which somebody else may have set at the same time"
                ));
            }
            Came::Unknown => match arrived(store, row).await {
                Ok(Some(version)) => version,
                Ok(None) => return Ok(Back::Before),
                Err(trouble) => return Err(format!("has the old or the new value: {trouble}")),
            },
        };
        self.came = Came::Ours(ours);
        let trouble = match restore(store, row, ours).await {
            Ok(back) => return Ok(back),
            Err(trouble) => trouble,
        };
        // The answer that says so may have been lost.
        match store.one(&row.path).await {
            Ok(Some(found)) if found.value == row.value => {
                Err(format!("has the new value (version {}): {trouble}", found.version))
            }
            Ok(_) => Ok(Back::Before),
            Err(_) => Err(format!("has the new value (version {ours}), as far as is known: {trouble}")),
        }
    }
}

/// Puts back the value from before a version that is ours, unless somebody else has set another since.
async fn restore(store: &Store, row: &Row, version: i64) -> Result<Back, Trouble> {
    let mut ours = version;
    // Numbers begin anew where somebody has removed what was planned on.
    let is_removed = ours <= row.version();
    let first = if is_removed { 1 } else { row.version() + 1 };
    // What somebody else set between what was planned on and our write.
    let between = latest_other(store, row, first..ours, &row.value).await?;
    let mut is_theirs = between.is_some() || is_removed;
    let mut before = between.or_else(|| row.before.as_ref().filter(|_| !is_removed).map(|before| before.value.clone()));
    for _ in 0..ROUNDS {
        match store.one(&row.path).await? {
            Some(found) if found.version == ours => {}
            // Somebody has overwritten ours, and put it back since.
            Some(found) if found.value == row.value && !is_ours(store, row, ours..found.version).await => {
                ours = found.version;
            }
            // It is not ours any more: what stands there now is what somebody wants.
            _ => return Ok(Back::Theirs),
        }
        let Some(value) = &before else {
            store.delete(&row.path).await?;
            return Ok(if is_theirs { Back::Theirs } else { Back::Before });
        };
        let put = Put { value, is_new: false, is_advanced: is_advanced(store, row).await, ..row.put() };
        let back = store.put(&put).await?;
        let Some(other) = latest_other(store, row, ours + 1..back, value).await? else {
            return Ok(if is_theirs { Back::Theirs } else { Back::Before });
        };
        // Somebody came in between: theirs is the one to stay.
        (ours, before, is_theirs) = (back, Some(other), true);
    }
    Err(Trouble::Conflict)
}

/// The latest of these versions that has another value than `own`.
async fn latest_other(
    store: &Store,
    row: &Row,
    versions: Range<i64>,
    own: &Zeroizing<String>,
) -> Result<Option<Zeroizing<String>>, Trouble> {
    for version in versions.rev() {
        let found = store.one(&format!("{}:{version}", row.path)).await?;
        if let Some(found) = found.filter(|found| found.value != *own) {
            return Ok(Some(found.value));
        }
    }
    Ok(None)
}

/// The tier of what is there now: our own value may have raised it, and there is no way back.
async fn is_advanced(store: &Store, row: &Row) -> bool {
    match store.description(&row.path).await {
        Ok(Some(description)) => description.is_advanced,
        _ => row.put().is_advanced || row.value.chars().count() > STANDARD,
    }
}

/// How long others may take between two steps who fail at the same time; how often they are looked at, and for how long.
const QUIET: Duration = Duration::from_secs(2);
const LOOK: Duration = Duration::from_millis(200);
const LONGEST_WATCH: Duration = Duration::from_secs(20);
/// Tries against others who write at the same time.
const ROUNDS: usize = 5;
