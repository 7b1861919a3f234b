//! The commands on secrets, a file each, and what follows a write.

use serde_json::{Value as Json, json};

use crate::context::Context;
use crate::failure::{Failure, INTERRUPTED, NOT_RESTARTED, Outcome};
use crate::functions::{Done, Functions, Names, Reach, Restarted, User, restart as restart_all};
use crate::interrupt::Interrupt;
use crate::store::{Readers, Store, readers};
use crate::target::Target;

pub(super) mod copy;
pub(super) mod edit;
pub(super) mod get;
pub(super) mod history;
pub(super) mod list;
pub(super) mod load;
pub(super) mod remove;
pub(super) mod restart;
pub(super) mod rollback;
pub(super) mod set;

/// The functions that would see a change of these names. `None` where nobody reads the store, or nobody says who does.
async fn users(
    context: &Context,
    target: &Target,
    store: &Store,
    names: &Names,
) -> Result<Option<(Functions, Vec<User>)>, Failure> {
    let functions = match readers(store, context)? {
        Readers::Functions(functions) => Functions::new(functions),
        Readers::Nobody => return Ok(None),
        Readers::Nowhere => {
            context.terminal.note(NOWHERE);
            return Ok(None);
        }
    };
    let reach = Reach { declaration: target.declaration(), names, stage: target.stage_name() };
    let users = functions.users(&reach, store).await;
    let users = users.map_err(|trouble| trouble.failure("the functions that use it could not be found"))?;
    Ok(Some((functions, users)))
}

/// What follows a write: restarts what uses these names unless nobody wants that, and tells what became of all of it.
/// `report` is what was done, `done` the same as a sentence that holds whatever becomes of the functions.
struct Aftermath<'a> {
    context: &'a Context,
    target: &'a Target,
    store: &'a Store,
    names: &'a Names,
    interrupt: &'a Interrupt,
}

impl Aftermath<'_> {
    async fn conclude(&self, restart: bool, report: Json, done: &str) -> Outcome {
        self.conclude_with(Ok(()), restart, report, done).await
    }

    /// The same of something that is done and yet not what was asked for.
    async fn conclude_with(&self, so_far: Outcome, restart: bool, mut report: Json, done: &str) -> Outcome {
        let terminal = &self.context.terminal;
        let (all, outcome) = if restart { self.restart(done).await } else { (Vec::new(), Ok(())) };
        let outcome = outcome.and(so_far);
        if terminal.json {
            report["restarts"] = all.iter().map(to_json).collect();
            report["error"] = json!(outcome.as_ref().err().map(Failure::to_json));
            terminal.report(self.target.report(self.store, report))?;
        } else if !all.is_empty() {
            show(self.context, &all)?;
        }
        outcome
    }

    async fn restart(&self, done: &str) -> (Vec<Restarted>, Outcome) {
        let (context, target) = (self.context, self.target);
        let found = tokio::select! {
            found = users(context, target, self.store, self.names) => found,
            () = self.interrupt.asked() => Err(Failure::no_as(INTERRUPTED, "interrupted while the functions that use it were looked for")),
        };
        let (functions, users) = match found {
            Ok(Some(found)) => found,
            Ok(None) => return (Vec::new(), Ok(())),
            Err(failure) => {
                let why = failure.message().unwrap_or_default();
                let again = again(target, self.names);
                let text = format!("{why}\n{done} Functions keep the old value until they start anew: {again}");
                return (Vec::new(), Err(Failure::no_as(NOT_RESTARTED, text)));
            }
        };
        if users.is_empty() {
            let what = if self.names.len() == 1 { "it" } else { "them" };
            context.terminal.note(&format!("no deployed function uses {what} in {}", target.described()));
            return (Vec::new(), Ok(()));
        }
        let progress = context.terminal.progress(users.len(), "restarting");
        let all = restart_all(&functions, users, &progress, self.interrupt).await;
        drop(progress);
        let failed = all.iter().filter(|restarted| restarted.outcome.is_err()).count();
        if failed == 0 {
            return (all, Ok(()));
        }
        let text = format!(
            "{failed} of {} functions were not restarted and may keep the old value. {done} Again: {}",
            all.len(),
            again(target, self.names)
        );
        (all, Err(Failure::no_as(NOT_RESTARTED, text)))
    }
}

fn again(target: &Target, names: &Names) -> String {
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    format!("bind-config secrets restart {} {}", names.join(" "), target.arguments())
}

fn show(context: &Context, all: &[Restarted]) -> Outcome {
    let rows = all.iter().map(|restarted| {
        let result = match &restarted.outcome {
            Ok(Done::Restarted) => {
                let remarks = restarted.remarks.iter().map(|remark| format!("; {remark}"));
                std::iter::once("restarted".to_owned()).chain(remarks).collect()
            }
            Ok(Done::Gone) => "deleted meanwhile".to_owned(),
            Ok(Done::Unused) => UNUSED.to_owned(),
            Err(why) => format!("not restarted: {why}"),
        };
        vec![restarted.function.clone(), restarted.stage.clone(), result]
    });
    context.terminal.table(&["FUNCTION", "STAGE", "RESULT"], rows.collect())
}

fn to_json(restarted: &Restarted) -> Json {
    let result = match &restarted.outcome {
        Ok(Done::Restarted) => "restarted",
        Ok(Done::Gone) => "deleted",
        Ok(Done::Unused) => "unused",
        Err(_) => "failed",
    };
    json!({
        "lambda": restarted.function,
        "stage": restarted.stage,
        "result": result,
        "why": restarted.outcome.as_ref().err(),
        "remarks": restarted.remarks,
    })
}

const UNUSED: &str = "it does not use it any more";
/// AWS's own Lambda has the functions of other secrets.
const NOWHERE: &str =
    "SSM is not AWS's, and nobody says where its Lambda is (AWS_ENDPOINT_URL_LAMBDA): no function is restarted";
