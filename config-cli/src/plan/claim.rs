//! Setting a secret only where nobody has changed it, in a store that cannot be asked for that.
//!
//! First what is there is written once more: that is the claim. Of several who try, one gets the version right after the one
//! that was expected, and only that one goes on to the new value. The others have overwritten nothing but a value with itself;
//! where somebody's new value came before their claim, they put it back. So a value that was not acknowledged is never written.
//!
//! Who reads a claim, and expects that version, waits for the value that follows it. Two limits remain. A value may follow later
//! than that: then both are set, one after the other, and the second is told of the first unless they are the same. And of three
//! at once, one may take the claim of another for a change, and put that back: a lock would help, which SSM has not.

use std::time::Duration;

use tokio::time::{Instant, sleep};
use zeroize::Zeroizing;

use super::apply::{Why, latest_other, put, put_back};
use super::{Before, Row};
use crate::failure::{Failure, INTERRUPTED};
use crate::store::{Put, Store, Trouble};

/// What came of it.
pub(crate) enum Claim {
    /// The version that was set, and whether somebody else set another value after the claim.
    Set { version: i64, over_another: bool },
    /// Somebody else was faster, and theirs stays.
    Lost,
    /// The claim is not the next version, and nobody has set another value: it was written twice, because its answer was lost, or
    /// somebody else has a claim, too. The value is what it was, at this version.
    Unclear { version: i64 },
}

pub(super) async fn claim(store: &Store, row: &Row) -> Result<Claim, Failure> {
    let not_set = |trouble: &Trouble| Failure::impossible(format!("`{}` was not set: {trouble}", row.name));
    let Some(before) = &row.before else { return create(store, row).await };
    if !is_settled(store, row, before).await.map_err(|trouble| not_set(&trouble))? {
        return Ok(Claim::Lost);
    }
    // Its answer may be lost: then nothing is set, and the value is what it was.
    let again = Put { value: &before.value, ..row.put() };
    let claimed = store.put(&again).await.map_err(|trouble| not_set(&trouble))?;
    if claimed != before.version + 1 || !is_still(store, row, before).await.map_err(|trouble| not_set(&trouble))? {
        return give_way(store, row, before, claimed).await;
    }
    let version = put(store, row, &row.put()).await.map_err(|why| failure(row, &why))?;
    // Of ours there may be several, where an answer was lost.
    let is_known = |value: &str| value == before.value.as_str() || value == row.value.as_str();
    let others = latest_other(store, row, claimed + 1..version, is_known).await;
    Ok(Claim::Set { version, over_another: others.is_ok_and(|other| other.is_some()) })
}

/// Whether what was planned on is no claim of somebody who is about to set another value, or to put one back, and then does. A
/// claim has the value of an earlier version; one whose owner was killed stays as it is.
async fn is_settled(store: &Store, row: &Row, before: &Before) -> Result<bool, Trouble> {
    let age = before.modified.map(|modified| jiff::Timestamp::now().as_second() - modified);
    if before.version < 2 || age.is_some_and(|age| age > OLD) {
        return Ok(true);
    }
    let mut is_repeated = false;
    for version in (before.version - EARLIER).max(1)..before.version {
        let earlier = store.one(&format!("{}:{version}", row.path)).await?;
        is_repeated |= earlier.is_some_and(|earlier| earlier.value == before.value);
    }
    if !is_repeated {
        return Ok(true);
    }
    let end = Instant::now() + IN_FLIGHT;
    while Instant::now() < end {
        match store.one(&row.path).await? {
            Some(found) if found.version == before.version => sleep(LOOKS).await,
            _ => return Ok(false),
        }
    }
    Ok(true)
}

/// What is new is not overwritten: there SSM has a condition.
async fn create(store: &Store, row: &Row) -> Result<Claim, Failure> {
    match put(store, row, &row.put()).await {
        Ok(version) => Ok(Claim::Set { version, over_another: false }),
        // Ours, whose answer was lost, or somebody's with the same value: it is set all the same.
        Err(Why::Trouble { trouble: Trouble::AlreadyThere, .. }) => match store.one(&row.path).await {
            Ok(Some(found)) if found.value == row.value => {
                Ok(Claim::Set { version: found.version, over_another: false })
            }
            Ok(_) => Ok(Claim::Lost),
            Err(trouble) => Err(failure(row, &Why::Trouble { trouble, is_uncertain: true })),
        },
        Err(why) => Err(failure(row, &why)),
    }
}

/// Whether the version that was planned on has the value that was planned on: it has not where somebody removed it and set it
/// anew.
async fn is_still(store: &Store, row: &Row, before: &Before) -> Result<bool, Trouble> {
    let found = store.one(&format!("{}:{}", row.path, before.version)).await?;
    Ok(found.is_some_and(|found| found.value == before.value))
}

/// Puts back what somebody else set before the claim came, if they did.
async fn give_way(store: &Store, row: &Row, before: &Before, claimed: i64) -> Result<Claim, Failure> {
    let back = async {
        // Numbers begin anew where somebody has removed it.
        let goes_on = claimed > before.version && is_still(store, row, before).await?;
        let first = if goes_on { before.version + 1 } else { 1 };
        let theirs: Option<Zeroizing<String>> =
            latest_other(store, row, first..claimed, |value| value == before.value.as_str()).await?;
        if theirs.is_some() || claimed == 1 {
            put_back(store, row, claimed, theirs).await?;
            return Ok::<Claim, Trouble>(Claim::Lost);
        }
        Ok(if goes_on { Claim::Unclear { version: claimed } } else { Claim::Lost })
    };
    back.await.map_err(|trouble| {
        Failure::impossible(format!(
            "`{name}` was not set, and somebody else set it at the same time: theirs is version {}, the value from before that is current again (version {claimed}), and theirs could not be put back: {trouble}\n  bind-config secrets rollback {name} --to {}",
            claimed - 1,
            claimed - 1,
            name = row.name,
        ))
    })
}

fn failure(row: &Row, why: &Why) -> Failure {
    let name = &row.name;
    match why {
        Why::Interrupted => Failure::no_as(INTERRUPTED, format!("interrupted; `{name}` was not set")),
        Why::Trouble { trouble, is_uncertain: true } => {
            Failure::impossible(format!("whether `{name}` is set is not known: {trouble}"))
        }
        Why::Trouble { trouble, .. } => Failure::impossible(format!("`{name}` was not set: {trouble}")),
    }
}

/// How many versions back a claim may repeat: others may have written in between.
const EARLIER: i64 = 3;
/// Seconds after which nobody is about to do anything any more, whatever the clocks are.
const OLD: i64 = 120;
/// How long the value may follow a claim.
const IN_FLIGHT: Duration = Duration::from_secs(15);
const LOOKS: Duration = Duration::from_millis(500);
