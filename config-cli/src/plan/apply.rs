//! Doing a plan: one write after the other, each checked for somebody else's in between, and undone where one fails.

use zeroize::Zeroizing;

use super::{Plan, Row, Written};
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::store::{Put, Store, Trouble};
use crate::terminal::Terminal;

pub(super) async fn apply(
    plan: &Plan,
    store: &Store,
    terminal: &Terminal,
    interrupt: &Interrupt,
) -> Result<Vec<Written>, Failure> {
    let rows: Vec<&Row> = plan.rows.iter().filter(|row| row.changes()).collect();
    let progress = terminal.progress(rows.len(), "setting");
    let mut written: Vec<(&Row, i64)> = Vec::with_capacity(rows.len());
    for row in rows {
        let failed = if interrupt.is_asked() {
            Some("interrupted".to_owned())
        } else {
            write(store, row, &mut written).await.err()
        };
        if let Some(why) = failed {
            drop(progress);
            return Err(undo(store, &row.name, &why, &written).await);
        }
        progress.advance();
    }
    Ok(written.into_iter().map(|(row, version)| Written { name: row.name.clone(), version }).collect())
}

async fn write<'a>(store: &Store, row: &'a Row, written: &mut Vec<(&'a Row, i64)>) -> Result<(), String> {
    let expected = row.version() + 1;
    let version = match store.put(&row.put()).await {
        Ok(version) => version,
        Err(trouble) => {
            // An answer that was lost does not say whether the value was set.
            if let Some(version) = arrived(store, row, expected, &trouble).await {
                written.push((row, version));
            }
            return Err(trouble.to_string());
        }
    };
    written.push((row, version));
    if version == expected || is_ours(store, row, expected, version).await {
        return Ok(());
    }
    Err("somebody else set it at the same time".to_owned())
}

/// The version of a write whose answer never came.
async fn arrived(store: &Store, row: &Row, expected: i64, trouble: &Trouble) -> Option<i64> {
    if !matches!(trouble, Trouble::Unreachable { .. } | Trouble::Unavailable { .. } | Trouble::Garbled) {
        return None;
    }
    let found = store.one(&row.path).await.ok()??;
    (found.version >= expected && found.value == row.value).then_some(found.version)
}

/// Whether the versions in between are ours: a write whose answer was lost and that was sent again.
pub(super) async fn is_ours(store: &Store, row: &Row, from: i64, to: i64) -> bool {
    for version in from..to {
        match store.one(&format!("{}:{version}", row.path)).await {
            Ok(Some(found)) if found.value == row.value => {}
            _ => return false,
        }
    }
    true
}

/// Puts back what was there, and says what is so now.
async fn undo(store: &Store, name: &str, why: &str, written: &[(&Row, i64)]) -> Failure {
    let mut stuck = Vec::new();
    for (row, version) in written.iter().rev() {
        if let Err(trouble) = put_back(store, row, *version).await {
            stuck.push(format!("  `{}` has the new value (version {version}): {trouble}", row.name));
        }
    }
    let what = if why == "interrupted" { "interrupted".to_owned() } else { format!("`{name}` could not be set: {why}") };
    if stuck.is_empty() {
        return Failure::no(format!("{what}; nothing is set: every secret has the value that it had before"));
    }
    Failure::no(format!(
        "{what}; what had been set was put back, except\n{}\nset those by hand, or run the command again",
        stuck.join("\n")
    ))
}

/// Puts back the value from before `version`, unless somebody else has set another since.
async fn put_back(store: &Store, row: &Row, version: i64) -> Result<(), Trouble> {
    let mut ours = version;
    let mut before = match latest_of_others(store, row, ours).await? {
        Some(value) => Some(value),
        None => row.before.as_ref().map(|before| before.value.clone()),
    };
    for _ in 0..ROUNDS {
        match store.one(&row.path).await? {
            Some(found) if found.version == ours => {}
            // It is not ours any more: what stands there now is what somebody wants.
            _ => return Ok(()),
        }
        let Some(value) = &before else { return store.delete(&row.path).await.map(drop) };
        let put = Put { value, is_new: false, ..row.put() };
        let back = store.put(&put).await?;
        if back == ours + 1 {
            return Ok(());
        }
        // Somebody came in between: theirs is the one to stay.
        ours = back;
        before = store.one(&format!("{}:{}", row.path, back - 1)).await?.map(|found| found.value);
    }
    Err(Trouble::Conflict)
}

/// What somebody else set between what was planned on and our write.
async fn latest_of_others(store: &Store, row: &Row, ours: i64) -> Result<Option<Zeroizing<String>>, Trouble> {
    let planned = row.version();
    if ours <= planned + 1 {
        return Ok(None);
    }
    let found = store.one(&format!("{}:{}", row.path, ours - 1)).await?;
    Ok(found.map(|found| found.value).filter(|value| *value != row.value))
}

/// Tries against others who write at the same time.
const ROUNDS: usize = 5;
