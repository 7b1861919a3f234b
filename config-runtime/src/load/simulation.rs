//! Whole loads against a store that fails by lot, on tokio's paused clock: whatever happens, a load ends in time, with every value
//! right or with a report of what is wrong, and of nothing else.
//!
//! A seed decides everything. `BIND_CONFIG_SEED=4711 cargo test -p bind-config-runtime simulation -- --nocapture` replays one and
//! prints what happened.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test, and its trace")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use bind_config_manifest::name::Kind;
use bind_config_manifest::value::{Scalar, Shape, Type};
use fastrand::Rng;
use tokio::time::{Instant, advance, sleep};

use super::Begun;
use crate::environment::Environment;
use crate::generated::{Binding, Required, Table, Values, plain};
use crate::plan::Stored;
use crate::problem::ProblemKind;
use crate::report::LoadError;
use crate::sources::Sources;
use crate::store::{Fault, Fetch, Pace, Source};

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
    // The pauses of the load are drawn from this one.
    fastrand::seed(seed);
    let mut rng = Rng::with_seed(seed);
    let table = tables[rng.usize(..tables.len())];
    let fates: Vec<Fate> = {
        let is_sane = rng.u8(..10) < 6;
        table.bindings.iter().map(|binding| Fate::draw(&mut rng, binding, is_sane)).collect()
    };
    let environment = environment(table, &fates);
    runtime.block_on(async {
        let store = Simulated::new(seed, rng, table, &fates);
        let loaded = load(table, &environment, &store).await;
        let mut world = store.0.into_inner().unwrap();
        world.judge(table, &fates, loaded);
        world
    })
}

/// As [`super::values`], from a store that is simulated.
async fn load(
    table: &'static Table,
    environment: &Environment,
    store: &Simulated,
) -> Result<(Values, Sources), LoadError> {
    let begun = Begun::new(table, environment)?;
    let answers = Fetch::new(store, &Pace::new(PATIENCE)).all(&begun.lookups()).await;
    begun.finish(Some(&Ok(answers)))
}

/// Every fifth binding is optional, every third a number.
fn table(size: usize) -> &'static Table {
    let binding = |number: usize| {
        let name: &'static str = format!("KEY_{number}").leak();
        let is_number = number.is_multiple_of(3);
        Binding {
            name,
            field: name,
            kind: Kind::Secret,
            ty: Type::Scalar(if is_number { Scalar::U64 } else { Scalar::String }),
            required: if number % 5 == 4 { Required::Never } else { Required::Always },
            shape: Shape::ANY,
            convert: plain::<String>,
        }
    };
    let bindings: Vec<Binding> = (0..size).map(binding).collect();
    Box::leak(Box::new(Table {
        app: "orders",
        function: Some("api"),
        ssm_prefix: None,
        fingerprint: None,
        strict: false,
        without_fallback: &[],
        bindings: bindings.leak(),
    }))
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

/// What may happen to a request, and how often: per cent.
struct Weather {
    throttled: u8,
    unavailable: u8,
    reset: u8,
    garbled: u8,
    slow: u8,
    silent: u8,
    skewed: u8,
    stalled: u8,
    frozen: u8,
    proxied: u8,
    /// After that it is fine.
    until: Duration,
}

impl Weather {
    fn draw(rng: &mut Rng) -> Self {
        // A storm of one kind, or a little of everything.
        let mut often = [0; 10];
        match rng.u8(..4) {
            0 => {}
            1 => often = [3; 10],
            2 => often = [8, 8, 8, 4, 8, 4, 4, 4, 4, 0],
            _ => often[rng.usize(..10)] = [50, 90, 100][rng.usize(..3)],
        }
        let [throttled, unavailable, reset, garbled, slow, silent, skewed, stalled, frozen, proxied] = often;
        let until = [Duration::MAX, Duration::from_millis(rng.u64(..8000))][rng.usize(..2)];
        Weather { throttled, unavailable, reset, garbled, slow, silent, skewed, stalled, frozen, proxied, until }
    }
}

/// A store behind a network, both of which fail.
struct Simulated(Mutex<World>);

struct World {
    seed: u64,
    rng: Rng,
    weather: Weather,
    begun: Instant,
    values: BTreeMap<String, String>,
    denied: BTreeSet<String>,
    /// How far the store's clock is from this machine's, and what the client makes of it: seconds.
    clock: i64,
    correction: i64,
    /// When the load must have ended, and what it may be late for having stood still.
    end: Instant,
    stalled: Duration,
    freezes: u32,
    /// The problems that a report may name for what happened on the way.
    excuses: BTreeSet<&'static str>,
    /// Requests that must not be made again.
    refused: BTreeSet<Vec<String>>,
    requests: usize,
    mishaps: u32,
    events: Vec<String>,
    outcomes: Vec<&'static str>,
}

impl Simulated {
    fn new(seed: u64, mut rng: Rng, table: &Table, fates: &[Fate]) -> Self {
        let (mut values, mut denied) = (BTreeMap::new(), BTreeSet::new());
        for (binding, fate) in table.bindings.iter().zip(fates) {
            if matches!(fate, Fate::Stage | Fate::Both) {
                values.insert(stage(binding), value(binding, "stage"));
            }
            if matches!(fate, Fate::Fallback | Fate::Both) {
                values.insert(fallback(binding), value(binding, "fallback"));
            }
            match fate {
                Fate::WrongType => drop(values.insert(stage(binding), CANARY.to_owned())),
                Fate::DeniedStage => drop(denied.insert(stage(binding))),
                Fate::DeniedFallback => drop(denied.insert(fallback(binding))),
                _ => {}
            }
        }
        let (weather, begun) = (Weather::draw(&mut rng), Instant::now());
        let clock = [0, 0, 0, 0, 600, -600, 86_400][rng.usize(..7)];
        Simulated(Mutex::new(World {
            seed,
            rng,
            weather,
            begun,
            values,
            denied,
            clock,
            correction: 0,
            end: begun + PATIENCE,
            stalled: Duration::ZERO,
            freezes: 0,
            excuses: BTreeSet::new(),
            refused: BTreeSet::new(),
            requests: 0,
            mishaps: 0,
            events: Vec::new(),
            outcomes: Vec::new(),
        }))
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap()
    }

    /// The process stands still.
    async fn freeze(&self, time: Duration) {
        self.world().stands_still(time);
        advance(time).await;
    }
}

impl Source for Simulated {
    fn endpoint(&self) -> &'static str {
        "a simulation"
    }

    async fn parameters(&self, names: &[String], _: bool) -> Result<Vec<Option<Stored>>, Fault> {
        let (event, signed, length) = self.world().begin(names);
        sleep(Duration::from_millis(length)).await;
        match event {
            Event::Slow(more) => sleep(more).await,
            Event::Silent => sleep(Duration::from_hours(1)).await,
            Event::Freeze(time) => self.freeze(time).await,
            _ => {}
        }
        let answer = self.world().answer(names, event, signed);
        if let Event::FreezeBehind(time) = event {
            self.freeze(time).await;
        }
        // Nobody knows of an answer that does not arrive.
        if matches!(answer, Err(Fault::Denied { .. } | Fault::Permanent(_))) {
            self.world().refused.insert(names.to_vec());
        }
        answer
    }
}

#[derive(Debug, Clone, Copy)]
enum Event {
    Fine,
    Throttled,
    Unavailable,
    Reset,
    Garbled,
    Slow(Duration),
    Silent,
    Skewed,
    /// Between the signature and the store, or between the store and the answer.
    Freeze(Duration),
    FreezeBehind(Duration),
    Proxied,
}

impl World {
    fn note(&mut self, event: &str) {
        self.events.push(format!("{:>10.3} s  {event}", self.begun.elapsed().as_secs_f64()));
    }

    fn fail(&self, why: &str) -> ! {
        panic!("seed {}: {why}\n{}", self.seed, self.events.join("\n"));
    }

    /// The seconds on this machine's clock.
    fn now(&self) -> i64 {
        i64::try_from(self.begun.elapsed().as_secs()).unwrap()
    }

    /// What will happen, when the request says it was signed, and how long the way is: milliseconds.
    fn begin(&mut self, names: &[String]) -> (Event, i64, u64) {
        let event = self.draw();
        self.note(&format!("asks for {} names: {event:?}", names.len()));
        self.requests += 1;
        self.mishaps += u32::from(!matches!(event, Event::Fine));
        if names.is_empty() || names.len() > 10 || names.iter().collect::<BTreeSet<_>>().len() != names.len() {
            self.fail("no batch");
        }
        if Instant::now() > self.end + self.stalled {
            self.fail("a request after the deadline");
        }
        if self.refused.contains(names) {
            self.fail("a request that was refused is made again");
        }
        (event, self.now() + self.correction, self.rng.u64(1..60))
    }

    fn stands_still(&mut self, time: Duration) {
        self.note(&format!("stands still for {time:?}"));
        self.excuses.insert("timed_out");
        if time > 2 * PATIENCE {
            self.freezes += 1;
            self.end = Instant::now() + time + PATIENCE;
        } else {
            self.stalled += time;
        }
    }

    fn draw(&mut self) -> Event {
        let Weather { throttled, unavailable, reset, garbled, slow, silent, skewed, stalled, frozen, proxied, until } =
            self.weather;
        // Who is frozen more than three times gives up, and nothing is left to be seen.
        if self.begun.elapsed() > until || self.freezes == 3 {
            return Event::Fine;
        }
        let mut left = self.rng.u8(..100);
        let mut is = |often: u8| {
            let is = left < often;
            left = if is { u8::MAX } else { left - often };
            is
        };
        if is(throttled) {
            Event::Throttled
        } else if is(unavailable) {
            Event::Unavailable
        } else if is(reset) {
            Event::Reset
        } else if is(garbled) {
            Event::Garbled
        } else if is(slow) {
            Event::Slow(Duration::from_millis(self.rng.u64(..4000)))
        } else if is(silent) {
            Event::Silent
        } else if is(skewed) {
            Event::Skewed
        } else if is(stalled) {
            Event::Freeze(Duration::from_millis(self.rng.u64(..3000)))
        } else if is(frozen) {
            let time = Duration::from_secs(self.rng.u64(60..7200));
            if self.rng.bool() { Event::Freeze(time) } else { Event::FreezeBehind(time) }
        } else if is(proxied) {
            Event::Proxied
        } else {
            Event::Fine
        }
    }

    fn answer(&mut self, names: &[String], event: Event, signed: i64) -> Result<Vec<Option<Stored>>, Fault> {
        let transient = |kind| Err(Fault::Transient(kind));
        let endpoint = || "a simulation".to_owned();
        match event {
            Event::Throttled => {
                self.excuses.insert("throttled");
                return transient(ProblemKind::Throttled);
            }
            Event::Unavailable => {
                self.excuses.insert("unavailable");
                return transient(ProblemKind::Unavailable { code: "InternalServerError".to_owned() });
            }
            Event::Reset => {
                self.excuses.insert("unreachable");
                return transient(ProblemKind::Unreachable { endpoint: endpoint() });
            }
            Event::Garbled => {
                self.excuses.insert("garbled");
                return transient(ProblemKind::Garbled);
            }
            Event::Slow(_) | Event::Silent => drop(self.excuses.insert("timed_out")),
            Event::Proxied => {
                self.excuses.insert("not_the_store");
                return Err(Fault::Permanent(ProblemKind::NotTheStore { status: 403 }));
            }
            _ => {}
        }
        let there = self.now() + self.clock;
        if matches!(event, Event::Skewed) || (there - signed).abs() > SIGNATURE {
            self.note("the signature is not of this time");
            self.excuses.insert("clock_skew");
            self.correction = self.clock;
            return Err(Fault::Skewed);
        }
        if let Some(name) = names.iter().find(|name| self.denied.contains(*name)) {
            let resource = self.rng.bool().then(|| format!("arn:aws:ssm:eu-west-1:123456789012:parameter{name}"));
            return Err(Fault::Denied { action: "ssm:GetParameters", resource });
        }
        let stored = |name: &String| {
            self.values.get(name).map(|value| Stored { value: value.clone(), version: 1, modified: None })
        };
        Ok(names.iter().map(stored).collect())
    }

    /// Whether the load did what it promises.
    fn judge(&mut self, table: &Table, fates: &[Fate], loaded: Result<(Values, Sources), LoadError>) {
        self.note("ends");
        if Instant::now() > self.end + self.stalled + Duration::from_millis(2) {
            self.fail("it ended after the deadline");
        }
        if self.requests > 500 {
            self.fail("too many requests");
        }
        match loaded {
            Ok((values, sources)) => self.judge_values(table, fates, values, &sources),
            Err(error) => self.judge_report(table, fates, &error),
        }
    }

    fn judge_values(&mut self, table: &Table, fates: &[Fate], mut values: Values, sources: &Sources) {
        self.outcomes.push("loaded");
        for (at, (binding, fate)) in table.bindings.iter().zip(fates).enumerate() {
            let source = sources.field(binding.field).unwrap().origin.as_str();
            let found = values.take_optional::<String>(at).map(|value| (value, source));
            if Ok(&found) != fate.truth(binding).as_ref() {
                self.fail(&format!("{} is {fate:?} and was loaded as {found:?}", binding.name));
            }
        }
    }

    fn judge_report(&mut self, table: &Table, fates: &[Fate], error: &LoadError) {
        // What goes wrong once is mended, whatever it is; but nobody asks a proxy again.
        if self.mishaps == 1 {
            self.excuses.retain(|excuse| *excuse == "not_the_store");
        }
        let mut reported = BTreeSet::new();
        let is_late = self.mishaps > 1 && Instant::now() + Duration::from_millis(20) >= self.end;
        for problem in error.problems() {
            let (Some(name), kind) = (problem.name(), problem.kind().as_str()) else {
                self.fail(&format!("a problem of the start as a whole: {problem:?}"));
            };
            self.outcomes.push(kind);
            if !reported.insert(name) {
                self.fail(&format!("{name} is reported twice"));
            }
            let at = table.bindings.iter().position(|binding| binding.name == name).unwrap();
            let is_true = fates[at].truth(&table.bindings[at]).err() == Some(kind);
            let is_excused = self.excuses.contains(kind) || (kind == "timed_out" && is_late);
            let may_be_excused = !matches!(fates[at], Fate::Plain | Fate::Absent);
            if !(is_true || is_excused && may_be_excused) {
                self.fail(&format!("{name} is {:?} and was reported as {kind}", fates[at]));
            }
        }
        let missing =
            |(binding, fate): &(&Binding, &Fate)| fate.truth(binding).is_err() && !reported.contains(binding.field);
        if let Some((binding, fate)) = table.bindings.iter().zip(fates).find(missing) {
            self.fail(&format!("{} is {fate:?} and was not reported", binding.name));
        }
        if error.problems().is_empty() || format!("{error} {error:?}").contains(CANARY) {
            self.fail(&format!("no report, or one that shows a value: {error}"));
        }
    }
}
