//! Whole loads against a store that fails by lot, on tokio's paused clock: whatever happens, a load ends in time, with every value
//! right or with a report of what is wrong, and of nothing else.
//!
//! A seed decides everything. `BIND_CONFIG_SEED=4711 cargo test -p bind-config-runtime simulation -- --nocapture` replays one and
//! prints what happened.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test, and its trace")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use bind_config_manifest::value::{Scalar, Type};
use fastrand::Rng;
use tokio::time::{Instant, advance, sleep};

use super::{Answers, Store, values_from};
use crate::environment::Environment;
use crate::generated::{Binding, Required, Table, Values};
use crate::plan::{Lookup, Stored};
use crate::problem::ProblemKind;
use crate::report::LoadError;
use crate::sources::Sources;
use crate::store::{Deadline, Fault, Fetch, Found, Source, first_wave, in_order};

mod judge;
mod world;

use world::{Simulated, World};

const SEEDS: u64 = 100_000;
const PATIENCE: Duration = Duration::from_secs(8);
/// How many seconds a signature lives.
const SIGNATURE: i64 = 300;
/// In every value, and in no report.
const CANARY: &str = "hunter2";
/// From one batch with room for fallbacks to five batches.
const SIZES: [usize; 5] = [1, 4, 10, 13, 42];

#[expect(clippy::disallowed_methods, reason = "a seed to replay is handed over in the environment")]
#[test]
fn every_load_ends_in_time_with_every_value_or_with_what_is_wrong() {
    let tables: Vec<&'static Table> = SIZES.into_iter().map(table).collect();
    if let Ok(seed) = std::env::var("BIND_CONFIG_SEED") {
        let world = simulate(&tables, seed.parse().unwrap(), &runtime());
        println!("{}", world.events.join("\n"));
        return;
    }
    let threads = std::thread::available_parallelism().map_or(1, |count| count.get() as u64);
    let mut seen: BTreeMap<&str, u64> = BTreeMap::new();
    std::thread::scope(|scope| {
        let part = |first: u64| {
            let tables = &tables;
            scope.spawn(move || {
                let (mut seen, runtime) = (BTreeMap::<&str, u64>::new(), runtime());
                for seed in (first..SEEDS).step_by(usize::try_from(threads).unwrap()) {
                    for outcome in simulate(tables, seed, &runtime).outcomes {
                        *seen.entry(outcome).or_default() += 1;
                    }
                }
                seen
            })
        };
        let parts: Vec<_> = (0..threads).map(part).collect();
        for part in parts {
            for (outcome, count) in part.join().unwrap() {
                *seen.entry(outcome).or_default() += count;
            }
        }
    });
    // A simulation in which something never happens shows nothing about it.
    for outcome in [
        "loaded",
        "clock_skew",
        "denied",
        "garbled",
        "not_found",
        "not_set_for_function",
        "not_the_store",
        "recovered",
        "throttled",
        "timed_out",
        "unavailable",
        "unreachable",
        "wrong_type",
    ] {
        assert!(seen.get(outcome).is_some_and(|count| *count > 100), "{outcome}: {seen:?}");
    }
}

/// Its clock stands still while something is under way, and jumps where nothing is.
fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap()
}

fn simulate(tables: &[&'static Table], seed: u64, runtime: &tokio::runtime::Runtime) -> World {
    let mut rng = Rng::with_seed(seed);
    let table = tables[rng.usize(..tables.len())];
    let fates: Vec<Fate> = {
        let is_sane = rng.u8(..10) < 6;
        table.bindings.iter().map(|binding| Fate::draw(&mut rng, binding, is_sane)).collect()
    };
    let environment = environment(table, &fates);
    runtime.block_on(async {
        let store = Simulated::new(seed, rng, table, &fates);
        let deadline = Deadline::new(PATIENCE);
        let loaded = values_from(&store, table, &environment, &deadline, |_, _| {}).await;
        let mut world = store.0.into_inner().unwrap();
        world.judge(table, &fates, loaded);
        world
    })
}

impl Store for Simulated {
    async fn answers(&self, _: &Environment, lookups: &[&Lookup], deadline: &Deadline) -> Answers {
        Ok(Fetch::new(self, deadline, self.pauses()).all(lookups, first_wave(lookups)).await)
    }
}

/// Every fifth binding is optional, every third a number.
fn table(size: usize) -> &'static Table {
    let binding = |number: usize| Binding {
        ty: Type::Scalar(if number.is_multiple_of(3) { Scalar::U64 } else { Scalar::String }),
        required: if number % 5 == 4 { Required::Never } else { Required::Always },
        ..Binding::secret(&format!("KEY_{number}"))
    };
    Table::of((0..size).map(binding).collect())
}

fn environment(table: &Table, fates: &[Fate]) -> Environment {
    let mut environment: Environment =
        [("SST_APP", "orders"), ("SST_STAGE", "dev"), ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand")]
            .into_iter()
            .collect();
    for (binding, fate) in table.bindings.iter().zip(fates) {
        let variable = format!("SST_Secret_value_{}", binding.name);
        match fate {
            Fate::Absent => {}
            Fate::Plain => environment.extend([(variable, value(binding, "plain"))]),
            _ => environment.extend([(variable, "__FETCH_FROM_SSM__".to_owned())]),
        }
    }
    environment
}

fn value(binding: &Binding, of: &str) -> String {
    if binding.ty == Type::Scalar(Scalar::U64) {
        return format!("{}{}", binding.name.trim_start_matches("KEY_"), of.len());
    }
    format!("{CANARY} of {} {of}", binding.name)
}

fn stage(binding: &Binding) -> String {
    format!("/sst/orders/dev/Secret/{}/value", binding.name)
}

fn fallback(binding: &Binding) -> String {
    format!("/sst/orders/.fallback/Secret/{}/value", binding.name)
}

/// Where the value of a binding is, or what is wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Plain,
    Stage,
    Fallback,
    Both,
    Nowhere,
    WrongType,
    DeniedStage,
    DeniedFallback,
    Absent,
}

impl Fate {
    fn draw(rng: &mut Rng, binding: &Binding, is_sane: bool) -> Self {
        let good = [Fate::Stage, Fate::Stage, Fate::Fallback, Fate::Both, Fate::Plain];
        let bad = [Fate::Nowhere, Fate::WrongType, Fate::DeniedStage, Fate::DeniedFallback, Fate::Absent];
        let fate = if is_sane || rng.u8(..10) < 8 { good[rng.usize(..5)] } else { bad[rng.usize(..5)] };
        // A text is never of the wrong type.
        if fate == Fate::WrongType && binding.ty == Type::Scalar(Scalar::String) { Fate::Nowhere } else { fate }
    }

    /// The value, its source, or the problem that only somebody can mend.
    fn truth(self, binding: &Binding) -> Result<Option<(String, &'static str)>, &'static str> {
        let unless_optional = |problem| if binding.required == Required::Never { Ok(None) } else { Err(problem) };
        match self {
            Fate::Plain => Ok(Some((value(binding, "plain"), "env"))),
            Fate::Stage | Fate::Both => Ok(Some((value(binding, "stage"), "stage"))),
            Fate::Fallback => Ok(Some((value(binding, "fallback"), "fallback"))),
            Fate::Nowhere => unless_optional("not_found"),
            Fate::Absent => unless_optional("not_set_for_function"),
            Fate::WrongType => Err("wrong_type"),
            Fate::DeniedStage | Fate::DeniedFallback => Err("denied"),
        }
    }
}
