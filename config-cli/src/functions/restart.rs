//! Starting functions anew: a variable with the time, written with the revision that was read.

use std::time::Duration;

use aws_sdk_lambda::operation::get_function_configuration::GetFunctionConfigurationOutput as Configuration;
use aws_sdk_lambda::types::{Environment, LastUpdateStatus};
use bind_config_manifest::name::ENV_RESTARTED;
use futures_util::stream::{self, StreamExt as _};
use tokio::time::{Instant, sleep};

use super::find::{Seen, Uses};
use super::published::remarks;
use super::{Done, Functions, Names, Restarted, User, Variables, is_about};
use crate::interrupt::Interrupt;
use crate::limits::{ENVIRONMENT, of_environment};
use crate::store::{Trouble, backoff};
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
        let User { name, stage, uses, in_plain, is_snap_start } = user;
        let outcome = match uses {
            Uses::Fetches { variables, seen } => {
                Restart::new(functions, &name, &variables, interrupt, now).run(seen).await
            }
            Uses::InPlain => Err(by_deployment(&in_plain)),
            Uses::Unreadable { key } => Err(nothing_written(&unreadable(key.as_deref()))),
            Uses::Unknown(why) => Err(why),
        };
        let mut notes = Vec::new();
        if outcome == Ok(Done::Restarted) {
            notes.extend((!in_plain.is_empty()).then(|| by_deployment(&in_plain)));
            notes.extend(if interrupt.is_asked() {
                Vec::new()
            } else {
                remarks(functions, &name, is_snap_start).await
            });
        }
        progress.advance();
        (at, Restarted { function: name, stage, outcome, remarks: notes })
    });
    let mut all: Vec<_> = stream::iter(restarts).buffer_unordered(AT_ONCE).collect().await;
    all.sort_by_key(|(at, _)| *at);
    all.into_iter().map(|(_, restarted)| restarted).collect()
}

/// The restart of one function.
struct Restart<'a> {
    functions: &'a Functions,
    name: &'a str,
    /// The variables that say that it uses what was changed. What is read without any of them is not what was read first.
    uses: &'a Names,
    interrupt: &'a Interrupt,
    now: i64,
    /// What was written last, or tried.
    stamp: Option<String>,
    written: Written,
    /// How many writes have come to nothing, or seem so.
    failed: u32,
    /// Why it is not tried once more, should it really have come to nothing.
    given_up: Option<Trouble>,
}

/// Whether the function was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Written {
    No,
    /// An answer was lost.
    Perhaps,
    Yes,
}

/// What follows.
enum Step {
    Done(Done),
    /// This may be written.
    Write(Seen),
    /// Look what is so now.
    Look,
    /// Look what is so in a while. What it is waited for.
    Wait(String),
}

impl<'a> Restart<'a> {
    fn new(functions: &'a Functions, name: &'a str, uses: &'a Names, interrupt: &'a Interrupt, now: i64) -> Self {
        Restart { functions, name, uses, interrupt, now, stamp: None, written: Written::No, failed: 0, given_up: None }
    }

    async fn run(mut self, seen: Option<Seen>) -> Result<Done, String> {
        let deadline = Instant::now() + PATIENCE;
        let mut step = seen.map_or(Step::Look, Step::Write);
        let mut waited = 0;
        // What it was waited for last; where it never was, others were faster each time.
        let mut why = Trouble::Changed.to_string();
        loop {
            step = match step {
                Step::Done(done) => return Ok(done),
                Step::Write(_) | Step::Look if Instant::now() >= deadline => return Err(self.too_long(&why)),
                Step::Write(seen) => self.write(seen).await?,
                Step::Look => self.look().await?,
                Step::Wait(why) if Instant::now() >= deadline => return Err(self.too_long(&why)),
                Step::Wait(reason) => {
                    waited += 1;
                    why = reason;
                    tokio::select! {
                        () = sleep(backoff(FIRST_PAUSE, waited)) => Step::Look,
                        () = self.interrupt.asked() => return Err(self.interrupted(&why)),
                    }
                }
            }
        }
    }

    /// One write of all variables, bound to the revision that they are of.
    async fn write(&mut self, seen: Seen) -> Result<Step, String> {
        let Seen { variables, revision } = seen;
        let before: i64 = variables.get(ENV_RESTARTED).and_then(|found| found.parse().ok()).unwrap_or_default();
        let stamp = self.now.max(before.saturating_add(1)).to_string();
        self.stamp = Some(stamp.clone());
        let size = size(&variables, &stamp);
        let environment = Environment::builder()
            .set_variables(Some(variables.into_iter().collect()))
            .variables(ENV_RESTARTED, stamp)
            .build();
        let request = self.functions.client().update_function_configuration().function_name(self.name);
        let request = request.environment(environment).revision_id(revision);
        let action = "lambda:UpdateFunctionConfiguration";
        let answer = loop {
            tokio::select! {
                biased;
                () = self.interrupt.asked() => return Err(self.interrupted("")),
                () = self.functions.pace.turn() => {}
            }
            let answer = self.functions.send(action, self.name, async || request.clone().send().await).await;
            // Nothing was done, and the pace is slower now.
            if !matches!(answer, Err(Trouble::Throttled)) || !self.may_try_again(&Trouble::Throttled) {
                break answer;
            }
        };
        match answer {
            Ok(answer) if !is_about(self.name, answer.function_name.as_deref(), answer.function_arn.as_deref()) => {
                Ok(self.after_lost(Trouble::Garbled))
            }
            Ok(answer) => {
                self.written = Written::Yes;
                status(answer.last_update_status.as_ref(), answer.last_update_status_reason.as_deref())
            }
            Err(Trouble::NotFound) => Ok(Step::Done(Done::Gone)),
            Err(Trouble::Changed) => Ok(Step::Look),
            Err(trouble @ Trouble::Conflict) => Ok(Step::Wait(trouble.to_string())),
            Err(Trouble::Rejected { .. }) if size > ENVIRONMENT => Err(too_large(size)),
            Err(trouble @ (Trouble::Unavailable { .. } | Trouble::Unreachable { .. } | Trouble::Garbled)) => {
                Ok(self.after_lost(trouble))
            }
            Err(trouble) => Err(trouble.to_string()),
        }
    }

    /// After a write whose answer was lost.
    fn after_lost(&mut self, trouble: Trouble) -> Step {
        self.written = Written::Perhaps;
        if self.may_try_again(&trouble) {
            return Step::Wait(trouble.to_string());
        }
        self.given_up = Some(trouble);
        Step::Look
    }

    fn may_try_again(&mut self, trouble: &Trouble) -> bool {
        self.failed += 1;
        self.functions.lambda.patience.pause(trouble, self.failed).is_some()
    }

    async fn look(&mut self) -> Result<Step, String> {
        let request = self.functions.client().get_function_configuration().function_name(self.name);
        let action = "lambda:GetFunctionConfiguration";
        let accept = |found: Configuration| {
            is_about(self.name, found.function_name.as_deref(), found.function_arn.as_deref()).then_some(found)
        };
        match self.functions.ask(action, self.name, async || request.clone().send().await, accept).await {
            Ok(found) => self.judge(found),
            Err(Trouble::NotFound) => Ok(Step::Done(Done::Gone)),
            Err(trouble) => Err(self.uncertain(&trouble.to_string())),
        }
    }

    fn judge(&mut self, found: Configuration) -> Result<Step, String> {
        let environment = found.environment;
        if environment.as_ref().is_some_and(|environment| environment.error.is_some()) {
            return Err(self.not_to_be_written(&unreadable(found.kms_key_arn.as_deref())));
        }
        let variables: Variables =
            environment.and_then(|environment| environment.variables).unwrap_or_default().into_iter().collect();
        // Ours, although the answer to the write may have been lost; or what somebody else has changed since, which starts
        // the function anew as well.
        let is_ours = self.stamp.is_some() && variables.get(ENV_RESTARTED) == self.stamp.as_ref();
        if is_ours || self.written == Written::Yes {
            return status(found.last_update_status.as_ref(), found.last_update_status_reason.as_deref());
        }
        if let Some(trouble) = &self.given_up {
            return Err(trouble.to_string());
        }
        if found.last_update_status == Some(LastUpdateStatus::InProgress) {
            return Ok(Step::Wait(Trouble::Conflict.to_string()));
        }
        if variables.is_empty() {
            return Err(self.not_to_be_written("its environment is not in Lambda's answer"));
        }
        if !self.uses.iter().any(|variable| variables.contains_key(variable)) {
            return Ok(Step::Done(Done::Unused));
        }
        match found.revision_id {
            Some(revision) => Ok(Step::Write(Seen { variables, revision })),
            None => Err(self.uncertain("Lambda does not say its revision, and without that nothing is written")),
        }
    }

    /// Of what cannot be read whole, all variables would be gone.
    fn not_to_be_written(&self, why: &str) -> String {
        if self.written == Written::No { nothing_written(why) } else { self.uncertain(why) }
    }

    fn uncertain(&self, why: &str) -> String {
        if self.written == Written::No { why.to_owned() } else { format!("whether it was is not known: {why}") }
    }

    fn too_long(&self, why: &str) -> String {
        let why = format!("{why} (tried for {} seconds)", PATIENCE.as_secs());
        if self.written == Written::Perhaps { self.uncertain(&why) } else { why }
    }

    fn interrupted(&self, why: &str) -> String {
        match self.written {
            _ if why == CHANGING => format!("interrupted while {CHANGING}, which ends by itself"),
            Written::No => INTERRUPTED.to_owned(),
            _ => "interrupted, and whether it was is not known".to_owned(),
        }
    }
}

/// What became of a write of ours.
fn status(status: Option<&LastUpdateStatus>, reason: Option<&str>) -> Result<Step, String> {
    match status {
        Some(LastUpdateStatus::InProgress) => Ok(Step::Wait(CHANGING.to_owned())),
        Some(LastUpdateStatus::Failed) => {
            Err(format!("Lambda could not update it: {}", shown(reason.unwrap_or_default())))
        }
        _ => Ok(Step::Done(Done::Restarted)),
    }
}

pub(super) fn unreadable(key: Option<&str>) -> String {
    let key = key.map_or_else(|| "the key of its environment, aws/lambda".to_owned(), shown);
    format!("its environment cannot be read: these credentials need kms:Decrypt on {key}")
}

/// What is not read is not written: all variables would be gone.
fn nothing_written(why: &str) -> String {
    format!("nothing was written, as {why}")
}

fn by_deployment(secrets: &[String]) -> String {
    let values = if secrets.len() == 1 { "the value" } else { "the values" };
    format!("it has {values} of `{}` itself in its environment: deploy it again", secrets.join("`, `"))
}

fn too_large(size: usize) -> String {
    format!("with {ENV_RESTARTED} its environment would have {size} bytes of the {ENVIRONMENT} that Lambda takes")
}

/// The bytes of the environment that is to be written.
fn size(variables: &Variables, stamp: &str) -> usize {
    let own = variables
        .iter()
        .filter(|(name, _)| *name != ENV_RESTARTED)
        .map(|(name, value)| (name.as_str(), value.as_str()));
    of_environment(own.chain([(ENV_RESTARTED, stamp)]))
}

const INTERRUPTED: &str = "interrupted before it was";
const CHANGING: &str = "Lambda is still updating it";
/// Functions under way at once; how often Lambda is asked is a matter of the pace, which lets each look after a while.
const AT_ONCE: usize = 32;
/// How long one function may take.
const PATIENCE: Duration = Duration::from_mins(2);
const FIRST_PAUSE: Duration = Duration::from_millis(300);

#[cfg(test)]
mod tests;
