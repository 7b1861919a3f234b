//! The functions that use a secret: which they are, and starting them anew.
//!
//! A function reads its secrets once, at start. Any change of its configuration makes Lambda start it anew; the change is a
//! variable with the time, as SST makes it. The environment is written as a whole, so that every write is bound to the
//! revision that was read.

use std::collections::{BTreeMap, BTreeSet};

use crate::context::Context;
use crate::failure::Failure;
use crate::store::{Store, Trouble, open_functions};

mod find;
mod pace;
mod restart;

pub(crate) use find::{Reach, User, Uses};

/// What became of one function.
pub(crate) struct Restarted {
    pub(crate) function: String,
    pub(crate) stage: String,
    /// `Err` says why it was not restarted.
    pub(crate) outcome: Result<(), String>,
    /// What still has the old value although it was.
    pub(crate) remarks: Vec<String>,
}

/// Lambda, as far as functions are restarted there.
pub(crate) struct Functions {
    client: aws_sdk_lambda::Client,
    place: String,
    pace: pace::Pace,
}

impl Functions {
    pub(crate) async fn open(context: &Context) -> Result<Self, Failure> {
        let (client, place) = open_functions(context).await?;
        Ok(Functions { client, place, pace: pace::Pace::new() })
    }

    /// The functions that would see a change of these names, in the order of their names.
    pub(crate) async fn users(&self, reach: &Reach<'_>, store: &Store) -> Result<Vec<User>, Trouble> {
        find::users(self, reach, store).await
    }

    fn trouble<E>(
        &self,
        error: &aws_sdk_lambda::error::SdkError<E, aws_smithy_runtime_api::client::orchestrator::HttpResponse>,
        action: &'static str,
        resource: &str,
    ) -> Trouble
    where
        E: aws_sdk_lambda::error::ProvideErrorMetadata,
    {
        crate::store::classify(error, action, resource, &self.place)
    }
}

/// Restarts functions several at a time, and says what became of each, in the order of their names.
pub(crate) use restart::restart;

/// The variables of a function.
type Variables = BTreeMap<String, String>;
/// Names of secrets, folded.
pub(crate) type Names = BTreeSet<String>;
