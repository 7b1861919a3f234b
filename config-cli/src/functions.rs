//! The functions that use a secret: which they are, and starting them anew.
//!
//! A function reads its secrets once, at start. Any change of its configuration makes Lambda start it anew; the change is a
//! variable with the time, as SST makes it. The environment is written as a whole, so that every write is bound to the
//! revision that was read.
//!
//! Lambda takes 15 such requests a second of an account. The listing has what the first write needs, the environment and its
//! revision; so there are three requests for a function of which nothing was published: write, look, versions.

use std::collections::{BTreeMap, BTreeSet};

use crate::store::{Error, FunctionsOf, Store, Trouble, classify};

mod find;
mod pace;
mod published;
mod restart;

pub(crate) use find::{Reach, User, Uses};
/// Restarts functions several at a time, and says what became of each, in the order of their names.
pub(crate) use restart::restart;

/// What became of one function.
pub(crate) struct Restarted {
    pub(crate) function: String,
    pub(crate) stage: String,
    /// `Err` says why it was not restarted.
    pub(crate) outcome: Result<Done, String>,
    /// What still has the old value although it was.
    pub(crate) remarks: Vec<String>,
}

/// How a function has the old value no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Done {
    Restarted,
    /// Somebody has deleted it meanwhile.
    Gone,
    /// Somebody has changed it meanwhile: what made it one of those that are restarted is not in its environment any more.
    Unused,
}

/// Lambda, as far as functions are restarted there.
pub(crate) struct Functions {
    lambda: FunctionsOf,
    pace: pace::Pace,
}

impl Functions {
    pub(crate) fn new(lambda: FunctionsOf) -> Self {
        Functions { lambda, pace: pace::Pace::new() }
    }

    /// The functions that would see a change of these names, in the order of their names.
    pub(crate) async fn users(&self, reach: &Reach<'_>, store: &Store) -> Result<Vec<User>, Trouble> {
        find::users(self, reach, store).await
    }

    fn client(&self) -> &aws_sdk_lambda::Client {
        &self.lambda.client
    }

    /// Asks at our pace, as often as it may help, for an answer that is one.
    async fn ask<T, U, E>(
        &self,
        action: &'static str,
        resource: &str,
        mut request: impl AsyncFnMut() -> Result<T, Error<E>>,
        accept: impl Fn(T) -> Option<U>,
    ) -> Result<U, Trouble>
    where
        E: aws_sdk_lambda::error::ProvideErrorMetadata,
    {
        let once = async || {
            let answer = self.once(action, resource, &mut request).await?;
            accept(answer).ok_or(Trouble::Garbled)
        };
        // The pace itself is slower then, for everybody.
        self.lambda.patience.ask(once, |trouble| *trouble == Trouble::Throttled).await
    }

    /// Asks once, when it is our turn.
    async fn once<T, E>(
        &self,
        action: &'static str,
        resource: &str,
        request: impl AsyncFnMut() -> Result<T, Error<E>>,
    ) -> Result<T, Trouble>
    where
        E: aws_sdk_lambda::error::ProvideErrorMetadata,
    {
        self.pace.turn().await;
        self.send(action, resource, request).await
    }

    /// Asks once, in a turn that was waited for.
    async fn send<T, E>(
        &self,
        action: &'static str,
        resource: &str,
        mut request: impl AsyncFnMut() -> Result<T, Error<E>>,
    ) -> Result<T, Trouble>
    where
        E: aws_sdk_lambda::error::ProvideErrorMetadata,
    {
        let FunctionsOf { place, remedy, .. } = &self.lambda;
        let answer = request().await.map_err(|error| classify(&error, action, resource, place, remedy));
        self.pace.heard(matches!(answer, Err(Trouble::Throttled)));
        answer
    }
}

/// Whether an answer is about this function, and not what a login page or a proxy says.
fn is_about(name: &str, found: Option<&str>, arn: Option<&str>) -> bool {
    found == Some(name) || arn.is_some_and(|arn| arn.rsplit(':').take(2).any(|part| part == name))
}

/// The variables of a function.
type Variables = BTreeMap<String, String>;
/// Names: of secrets, folded, or of variables.
pub(crate) type Names = BTreeSet<String>;
