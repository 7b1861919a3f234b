//! Starting functions anew: a variable with the time, written with the revision that was read.

use std::time::Duration;

use aws_sdk_lambda::operation::get_function_configuration::GetFunctionConfigurationOutput as Configuration;
use aws_sdk_lambda::types::{Environment, LastUpdateStatus, SnapStartApplyOn};
use bind_config_manifest::name::ENV_RESTARTED;
use futures_util::stream::{self, StreamExt as _};
use tokio::time::{Instant, sleep};

use super::find::Uses;
use super::{Functions, Restarted, User};
use crate::interrupt::Interrupt;
use crate::store::Trouble;
use crate::terminal::{Progress, shown};

/// Restarts functions several at a time, and says what became of each, in the order of their names.
pub(crate) async fn restart(
    functions: &Functions,
    users: Vec<User>,
    progress: &Progress,
    interrupt: &Interrupt,
) -> Vec<Restarted> {
    let now = jiff::Timestamp::now().as_millisecond();
    let restarts = users.into_iter().enumerate().map(|(at, user)| async move {
        let outcome = if interrupt.is_asked() { Err(INTERRUPTED.to_owned()) } else { one(functions, &user, now).await };
        let remarks = if outcome.is_ok() { remarks(functions, &user.name).await } else { Vec::new() };
        progress.advance();
        (at, Restarted { function: user.name, stage: user.stage, outcome, remarks })
    });
    let mut all: Vec<_> = stream::iter(restarts).buffer_unordered(AT_ONCE).collect().await;
    all.sort_by_key(|(at, _)| *at);
    all.into_iter().map(|(_, restarted)| restarted).collect()
}

async fn one(functions: &Functions, user: &User, now: i64) -> Result<(), String> {
    match user.uses {
        Uses::Fetches => {}
        Uses::InPlain => return Err("it has the value itself in its environment: deploy it again".to_owned()),
        Uses::Unreadable => return Err(UNREADABLE.to_owned()),
    }
    let deadline = Instant::now() + PATIENCE;
    let mut pause = FIRST_PAUSE;
    let mut stamp = None;
    let mut last = String::new();
    while Instant::now() < deadline {
        let configuration = read(functions, &user.name).await?;
        let written = match step(functions, &user.name, configuration, now, &mut stamp).await? {
            Step::Done => return Ok(()),
            Step::Written => true,
            Step::Again(why) => {
                last = why;
                false
            }
        };
        sleep(if written { SETTLING } else { pause.mul_f64(0.5 + jitter()) }).await;
        pause = if written { pause } else { LONGEST_PAUSE.min(pause * 2) };
    }
    let last = if last.is_empty() { "it is still being updated".to_owned() } else { last };
    Err(format!("{last} (tried for {} seconds)", PATIENCE.as_secs()))
}

enum Step {
    /// The change is in force.
    Done,
    /// It is written, and not yet in force.
    Written,
    /// It is not written.
    Again(String),
}

/// One look at the function, and what follows from it.
async fn step(
    functions: &Functions,
    name: &str,
    configuration: Configuration,
    now: i64,
    stamp: &mut Option<String>,
) -> Result<Step, String> {
    let environment = configuration.environment.unwrap_or_else(|| aws_sdk_lambda::types::EnvironmentResponse::builder().build());
    if environment.error.is_some() {
        let key = configuration.kms_key_arn.as_deref().unwrap_or("the key of Lambda");
        return Err(format!("{UNREADABLE} on {}", shown(key)));
    }
    let variables = environment.variables.unwrap_or_default();
    let found = variables.get(ENV_RESTARTED);
    // Ours, although the answer to the write may have been lost.
    if stamp.is_some() && found == stamp.as_ref() {
        return match configuration.last_update_status {
            Some(LastUpdateStatus::InProgress) => Ok(Step::Written),
            Some(LastUpdateStatus::Failed) => {
                let why = configuration.last_update_status_reason.unwrap_or_default();
                Err(format!("Lambda could not update it: {}", shown(&why)))
            }
            _ => Ok(Step::Done),
        };
    }
    if configuration.last_update_status == Some(LastUpdateStatus::InProgress) {
        return Ok(Step::Again("somebody else is updating it".to_owned()));
    }
    let Some(revision) = configuration.revision_id else {
        return Err("Lambda does not say its revision, and without that nothing is written".to_owned());
    };
    let before: i64 = found.and_then(|found| found.parse().ok()).unwrap_or_default();
    let own = now.max(before + 1).to_string();
    *stamp = Some(own.clone());
    let environment = Environment::builder().set_variables(Some(variables)).variables(ENV_RESTARTED, own).build();
    functions.pace.turn().await;
    let request = functions.client.update_function_configuration().function_name(name).environment(environment);
    match request.revision_id(revision).send().await {
        Ok(_) => Ok(Step::Written),
        Err(error) => match functions.trouble(&error, "lambda:UpdateFunctionConfiguration", name) {
            trouble @ (Trouble::Changed
            | Trouble::Conflict
            | Trouble::Throttled
            | Trouble::Unavailable { .. }
            | Trouble::Unreachable { .. }
            | Trouble::Garbled) => Ok(Step::Again(trouble.to_string())),
            trouble => Err(trouble.to_string()),
        },
    }
}

async fn read(functions: &Functions, name: &str) -> Result<Configuration, String> {
    functions.pace.turn().await;
    let read = functions.client.get_function_configuration().function_name(name).send().await;
    read.map_err(|error| functions.trouble(&error, "lambda:GetFunctionConfiguration", name).to_string())
}

/// What still has the old value: published versions do not change.
async fn remarks(functions: &Functions, name: &str) -> Vec<String> {
    let mut remarks = Vec::new();
    functions.pace.turn().await;
    match functions.client.list_aliases().function_name(name).send().await {
        Ok(answer) => {
            let published = answer.aliases.unwrap_or_default().into_iter().filter_map(|alias| {
                let version = alias.function_version.filter(|version| version != "$LATEST")?;
                Some(format!("`{}` (version {})", shown(&alias.name?), shown(&version)))
            });
            let published: Vec<String> = published.collect();
            if !published.is_empty() {
                remarks.push(format!(
                    "its published versions keep the old value: publish a new one and move {} to it",
                    published.join(", ")
                ));
            }
        }
        Err(error) => remarks.push(unknown(&functions.trouble(&error, "lambda:ListAliases", name))),
    }
    functions.pace.turn().await;
    match functions.client.list_provisioned_concurrency_configs().function_name(name).send().await {
        Ok(answer) => {
            let count = answer.provisioned_concurrency_configs.unwrap_or_default().len();
            if count > 0 {
                remarks.push(format!(
                    "it has provisioned concurrency ({count}), whose instances keep the old value until a new version is published"
                ));
            }
        }
        Err(error) => {
            remarks.push(unknown(&functions.trouble(&error, "lambda:ListProvisionedConcurrencyConfigs", name)));
        }
    }
    if let Ok(configuration) = read(functions, name).await
        && configuration.snap_start.and_then(|snap| snap.apply_on) == Some(SnapStartApplyOn::PublishedVersions)
    {
        remarks.push("it uses SnapStart: a snapshot is made of a version, so publish a new one".to_owned());
    }
    remarks
}

fn unknown(trouble: &Trouble) -> String {
    format!("whether published versions keep the old value is not known: {trouble}")
}

fn jitter() -> f64 {
    f64::from(getrandom::u32().unwrap_or_default()) / f64::from(u32::MAX)
}

const UNREADABLE: &str = "its environment cannot be read, so nothing was written: these credentials need kms:Decrypt";
const INTERRUPTED: &str = "interrupted before it";
/// Functions under way at once; how often Lambda is asked is a matter of the pace.
const AT_ONCE: usize = 16;
/// How long one function may take.
const PATIENCE: Duration = Duration::from_secs(120);
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// Between a write and the look whether it is in force.
const SETTLING: Duration = Duration::from_millis(300);
