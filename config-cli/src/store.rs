//! The store: what is asked of SSM, or of the encrypted file that speaks SSM. Knows paths, and nothing of declarations.

use std::collections::BTreeMap;

use aws_sdk_ssm::Client;
use aws_sdk_ssm::error::ProvideErrorMetadata;
use aws_sdk_ssm::operation::describe_parameters::DescribeParametersOutput;
use aws_sdk_ssm::operation::get_parameter_history::GetParameterHistoryOutput;
use aws_sdk_ssm::operation::get_parameters_by_path::GetParametersByPathOutput;
use aws_sdk_ssm::types::{ParameterStringFilter, ParameterTier, ParameterType};
use bind_config_local::LocalSsm;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use zeroize::Zeroizing;

use self::served::Proof;
use crate::limits::{STANDARD, Tier};

mod address;
mod answer;
mod aws;
mod connect;
mod local;
mod pages;
mod patience;
mod served;
mod trouble;

pub(crate) use address::Address;
pub(crate) use connect::{Access, FunctionsOf, Purpose, Readers, open, readers};
pub(crate) use local::{LOCAL_STORE, private_folder, serve_local, with_cause};
pub(crate) use pages::Pages;
pub(crate) use patience::{Patience, backoff};
pub(crate) use served::LOCAL_SERVED;
pub(crate) use trouble::{Error, Trouble, classify};

/// A store that answers.
pub(crate) struct Store {
    client: Client,
    /// Where it is.
    pub(crate) place: Address,
    /// How the start-up path of a function reaches the same store.
    pub(crate) access: Access,
    patience: Patience,
    /// What to look at where it does not answer.
    remedy: String,
    /// How AWS is reached; none where the store is a laptop's.
    aws: Option<aws::Aws>,
    /// The server of a store in a file. Dropped, it lets the file go.
    local: Option<LocalSsm>,
    /// The server of a store in a file, where that is another process: one that must prove what it is.
    served: Option<served::Served>,
}

/// A parameter that was read.
///
/// # Security
///
/// Holds the value (or, where it was not decrypted, the sealed one): it has no `Debug`.
#[derive(Clone)]
pub(crate) struct Found {
    pub(crate) value: Zeroizing<String>,
    pub(crate) version: i64,
    /// Seconds since 1970.
    pub(crate) modified: Option<i64>,
    /// Whether it is a `SecureString`.
    pub(crate) is_secure: bool,
}

/// What is known of a parameter without its value.
#[derive(Debug, Clone)]
pub(crate) struct Description {
    pub(crate) version: i64,
    pub(crate) is_advanced: bool,
    pub(crate) key_id: Option<String>,
}

/// One version of a parameter.
#[derive(Clone)]
pub(crate) struct Version {
    pub(crate) number: i64,
    pub(crate) value: Zeroizing<String>,
    pub(crate) is_advanced: bool,
    pub(crate) key_id: Option<String>,
    pub(crate) modified: Option<i64>,
    pub(crate) user: Option<String>,
    pub(crate) labels: Vec<String>,
}

/// A secret to write.
pub(crate) struct Put<'a> {
    pub(crate) path: &'a str,
    pub(crate) value: &'a str,
    /// `None` is `alias/aws/ssm`.
    pub(crate) key_id: Option<&'a str>,
    pub(crate) is_advanced: bool,
    /// Whether there is something to overwrite. Where there is not, one that came in between is not overwritten.
    pub(crate) is_new: bool,
}

impl Store {
    /// Whether this process has it to itself, and others wait.
    pub(crate) fn is_held(&self) -> bool {
        self.local.is_some()
    }

    /// The values of all names that are stored, decrypted: batches of ten, several at once.
    pub(crate) async fn get(&self, names: &[String]) -> Result<BTreeMap<String, Found>, Trouble> {
        self.look(names, true).await
    }

    /// All names that are stored. Without `decrypt` no value of a secret is readable, and no key is needed.
    pub(crate) async fn look(&self, names: &[String], decrypt: bool) -> Result<BTreeMap<String, Found>, Trouble> {
        let batches = names.chunks(BATCH).map(|batch| self.batch(batch.to_vec(), decrypt));
        let found: Vec<_> = stream::iter(batches).buffer_unordered(AT_ONCE).try_collect().await?;
        Ok(found.into_iter().flatten().collect())
    }

    async fn batch(&self, names: Vec<String>, decrypt: bool) -> Result<Vec<(String, Found)>, Trouble> {
        let first = names.first().cloned().unwrap_or_default();
        let request = self.client.get_parameters().set_names(Some(names.clone())).with_decryption(decrypt);
        let accept = |answer| answer::batch(answer, &names, decrypt);
        self.ask("ssm:GetParameters", &first, async || request.clone().send().await, accept).await
    }

    /// One name, a version of it (`name:3`) included.
    pub(crate) async fn one(&self, name: &str) -> Result<Option<Found>, Trouble> {
        let request = self.client.get_parameter().name(name).with_decryption(true);
        let accept = |answer| answer::one(answer, name);
        match self.ask("ssm:GetParameter", name, async || request.clone().send().await, accept).await {
            Ok(found) => Ok(Some(found)),
            Err(Trouble::NotFound) => Ok(None),
            Err(trouble) => Err(trouble),
        }
    }

    /// Everything below a prefix, in pages; `decrypt` as in [`look`](Store::look).
    pub(crate) async fn under(&self, prefix: &str, decrypt: bool) -> Result<BTreeMap<String, Found>, Trouble> {
        let mut all = BTreeMap::new();
        let mut pages = Pages::default();
        loop {
            let request = self.client.get_parameters_by_path().path(prefix).recursive(true).with_decryption(decrypt);
            let request = request.set_next_token(pages.at());
            let accept =
                |page: GetParametersByPathOutput| Some((answer::found(page.parameters?, decrypt)?, page.next_token));
            let (found, next) =
                self.ask("ssm:GetParametersByPath", prefix, async || request.clone().send().await, accept).await?;
            all.extend(found);
            // A page may be empty and not be the last.
            if !pages.turn(next)? {
                return Ok(all);
            }
        }
    }

    /// What is known of parameters without their values.
    pub(crate) async fn describe(&self, names: &[String]) -> Result<BTreeMap<String, Description>, Trouble> {
        let batches = names.chunks(FILTER).map(|batch| self.describe_batch(batch.to_vec()));
        let found: Vec<_> = stream::iter(batches).buffer_unordered(AT_ONCE).try_collect().await?;
        Ok(found.into_iter().flatten().collect())
    }

    async fn describe_batch(&self, names: Vec<String>) -> Result<Vec<(String, Description)>, Trouble> {
        let first = names.first().cloned().unwrap_or_default();
        let filter = ParameterStringFilter::builder().key("Name").option("Equals").set_values(Some(names)).build();
        let filter = filter.map_err(|_| Trouble::Garbled)?;
        let mut all = Vec::new();
        let mut pages = Pages::default();
        loop {
            let request = self.client.describe_parameters().parameter_filters(filter.clone());
            let request = request.set_next_token(pages.at());
            let accept =
                |page: DescribeParametersOutput| Some((answer::descriptions(page.parameters?)?, page.next_token));
            let (found, next) =
                self.ask("ssm:DescribeParameters", &first, async || request.clone().send().await, accept).await?;
            all.extend(found);
            if !pages.turn(next)? {
                return Ok(all);
            }
        }
    }

    /// What is known of one parameter; from its history where listing is denied.
    pub(crate) async fn description(&self, name: &str) -> Result<Option<Description>, Trouble> {
        match self.describe(&[name.to_owned()]).await {
            Ok(mut all) => Ok(all.remove(name)),
            Err(Trouble::Denied { .. }) => {
                let latest = self.history(name, false).await?.pop();
                Ok(latest.map(|latest| Description {
                    version: latest.number,
                    is_advanced: latest.is_advanced,
                    key_id: latest.key_id,
                }))
            }
            Err(trouble) => Err(trouble),
        }
    }

    /// The versions that are kept, oldest first; none where it is not stored.
    pub(crate) async fn history(&self, name: &str, decrypt: bool) -> Result<Vec<Version>, Trouble> {
        let mut all = Vec::new();
        let mut pages = Pages::default();
        loop {
            let request = self.client.get_parameter_history().name(name).with_decryption(decrypt);
            let request = request.set_next_token(pages.at());
            let accept =
                |page: GetParameterHistoryOutput| Some((answer::versions(page.parameters?, decrypt)?, page.next_token));
            let asked = self.ask("ssm:GetParameterHistory", name, async || request.clone().send().await, accept).await;
            let (found, next) = match asked {
                Err(Trouble::NotFound) => return Ok(Vec::new()),
                page => page?,
            };
            all.extend(found);
            if !pages.turn(next)? {
                all.sort_by_key(|version: &Version| version.number);
                return Ok(all);
            }
        }
    }

    /// Writes a secret, and returns its version.
    pub(crate) async fn put(&self, put: &Put<'_>) -> Result<i64, Trouble> {
        let tier = match Tier::of(put.value) {
            Tier::Standard if put.is_advanced => ParameterTier::Advanced,
            // The documentation counts kilobytes, the service's texts characters: between them it decides.
            Tier::Standard if put.value.len() > STANDARD => ParameterTier::IntelligentTiering,
            Tier::Standard => ParameterTier::Standard,
            Tier::Advanced | Tier::Impossible(_) => ParameterTier::Advanced,
        };
        let request = self
            .client
            .put_parameter()
            .name(put.path)
            .value(put.value)
            .r#type(ParameterType::SecureString)
            .tier(tier)
            .overwrite(!put.is_new)
            .set_key_id(put.key_id.map(str::to_owned));
        let action = "ssm:PutParameter";
        let mut unheard = None;
        let write = async || {
            let answer = request.clone().send().await;
            let trouble = answer.as_ref().err().map(|error| self.trouble(error, action, put.path));
            unheard = trouble.filter(|trouble| matches!(trouble, Trouble::Unreachable { .. })).or(unheard.take());
            answer
        };
        let written = self.ask(action, put.path, write, |answer| answer::written(&answer)).await;
        // One that was never answered may still be under way, whatever is answered to those after it.
        let is_no_answer =
            |trouble: &Trouble| matches!(trouble, Trouble::Unavailable { .. } | Trouble::Throttled | Trouble::Garbled);
        written.map_err(|trouble| if is_no_answer(&trouble) { unheard.unwrap_or(trouble) } else { trouble })
    }

    /// Removes a parameter with all of its versions. `false` where there was none.
    pub(crate) async fn delete(&self, name: &str) -> Result<bool, Trouble> {
        let request = self.client.delete_parameter().name(name);
        let mut tries = 0;
        let delete = async || {
            tries += 1;
            request.clone().send().await
        };
        match self.ask("ssm:DeleteParameter", name, delete, |answer| Some(answer::is_of_aws(&answer))).await {
            Ok(true) => Ok(true),
            // Anybody may have answered that.
            Ok(false) if self.look(&[name.to_owned()], false).await?.is_empty() => Ok(true),
            Ok(false) => Err(Trouble::Garbled),
            // It may have been the one before, whose answer was lost.
            Err(Trouble::NotFound) => Ok(tries > 1),
            Err(trouble) => Err(trouble),
        }
    }

    /// Asks as often as it may help, for an answer that is one.
    async fn ask<T, U, E>(
        &self,
        action: &'static str,
        resource: &str,
        mut request: impl AsyncFnMut() -> Result<T, Error<E>>,
        accept: impl Fn(T) -> Option<U>,
    ) -> Result<U, Trouble>
    where
        E: ProvideErrorMetadata,
    {
        let once = async || {
            self.prove().await?;
            let answer = request().await.map_err(|error| self.trouble(&error, action, resource))?;
            accept(answer).ok_or(Trouble::Garbled)
        };
        self.patience.ask(once, |_| false).await
    }

    /// Before every request: between two of them may be a prompt or an editor, and so an end of the other process.
    async fn prove(&self) -> Result<(), Trouble> {
        match &self.served {
            Some(served) if served.proof().await != Proof::Given => {
                Err(Trouble::Unreachable { place: self.place.to_string(), remedy: self.remedy.clone() })
            }
            _ => Ok(()),
        }
    }

    fn trouble<E: ProvideErrorMetadata>(&self, error: &Error<E>, action: &'static str, resource: &str) -> Trouble {
        match error.message().and_then(local::not_written) {
            Some(why) if self.aws.is_none() => {
                Trouble::NotWritten { place: self.place.to_string(), why: why.to_owned() }
            }
            _ => classify(error, action, resource, &self.place.to_string(), &self.remedy),
        }
    }
}

/// Names in one `GetParameters`.
const BATCH: usize = 10;
/// Values of one filter of `DescribeParameters`.
const FILTER: usize = 50;
/// Requests under way at once: a reader among others who share the account's 40 a second.
const AT_ONCE: usize = 4;
