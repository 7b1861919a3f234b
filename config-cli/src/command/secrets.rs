//! The commands on secrets, a file each, and what follows a write.

use serde_json::{Value as Json, json};

use crate::context::Context;
use crate::declaration::StoreKind;
use crate::failure::{Failure, Outcome};
use crate::functions::{Functions, Names, Reach, Restarted, User, restart as restart_all};
use crate::interrupt::Interrupt;
use crate::store::Store;
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

/// The functions that would see a change of these names. `None` where the store has none: a laptop's.
async fn users(
    context: &Context,
    target: &Target,
    store: &Store,
    names: &Names,
) -> Result<Option<(Functions, Vec<User>)>, Failure> {
    if store.kind == StoreKind::Local || is_here_alone(context) {
        return Ok(None);
    }
    let functions = Functions::open(context).await?;
    let reach = Reach { declaration: target.declaration(), names, stage: target.stage_name() };
    let users = functions.users(&reach, store).await;
    let users = users.map_err(|trouble| trouble.failure("the functions that use it could not be found"))?;
    Ok(Some((functions, users)))
}

/// Whether SSM is on this machine, and nobody says where its Lambda is. AWS's own is that of other secrets.
fn is_here_alone(context: &Context) -> bool {
    let surroundings = &context.surroundings;
    let of = |name: &str| surroundings.setting(name);
    let has_lambda = of("AWS_ENDPOINT_URL_LAMBDA").or(of("AWS_ENDPOINT_URL")).is_some();
    let is_loopback = |url: &str| {
        let host = url.split("://").nth(1).unwrap_or(url);
        ["127.", "localhost", "[::1]"].iter().any(|start| host.starts_with(start))
    };
    !has_lambda && of("AWS_ENDPOINT_URL_SSM").is_some_and(is_loopback)
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
    async fn conclude(&self, restart: bool, mut report: Json, done: &str) -> Outcome {
        let terminal = &self.context.terminal;
        let (all, outcome) = if restart { self.restart(done).await } else { (Vec::new(), Ok(())) };
        if terminal.json {
            report["restarts"] = all.iter().map(to_json).collect();
            if let Err(failure) = &outcome {
                report["failure"] = json!(failure.message());
            }
            terminal.report(&report)?;
        } else if !all.is_empty() {
            show(self.context, &all)?;
        }
        outcome
    }

    async fn restart(&self, done: &str) -> (Vec<Restarted>, Outcome) {
        let (context, target) = (self.context, self.target);
        let (functions, users) = match users(context, target, self.store, self.names).await {
            Ok(Some(found)) => found,
            Ok(None) => return (Vec::new(), Ok(())),
            Err(failure) => {
                let why = failure.message().unwrap_or_default();
                let text = format!("{why}\n{done} Running functions keep the old value until they start anew: {}", again(target, self.names));
                return (Vec::new(), Err(Failure::no(text)));
            }
        };
        if users.is_empty() {
            context.terminal.note(&format!("no deployed function uses it in {}", target.described()));
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
        (all, Err(Failure::no(text)))
    }
}

fn again(target: &Target, names: &Names) -> String {
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    format!("bind-config secrets restart {} {}", names.join(" "), target.arguments())
}

fn show(context: &Context, all: &[Restarted]) -> Outcome {
    let rows = all.iter().map(|restarted| {
        let result = match &restarted.outcome {
            Ok(()) => std::iter::once("restarted".to_owned()).chain(restarted.remarks.iter().cloned()).collect::<Vec<_>>().join("; "),
            Err(why) => format!("not restarted: {why}"),
        };
        vec![restarted.function.clone(), restarted.stage.clone(), result]
    });
    context.terminal.table(&["function", "stage", "result"], rows.collect())
}

fn to_json(restarted: &Restarted) -> Json {
    json!({
        "function": restarted.function,
        "stage": restarted.stage,
        "restarted": restarted.outcome.is_ok(),
        "why": restarted.outcome.as_ref().err(),
        "remarks": restarted.remarks,
    })
}
