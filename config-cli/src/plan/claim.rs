//! Setting a secret only where nobody has changed it, in a store that cannot be asked for that.
//!
//! First what is there is written once more: that is the claim. Of several who try, one gets the version right after the one
//! that was expected, and only that one goes on to the new value. The others have overwritten nothing but a value with itself;
//! where somebody's new value came before their claim, they put it back. So a value that was not acknowledged is never written.

use zeroize::Zeroizing;

use super::apply::{Why, latest_other, put, put_back};
use super::{Before, Row};
use crate::failure::Failure;
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
    // Its answer may be lost: then nothing is set, and the value is what it was.
    let again = Put { value: &before.value, ..row.put() };
    let claimed = store.put(&again).await.map_err(|trouble| not_set(&trouble))?;
    if claimed != before.version + 1 || !is_still(store, row, before).await.map_err(|trouble| not_set(&trouble))? {
        return give_way(store, row, before, claimed).await;
    }
    let version = put(store, row, &row.put()).await.map_err(|why| failure(row, &why))?;
    let others = latest_other(store, row, claimed + 1..version, &before.value).await;
    let over_another = others.is_ok_and(|other| other.is_some_and(|value| value != row.value));
    Ok(Claim::Set { version, over_another })
}

/// What is new is not overwritten: there SSM has a condition.
async fn create(store: &Store, row: &Row) -> Result<Claim, Failure> {
    match put(store, row, &row.put()).await {
        Ok(version) => Ok(Claim::Set { version, over_another: false }),
        Err(Why::Trouble { trouble: Trouble::AlreadyThere, .. }) => Ok(Claim::Lost),
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
        let theirs: Option<Zeroizing<String>> = latest_other(store, row, first..claimed, &before.value).await?;
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
        Why::Interrupted => Failure::no(format!("interrupted; `{name}` was not set")),
        Why::Trouble { trouble, is_uncertain: true } => {
            Failure::impossible(format!("whether `{name}` is set is not known: {trouble}"))
        }
        Why::Trouble { trouble, .. } => Failure::impossible(format!("`{name}` was not set: {trouble}")),
    }
}
