//! Doing a plan: one write after the other, and back again where one fails.
//!
//! SSM has neither conditions nor transactions. What it has is a version that grows by one, so that a write which came between
//! what was planned on and ours is seen, and told; theirs stays in the history.

use std::ops::Range;

use zeroize::Zeroizing;

use super::{Plan, Row, Written};
use crate::failure::{Failure, INTERRUPTED};
use crate::interrupt::Interrupt;
use crate::limits::Tier;
use crate::store::{Put, Store, Trouble};
use crate::terminal::{Progress, Terminal};

/// A row that was written.
struct Done<'a> {
    row: &'a Row,
    version: i64,
    /// Whether it is surely ours. What was new, and is there with our value before our answer, may be somebody else's.
    is_ours: bool,
}

/// Why a row is not written.
pub(super) enum Why {
    Interrupted,
    Trouble {
        trouble: Trouble,
        /// Whether it may be written all the same.
        is_uncertain: bool,
    },
}

/// What came between.
enum Other {
    /// This version is somebody else's.
    Set(i64),
    Removed,
}

pub(super) async fn apply(
    plan: &Plan,
    store: &Store,
    terminal: &Terminal,
    interrupt: &Interrupt,
) -> Result<Vec<Written>, Failure> {
    let rows: Vec<&Row> = plan.rows.iter().filter(|row| row.changes()).collect();
    let is_alone = rows.len() == 1;
    let progress = if is_alone { None } else { Some(terminal.progress(rows.len(), "setting")) };
    let mut done: Vec<Done<'_>> = Vec::with_capacity(rows.len());
    let mut others = Vec::new();
    for row in rows {
        let written =
            if interrupt.is_asked() { Err(Why::Interrupted) } else { write(store, row, plan.overwrites).await };
        match written {
            Ok((version, is_ours, other)) => {
                done.push(Done { row, version, is_ours });
                others.extend(other.map(|other| (row.name.as_str(), other)));
            }
            Err(why) => {
                drop(progress);
                return Err(undo(store, row, is_alone, &why, &done).await);
            }
        }
        progress.iter().for_each(Progress::advance);
    }
    drop(progress);
    tell(&others, terminal);
    Ok(done.iter().map(|done| Written { name: done.row.name.clone(), version: done.version }).collect())
}

/// Sets one, whatever comes in between, and says what did.
async fn write(store: &Store, row: &Row, overwrites: bool) -> Result<(i64, bool, Option<Other>), Why> {
    match put(store, row, &row.put()).await {
        Ok(version) => Ok((version, true, Other::between(store, row, version).await)),
        // It was new, and somebody was faster: what they set is overwritten as anything else is, and told.
        Err(Why::Trouble { trouble: Trouble::AlreadyThere, .. }) => {
            let failed = |trouble| Why::Trouble { trouble, is_uncertain: false };
            if let Some(found) = store.one(&row.path).await.map_err(failed)?
                && found.value == row.value
            {
                return Ok((found.version, false, None));
            }
            if !overwrites {
                return Err(failed(Trouble::AlreadyThere));
            }
            let description = store.description(&row.path).await.map_err(failed)?;
            let key_id = description.as_ref().and_then(|description| description.key_id.as_deref());
            let is_advanced = description.as_ref().is_some_and(|description| description.is_advanced);
            let version = put(store, row, &Put { is_new: false, key_id, is_advanced, ..row.put() }).await?;
            Ok((version, true, Other::between(store, row, version).await))
        }
        Err(why) => Err(why),
    }
}

/// One write. Where its answer was lost, a look says whether it happened.
pub(super) async fn put(store: &Store, row: &Row, put: &Put<'_>) -> Result<i64, Why> {
    let trouble = match store.put(put).await {
        Ok(version) => return Ok(version),
        Err(trouble) => trouble,
    };
    if !is_uncertain(&trouble) {
        return Err(Why::Trouble { trouble, is_uncertain: false });
    }
    match store.one(&row.path).await {
        // Before, it had another value, or none.
        Ok(Some(found)) if *found.value == put.value => Ok(found.version),
        // A failure that was answered is over; what was never answered may still be under way.
        Ok(_) if matches!(trouble, Trouble::Unavailable { .. } | Trouble::Throttled) => {
            Err(Why::Trouble { trouble, is_uncertain: false })
        }
        _ => Err(Why::Trouble { trouble, is_uncertain: true }),
    }
}

/// Whether a write may have happened although there is no answer that says so.
fn is_uncertain(trouble: &Trouble) -> bool {
    // The last of several tries may have been throttled, after one that got through.
    matches!(trouble, Trouble::Unreachable { .. } | Trouble::Unavailable { .. } | Trouble::Garbled | Trouble::Throttled)
}

impl Other {
    /// What came between what was planned on and the version that was written. What is ours among it is a write whose answer
    /// was lost and that was sent again.
    async fn between(store: &Store, row: &Row, version: i64) -> Option<Other> {
        let next = row.version() + 1;
        if version < next {
            // Numbers begin anew where somebody has removed what was there.
            return Some(if version > 1 { Other::Set(version - 1) } else { Other::Removed });
        }
        for version in (next..version).rev() {
            match store.one(&format!("{}:{version}", row.path)).await {
                Ok(Some(found)) if found.value == row.value => {}
                _ => return Some(Other::Set(version)),
            }
        }
        None
    }
}

/// Says what came in between: nothing is overwritten in silence.
fn tell(others: &[(&str, Other)], terminal: &Terminal) {
    for (name, other) in others {
        let what = match other {
            Other::Set(version) => format!("somebody else set `{name}` at the same time (version {version})"),
            Other::Removed => format!("somebody else removed `{name}` at the same time"),
        };
        terminal.warn(&format!("{what}: yours is the current value"));
    }
}

/// Puts back what was there, and says what is so now.
async fn undo(store: &Store, failed: &Row, is_alone: bool, why: &Why, done: &[Done<'_>]) -> Failure {
    let (mut stuck, mut theirs) = (Vec::new(), Vec::new());
    for done in done.iter().rev() {
        match done.put_back(store).await {
            Ok(Back::Before) => {}
            Ok(Back::Theirs) => theirs.push(done.row.name.as_str()),
            Err(why) => stuck.push(format!("  `{}` {why}", done.row.name)),
        }
    }
    let name = &failed.name;
    let is_uncertain = matches!(why, Why::Trouble { is_uncertain: true, .. });
    let what = match why {
        Why::Interrupted => "interrupted".to_owned(),
        Why::Trouble { trouble, .. } if is_uncertain => format!("whether `{name}` is set is not known: {trouble}"),
        Why::Trouble { trouble, .. } if is_alone => format!("`{name}` was not set: {trouble}"),
        Why::Trouble { trouble, .. } => format!("`{name}` could not be set: {trouble}"),
    };
    let but = match theirs.as_slice() {
        [] => String::new(),
        names => format!(", but for `{}`, where what somebody else set meanwhile stays", names.join("`, `")),
    };
    let text = match stuck.as_slice() {
        [] if is_alone && !matches!(why, Why::Interrupted) => what,
        [] if is_uncertain => format!("{what}; every other secret has the value that it had before{but}"),
        [] => format!("{what}; nothing is set: every secret has the value that it had before{but}"),
        stuck => format!(
            "{what}; what had been set was put back{but}, except\n{}\nset those by hand, or run the command again",
            stuck.join("\n")
        ),
    };
    if matches!(why, Why::Interrupted) { Failure::no_as(INTERRUPTED, text) } else { Failure::impossible(text) }
}

/// What is there after all.
enum Back {
    /// What was there before.
    Before,
    /// What somebody else has set since.
    Theirs,
}

impl Done<'_> {
    /// Puts back the value from before, unless somebody else has set another since. `Err` says which value is there.
    async fn put_back(&self, store: &Store) -> Result<Back, String> {
        let Done { row, version, is_ours } = self;
        if !is_ours {
            return Err(format!(
                "has the new value (version {version}), which somebody else may have set at the same time"
            ));
        }
        let trouble = match self.restore(store).await {
            Ok(back) => return Ok(back),
            Err(trouble) => trouble,
        };
        // The answer that says so may have been lost.
        match store.one(&row.path).await {
            Ok(Some(found)) if found.value == row.value => {
                Err(format!("has the new value (version {}): {trouble}", found.version))
            }
            Ok(found) => {
                let [found, before] =
                    [found.map(|found| found.value), row.before.as_ref().map(|before| before.value.clone())];
                Ok(if found == before { Back::Before } else { Back::Theirs })
            }
            Err(_) => Err(format!("has the new value (version {version}), as far as is known: {trouble}")),
        }
    }

    async fn restore(&self, store: &Store) -> Result<Back, Trouble> {
        let Done { row, version, .. } = *self;
        let others = if version > row.version() { row.version() + 1 } else { 1 }..version;
        let theirs = latest_other(store, row, others, |value| value == row.value.as_str()).await?;
        // Numbers begin anew where somebody has removed what was planned on.
        let is_theirs = theirs.is_some() || version <= row.version();
        let before = theirs.or_else(|| row.before.as_ref().filter(|_| !is_theirs).map(|before| before.value.clone()));
        let is_undone = put_back(store, row, version, before).await?;
        Ok(if is_undone && !is_theirs { Back::Before } else { Back::Theirs })
    }
}

/// Puts a value, or nothing, in the place of a version of ours. `false` where somebody else has set another since, which
/// stays.
pub(super) async fn put_back(
    store: &Store,
    row: &Row,
    version: i64,
    mut value: Option<Zeroizing<String>>,
) -> Result<bool, Trouble> {
    let mut ours = version;
    let mut is_undone = true;
    for _ in 0..ROUNDS {
        match store.one(&row.path).await? {
            Some(found) if found.version == ours => {}
            _ => return Ok(false),
        }
        let Some(back) = &value else {
            // Nothing can be removed on a condition: whoever sets it in this very moment loses it.
            return store.delete(&row.path).await.map(|_| is_undone);
        };
        let put = Put { value: back, is_new: false, is_advanced: is_advanced(store, row).await, ..row.put() };
        let written = store.put(&put).await?;
        let Some(other) = latest_other(store, row, ours + 1..written, |value| value == back.as_str()).await? else {
            return Ok(is_undone);
        };
        // Somebody came in between: theirs is the one to stay.
        (ours, value, is_undone) = (written, Some(other), false);
    }
    Err(Trouble::Conflict)
}

/// The latest of these versions that has a value of somebody else.
pub(super) async fn latest_other(
    store: &Store,
    row: &Row,
    versions: Range<i64>,
    is_own: impl Fn(&str) -> bool,
) -> Result<Option<Zeroizing<String>>, Trouble> {
    for version in versions.rev() {
        let found = store.one(&format!("{}:{version}", row.path)).await?;
        if let Some(found) = found.filter(|found| !is_own(found.value.as_str())) {
            return Ok(Some(found.value));
        }
    }
    Ok(None)
}

/// The tier of what is there now: our own value may have raised it, and there is no way back.
async fn is_advanced(store: &Store, row: &Row) -> bool {
    match store.description(&row.path).await {
        Ok(Some(description)) => description.is_advanced,
        _ => row.put().is_advanced || Tier::of(&row.value) == Tier::Advanced,
    }
}

/// Tries against others who write at the same time.
const ROUNDS: usize = 5;
