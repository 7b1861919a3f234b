//! Refreshes against a store that is a script, on tokio's paused clock.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use bind_config_manifest::name::Kind;
use bind_config_manifest::value::{Scalar, Shape, Type};
use futures_util::FutureExt as _;
use futures_util::future::join_all;
use tokio::sync::Semaphore;
use tokio::time::sleep;

use super::*;
use crate::generated::{Binding, Bindings, FetchesSecrets, Required, Table, Values, plain};
use crate::load::Answers;
use crate::plan::{Lookup, Stored};
use crate::problem::{CredentialsProblem, ProblemKind};
use crate::store::{Fault, Fetch, Pace, Source};

const CANARY: &str = "hunter2";

thread_local! {
    static TABLE: Cell<Option<&'static Table>> = const { Cell::new(None) };
}

/// Every value as text.
struct Config(Vec<Option<String>>);

impl Bindings for Config {
    type Fetches = FetchesSecrets;

    fn table() -> &'static Table {
        TABLE.get().expect("the test has bound something")
    }

    fn build(values: &mut Values) -> Self {
        let config = Config((0..Self::table().bindings.len()).map(|at| values.take_optional(at)).collect());
        assert!(!config.0.contains(&Some("panics".to_owned())), "a type of the program's");
        config
    }
}

impl Config {
    fn value(&self, name: &str) -> Option<&str> {
        self.0[Self::table().bindings.iter().position(|binding| binding.name == name).unwrap()].as_deref()
    }
}

fn secret(name: &str) -> Binding {
    let name: &'static str = name.to_owned().leak();
    Binding {
        name,
        field: name,
        kind: Kind::Secret,
        ty: Type::Scalar(Scalar::String),
        required: Required::Always,
        shape: Shape::ANY,
        convert: plain::<String>,
    }
}

fn optional(name: &str) -> Binding {
    Binding { required: Required::Never, ..secret(name) }
}

fn number(name: &str) -> Binding {
    Binding { ty: Type::Scalar(Scalar::U64), ..secret(name) }
}

/// A store whose every answer is known.
#[derive(Default)]
struct World {
    stored: Mutex<BTreeMap<String, (String, i64, i128)>>,
    /// Every answer is this one.
    fault: Mutex<Option<Fault>>,
    /// What was asked for, and whether decrypted.
    asked: Mutex<Vec<(Vec<String>, bool)>>,
    held: Mutex<Option<Arc<Semaphore>>>,
    /// The same, on the way back: what is stored meanwhile is not in the answer.
    late: Mutex<Option<Arc<Semaphore>>>,
    clock: AtomicU32,
}

impl World {
    fn put(&self, path: &str, value: &str) {
        let now = i128::from(self.clock.fetch_add(1, Ordering::Relaxed));
        let mut stored = self.stored.lock().unwrap();
        let version = stored.get(path).map_or(0, |(_, version, _)| *version) + 1;
        // As SSM says of Secrets Manager: no version, and here a time that does not move either.
        let is_managed = path.contains("secretsmanager");
        let edition = if is_managed { (value.to_owned(), 0, 0) } else { (value.to_owned(), version, now) };
        stored.insert(path.to_owned(), edition);
    }

    fn set(&self, name: &str, value: &str) {
        self.put(&stage(name), value);
    }

    fn delete(&self, path: &str) {
        self.stored.lock().unwrap().remove(path);
    }

    fn fail(&self, fault: impl Into<Option<Fault>>) {
        *self.fault.lock().unwrap() = fault.into();
    }

    /// Lets no answer through until it is opened.
    fn hold(&self) -> Arc<Semaphore> {
        let gate = Arc::new(Semaphore::new(0));
        *self.held.lock().unwrap() = Some(Arc::clone(&gate));
        gate
    }

    /// What was asked since this was last called.
    fn asked(&self) -> Vec<(Vec<String>, bool)> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

impl Source for World {
    fn endpoint(&self) -> &'static str {
        "a script"
    }

    async fn parameters(&self, names: &[String], decrypted: bool) -> Result<Vec<Option<Stored>>, Fault> {
        self.asked.lock().unwrap().push((names.to_vec(), decrypted));
        let held = self.held.lock().unwrap().clone();
        if let Some(gate) = held {
            drop(gate.acquire().await);
        }
        if let Some(fault) = self.fault.lock().unwrap().clone() {
            return Err(fault);
        }
        let answer = {
            let all = self.stored.lock().unwrap();
            let stored = |name: &String| {
                let (value, version, modified) = all.get(name)?;
                let value = if decrypted { value.clone() } else { "AQICAH".to_owned() };
                Some(Stored { value, version: *version, modified: Some(*modified) })
            };
            names.iter().map(stored).collect()
        };
        let late = self.late.lock().unwrap().clone();
        if let Some(gate) = late {
            drop(gate.acquire().await);
        }
        Ok(answer)
    }
}

impl Store for Arc<World> {
    async fn values(&self, _: &Environment, lookups: &[&Lookup]) -> Answers {
        Ok(Fetch::new(&**self, &Pace::new(Duration::from_secs(20))).all(lookups).await)
    }

    async fn editions(&self, _: &Environment, names: BTreeSet<&String>) -> Answers {
        Ok(Fetch::new(&**self, &Pace::new(Duration::from_secs(20))).editions(names).await)
    }
}

fn stage(name: &str) -> String {
    format!("/sst/orders/dev/Secret/{name}/value")
}

fn fallback(name: &str) -> String {
    format!("/sst/orders/.fallback/Secret/{name}/value")
}

/// A store in which all of them are set to the canary.
fn world(mut bindings: Vec<Binding>) -> Arc<World> {
    bindings.sort_by_key(|binding| binding.name);
    let world = World::default();
    for binding in &bindings {
        world.set(binding.name, if binding.ty == Type::Scalar(Scalar::U64) { "1" } else { CANARY });
    }
    let table = Table {
        app: "orders",
        function: Some("api"),
        ssm_prefix: None,
        fingerprint: None,
        strict: false,
        without_fallback: &[],
        bindings: bindings.leak(),
    };
    TABLE.set(Some(Box::leak(Box::new(table))));
    Arc::new(world)
}

fn environment() -> Environment {
    let mut environment: Environment = [("SST_APP", "orders"), ("SST_STAGE", "dev")].into_iter().collect();
    let variable = |binding: &Binding| (format!("SST_Secret_value_{}", binding.name), "__FETCH_FROM_SSM__".to_owned());
    environment.extend(Config::table().bindings.iter().map(variable));
    environment
}

async fn watch_with(world: &Arc<World>, builder: WatchedBuilder<Config>) -> Watched<Config> {
    let watched = builder.begin(Arc::clone(world), environment()).await.unwrap();
    world.asked();
    watched
}

async fn watch(world: &Arc<World>) -> Watched<Config> {
    watch_with(world, Watched::builder()).await
}

fn kinds(error: &LoadError) -> Vec<(Option<&'static str>, ProblemKind)> {
    error.problems().iter().map(|problem| (problem.name(), problem.kind().clone())).collect()
}

fn names(change: &Change<Config>) -> Vec<&'static str> {
    change.fields.iter().map(|field| field.name).collect()
}

#[tokio::test(start_paused = true)]
async fn unchanged_values_cost_a_request_for_ten_names_and_none_is_decrypted() {
    let world = world((0..200).map(|at| secret(&format!("S{at:03}"))).collect());
    let watched = watch(&world).await;
    let before = watched.current();

    let after = watched.refresh().await.unwrap();

    let asked = world.asked();
    assert_eq!(asked.len(), 20);
    assert!(asked.iter().all(|(names, decrypted)| names.len() == 10 && !decrypted), "{asked:?}");
    assert!(Arc::ptr_eq(&before, &after));
}

#[tokio::test(start_paused = true)]
async fn only_the_fallbacks_that_counted_are_asked_for_again() {
    let world = world(vec![secret("A"), secret("FELL_BACK"), optional("NOWHERE")]);
    world.delete(&stage("FELL_BACK"));
    world.put(&fallback("FELL_BACK"), CANARY);
    world.delete(&stage("NOWHERE"));
    let watched = watch(&world).await;

    watched.refresh().await.unwrap();

    let mut expected =
        vec![stage("A"), stage("FELL_BACK"), fallback("FELL_BACK"), stage("NOWHERE"), fallback("NOWHERE")];
    expected.sort();
    assert_eq!(world.asked(), [(expected, false)]);
}

#[tokio::test(start_paused = true)]
async fn the_store_is_asked_after_three_quarters_to_five_quarters_of_the_time() {
    let world = world(vec![secret("A")]);
    let _watched = watch(&world).await;

    sleep(EVERY.mul_f64(0.74)).await;
    assert_eq!(world.asked().len(), 0);
    sleep(EVERY.mul_f64(0.52)).await;
    assert_eq!(world.asked().len(), 1);
    sleep(EVERY * 100).await;

    let count = world.asked().len();
    assert!((85..115).contains(&count), "{count}");
}

#[tokio::test(start_paused = true)]
async fn a_value_that_changed_is_loaded_with_all_others_and_handed_out_in_one_piece() {
    let world = world(vec![secret("A"), secret("B")]);
    let watched = watch(&world).await;
    let (before, mut changes) = (watched.current(), watched.changes());
    world.set("B", "new");

    let after = watched.refresh().await.unwrap();

    assert_eq!(
        (before.value("B"), after.value("B"), watched.read().value("B")),
        (Some(CANARY), Some("new"), Some("new"))
    );
    assert!(!Arc::ptr_eq(&before, &after));
    let change = changes.next().await.unwrap();
    assert_eq!(names(&change), ["B"]);
    assert!(Arc::ptr_eq(&change.config, &after));
    let field = change.field("B").unwrap();
    assert_eq!((field.before.version(), field.after.version()), (Some(1), Some(2)));
    assert!(change.field("A").is_none());
}

#[tokio::test(start_paused = true)]
async fn a_value_that_was_deleted_and_set_anew_has_changed_although_its_version_has_not() {
    let world = world(vec![secret("A"), secret("B")]);
    let watched = watch(&world).await;
    let mut changes = watched.changes();
    world.delete(&stage("A"));
    world.set("A", "new");

    let after = watched.refresh().await.unwrap();

    assert_eq!(after.value("A"), Some("new"));
    let change = changes.next().await.unwrap();
    assert_eq!(names(&change), ["A"]);
    let field = &change.fields[0];
    assert_eq!((field.before.version(), &field.before), (Some(1), &field.after));
}

#[tokio::test(start_paused = true)]
async fn a_value_that_the_stage_gets_of_its_own_takes_the_place_of_the_fallback() {
    let world = world(vec![secret("A")]);
    world.delete(&stage("A"));
    world.put(&fallback("A"), "of all stages");
    let watched = watch(&world).await;
    let mut changes = watched.changes();
    world.set("A", "own");

    let after = watched.refresh().await.unwrap();

    assert_eq!(after.value("A"), Some("own"));
    let field = &changes.next().await.unwrap().fields[0];
    assert_eq!((field.before.as_str(), field.after.as_str()), ("fallback", "stage"));

    world.delete(&stage("A"));
    assert_eq!(watched.refresh().await.unwrap().value("A"), Some("of all stages"));
}

#[tokio::test(start_paused = true)]
async fn an_optional_value_comes_and_goes() {
    let world = world(vec![secret("A"), optional("MAYBE")]);
    world.delete(&stage("MAYBE"));
    let watched = watch(&world).await;
    let mut changes = watched.changes();
    assert_eq!(watched.current().value("MAYBE"), None);

    world.put(&fallback("MAYBE"), "came");
    assert_eq!(watched.refresh().await.unwrap().value("MAYBE"), Some("came"));
    assert_eq!(changes.next().await.unwrap().fields[0].before.as_str(), "not_set");

    world.delete(&fallback("MAYBE"));
    assert_eq!(watched.refresh().await.unwrap().value("MAYBE"), None);
    assert_eq!(changes.next().await.unwrap().fields[0].after.as_str(), "not_set");
}

#[tokio::test(start_paused = true)]
async fn what_is_in_secrets_manager_is_asked_for_apart_and_compared_by_its_value() {
    const MANAGED: &str = "/aws/reference/secretsmanager/db";
    let world = world(vec![secret("A"), secret("MANAGED")]);
    world.put(MANAGED, CANARY);
    let mut environment = environment();
    environment.extend([("SST_Secret_value_MANAGED", format!("__FETCH_FROM_SSM__:{MANAGED}"))]);
    let watched: Watched<Config> = Watched::builder().begin(Arc::clone(&world), environment).await.unwrap();
    let mut changes = watched.changes();
    world.asked();

    watched.refresh().await.unwrap();
    assert_eq!(world.asked(), [(vec![stage("A")], false), (vec![MANAGED.to_owned()], true)]);
    assert!(changes.next().now_or_never().is_none());

    world.put(MANAGED, "rotated");
    assert_eq!(watched.refresh().await.unwrap().value("MANAGED"), Some("rotated"));
    assert_eq!(names(&changes.next().await.unwrap()), ["MANAGED"]);
}

fn faults() -> Vec<(Fault, ProblemKind)> {
    let endpoint = || "a script".to_owned();
    let refused = ProblemKind::Credentials(CredentialsProblem::Refused { code: "ExpiredTokenException".to_owned() });
    let transient = [
        ProblemKind::Throttled,
        ProblemKind::TimedOut { endpoint: endpoint() },
        ProblemKind::Unreachable { endpoint: endpoint() },
        ProblemKind::Unavailable { code: "InternalServerError".to_owned() },
        ProblemKind::Garbled,
    ];
    let mut faults: Vec<_> = transient.map(|kind| (Fault::Transient(kind.clone()), kind)).into();
    faults.push((Fault::Permanent(refused.clone()), refused));
    faults.push((Fault::Skewed, ProblemKind::ClockSkew));
    faults.push((
        Fault::Denied { action: "ssm:GetParameters", resource: None },
        ProblemKind::Denied { action: "ssm:GetParameters", resource: stage("A") },
    ));
    faults
}

#[tokio::test(start_paused = true)]
async fn whatever_the_store_does_the_last_good_configuration_stays_and_is_refreshed_again() {
    for (fault, kind) in faults() {
        let world = world(vec![secret("A")]);
        let watched = watch(&world).await;
        let before = watched.current();
        world.set("A", "new");
        world.fail(fault);

        let error = watched.refresh().await.unwrap_err();

        assert_eq!(kinds(&error), [(Some("A"), kind.clone())]);
        assert_eq!(error.problems()[0].paths(), [stage("A")]);
        assert!(Arc::ptr_eq(&before, &watched.current()), "{kind:?}");
        assert_eq!(kinds(&watched.health().failing.unwrap().error), [(Some("A"), kind.clone())]);

        world.fail(None);
        sleep(Duration::from_secs(61)).await;
        assert_eq!(watched.current().value("A"), Some("new"), "{kind:?}");
        assert!(!watched.health().is_failing(), "{kind:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_value_that_does_not_fit_or_is_gone_changes_nothing() {
    let world = world(vec![secret("A"), number("NUMBER")]);
    let watched = watch(&world).await;
    let before = watched.current();

    world.set("A", "new");
    world.set("NUMBER", CANARY);
    let error = watched.refresh().await.unwrap_err();
    assert!(matches!(kinds(&error)[..], [(Some("NUMBER"), ProblemKind::WrongType { .. })]), "{error}");
    assert!(!format!("{error} {}", watched.health()).contains(CANARY));

    world.set("NUMBER", "2");
    world.delete(&stage("A"));
    let error = watched.refresh().await.unwrap_err();
    assert_eq!(kinds(&error), [(Some("A"), ProblemKind::NotFound)]);
    assert!(Arc::ptr_eq(&before, &watched.current()));

    world.set("A", "newest");
    let after = watched.refresh().await.unwrap();
    assert_eq!((after.value("A"), after.value("NUMBER")), (Some("newest"), Some("2")));
}

#[tokio::test(start_paused = true)]
async fn a_type_that_panics_over_its_text_does_not_end_the_refreshes() {
    let world = world(vec![secret("A")]);
    let watched = watch(&world).await;
    world.set("A", "panics");

    let error = watched.refresh().await.unwrap_err();

    assert_eq!(error.problems()[0].kind().as_str(), "panicked");
    assert_eq!(watched.current().value("A"), Some(CANARY));
    world.set("A", "fits");
    assert_eq!(watched.refresh().await.unwrap().value("A"), Some("fits"));
}

#[tokio::test(start_paused = true)]
async fn the_health_is_one_line_that_says_since_when_and_why() {
    let world = world(vec![secret("A"), secret("B")]);
    let watched = watch_with(&world, Watched::builder().max_age(Duration::from_mins(10))).await;
    assert_eq!(watched.health().to_string(), "fresh: confirmed 0 s ago");
    sleep(Duration::from_secs(100)).await;
    assert_eq!(watched.health().to_string(), "fresh: confirmed 100 s ago");

    world.fail(Fault::Permanent(ProblemKind::NotTheStore { status: 403 }));
    watched.refresh().await.unwrap_err();
    watched.refresh().await.unwrap_err();
    sleep(Duration::from_secs(20)).await;
    assert_eq!(
        watched.health().to_string(),
        "failing: confirmed 120 s ago; failing for 20 s, 2 in a row: A: what answered is not the store: HTTP 403 (and 1 more)"
    );
    assert!(watched.health().is_failing() && !watched.health().is_too_old());

    sleep(Duration::from_mins(10)).await;
    let health = watched.health();
    assert!(health.is_too_old());
    let text = health.to_string();
    assert!(text.starts_with("too old: confirmed 720 s ago, at most 600 s are allowed; failing for 620 s, "), "{text}");
}

#[tokio::test(start_paused = true)]
async fn who_wants_no_values_that_are_too_old_is_told() {
    let world = world(vec![secret("A")]);
    let watched = watch_with(&world, Watched::builder().max_age(Duration::from_mins(10))).await;
    world.fail(Fault::Permanent(ProblemKind::NotTheStore { status: 403 }));

    sleep(Duration::from_mins(10)).await;
    assert_eq!(watched.within_age().unwrap().value("A"), Some(CANARY));
    sleep(Duration::from_secs(1)).await;
    let error = watched.within_age().unwrap_err();

    assert_eq!(error.to_string(), "the configuration was last confirmed 601 s ago, and at most 600 s are allowed");
    assert_eq!(watched.current().value("A"), Some(CANARY));
    world.fail(None);
    watched.refresh().await.unwrap();
    assert!(watched.within_age().is_ok());
    // Without an end they never are.
    let watched = watch(&world).await;
    sleep(EVERY * 100).await;
    assert!(watched.within_age().is_ok());
}

#[tokio::test(start_paused = true)]
async fn the_age_counts_from_when_the_store_was_asked() {
    let world = world(vec![secret("A")]);
    let watched = watch(&world).await;
    let gate = world.hold();
    let refresh = tokio::spawn({
        let watched = watched.clone();
        async move { watched.refresh().await.map(drop) }
    });

    sleep(Duration::from_secs(2)).await;
    gate.close();
    refresh.await.unwrap().unwrap();

    assert_eq!(watched.health().age, Duration::from_secs(2));
}

#[tokio::test(start_paused = true)]
async fn all_who_ask_at_once_share_one_refresh() {
    let world = world(vec![secret("A")]);
    let watched = watch(&world).await;
    world.set("A", "new");

    let all = join_all((0..100).map(|_| watched.refresh())).await;

    assert!(all.into_iter().all(|config| config.unwrap().value("A") == Some("new")));
    // The editions, and the load.
    assert_eq!(world.asked().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn who_asks_while_a_refresh_is_under_way_gets_what_the_store_has_now() {
    let world = world(vec![secret("A")]);
    let watched = watch(&world).await;
    let gate = Arc::new(Semaphore::new(0));
    *world.late.lock().unwrap() = Some(Arc::clone(&gate));
    let mut before = Box::pin(watched.refresh());
    assert!(before.as_mut().now_or_never().is_none());
    tokio::task::yield_now().await;
    // The store has answered, and the answer is on its way.
    assert_eq!(world.asked().len(), 1);

    world.set("A", "new");
    let after = join_all((0..10).map(|_| watched.refresh()));
    gate.add_permits(1);
    *world.late.lock().unwrap() = None;

    assert!(after.await.into_iter().all(|config| config.unwrap().value("A") == Some("new")));
    before.await.unwrap();
    // One refresh for all of them, and its load.
    assert_eq!(world.asked().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn nobody_who_reads_waits_for_a_refresh() {
    let world = world(vec![secret("A")]);
    let watched = watch(&world).await;
    let gate = world.hold();
    let mut refresh = Box::pin(watched.refresh());
    assert!(refresh.as_mut().now_or_never().is_none());
    tokio::task::yield_now().await;
    assert_eq!(world.asked().len(), 1);

    assert_eq!(watched.current().value("A"), Some(CANARY));
    assert_eq!(watched.read().value("A"), Some(CANARY));
    assert_eq!(watched.within_age().unwrap().value("A"), Some(CANARY));
    assert!(!watched.health().is_failing());

    gate.close();
    refresh.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn who_gives_up_waiting_ends_no_refresh_of_others() {
    let world = world(vec![secret("A")]);
    let watched = watch(&world).await;
    let gate = world.hold();
    let mut first = Box::pin(watched.refresh());
    assert!(first.as_mut().now_or_never().is_none());
    let mut second = Box::pin(watched.refresh());
    assert!(second.as_mut().now_or_never().is_none());
    tokio::task::yield_now().await;

    drop(first);
    gate.close();

    second.await.unwrap();
    assert_eq!(world.asked().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_task_ends_with_the_last_handle_also_in_the_middle_of_a_refresh() {
    for is_refreshing in [false, true] {
        let world = world(vec![secret("A")]);
        let watched = watch(&world).await;
        let (other, _gate) = (watched.clone(), world.hold());
        if is_refreshing {
            assert!(watched.refresh().now_or_never().is_none());
        }
        drop(watched);
        tokio::task::yield_now().await;
        assert_eq!(Arc::strong_count(&world), 2);

        drop(other);
        tokio::task::yield_now().await;
        assert_eq!(Arc::strong_count(&world), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn who_follows_the_changes_keeps_the_task() {
    let world = world(vec![secret("A")]);
    let watched = watch(&world).await;
    let mut changes = watched.changes();
    drop(watched);
    world.set("A", "new");

    assert_eq!(changes.next().await.unwrap().config.value("A"), Some("new"));
    drop(changes);
    tokio::task::yield_now().await;
    assert_eq!(Arc::strong_count(&world), 1);
}

#[test]
fn where_the_runtime_has_gone_a_refresh_says_so_and_the_changes_end() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let world = world(vec![secret("A")]);
    let gone = runtime();
    let watched = gone.block_on(watch(&world));
    let mut changes = watched.changes();
    drop(gone);

    runtime().block_on(async {
        assert_eq!(kinds(&watched.refresh().await.unwrap_err()), [(None, ProblemKind::RuntimeGone)]);
        assert!(changes.next().await.is_none() && changes.next().await.is_none());
        let health = watched.health();
        assert!(!health.is_running && health.is_failing(), "{health}");
        assert!(health.to_string().starts_with("stopped: confirmed "), "{health}");
        let outcome = watched.retry_with_refresh(async |_| Err::<(), _>("refused")).await;
        assert_eq!(outcome, Err("refused"));
    });
    assert_eq!(watched.current().value("A"), Some(CANARY));
}

#[tokio::test(start_paused = true)]
async fn a_slow_reader_misses_no_field_and_gets_one_change() {
    let world = world(vec![secret("A"), secret("B"), secret("C")]);
    let watched = watch(&world).await;
    let mut changes = watched.changes();
    for name in ["A", "B", "A"] {
        world.set(name, "new");
        watched.refresh().await.unwrap();
    }

    let change = changes.next().await.unwrap();

    assert_eq!(names(&change), ["A", "B"]);
    assert_eq!(change.field("A").unwrap().after.version(), Some(3));
    assert!(Arc::ptr_eq(&change.config, &watched.current()));
    assert!(changes.next().now_or_never().is_none());
    // Who comes later sees what changes later.
    assert!(watched.changes().next().now_or_never().is_none());
}

#[tokio::test(start_paused = true)]
async fn an_old_configuration_goes_with_its_last_reader() {
    let world = world(vec![secret("A")]);
    let watched = watch(&world).await;
    let (_changes, old) = (watched.changes(), Arc::downgrade(&watched.current()));
    assert!(old.upgrade().is_some());

    world.set("A", "new");
    watched.refresh().await.unwrap();

    assert!(old.upgrade().is_none());
}

/// A database that takes one password, and counts who came.
fn log_in(config: &Config, password: &str, calls: &AtomicU32) -> Result<(), &'static str> {
    calls.fetch_add(1, Ordering::Relaxed);
    if config.value("A") == Some(password) { Ok(()) } else { Err("refused") }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_fails_over_a_rotated_credential_is_made_once_more_with_the_new_one() {
    let world = world(vec![secret("A")]);
    let watched = watch(&world).await;
    world.set("A", "rotated");
    let calls = AtomicU32::new(0);

    let outcome = watched.retry_with_refresh(async |config| log_in(&config, "rotated", &calls)).await;

    assert_eq!((outcome, calls.into_inner()), (Ok(()), 2));
}

#[tokio::test(start_paused = true)]
async fn a_call_that_fails_over_something_else_is_not_repeated() {
    let world = world(vec![secret("A")]);
    let watched = watch(&world).await;
    let calls = AtomicU32::new(0);

    let outcome = watched.retry_with_refresh(async |config| log_in(&config, "another", &calls)).await;

    assert_eq!((outcome, calls.into_inner()), (Err("refused"), 1));
    assert_eq!(world.asked().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_refresh_that_fails_leaves_the_callers_own_error() {
    let world = world(vec![secret("A")]);
    let watched = watch(&world).await;
    world.set("A", "rotated");
    world.fail(Fault::Permanent(ProblemKind::NotTheStore { status: 403 }));
    let calls = AtomicU32::new(0);

    let outcome = watched.retry_with_refresh(async |config| log_in(&config, "rotated", &calls)).await;

    assert_eq!((outcome, calls.into_inner()), (Err("refused"), 1));
    assert_eq!(watched.health().failing.unwrap().failures, 1);
}

#[tokio::test(start_paused = true)]
async fn the_second_error_is_the_answer_where_there_are_two() {
    let world = world(vec![secret("A")]);
    let watched = watch(&world).await;
    world.set("A", "rotated");
    let mut calls = 0;

    let outcome = watched
        .retry_with_refresh(async |_| {
            calls += 1;
            Err::<(), _>(calls)
        })
        .await;

    assert_eq!(outcome, Err(2));
}

#[tokio::test(start_paused = true)]
async fn where_a_newer_configuration_came_meanwhile_the_store_is_not_asked() {
    let world = world(vec![secret("A")]);
    let watched = watch(&world).await;
    let calls = AtomicU32::new(0);

    let outcome = watched
        .retry_with_refresh(async |config| {
            if calls.load(Ordering::Relaxed) == 0 {
                world.set("A", "rotated");
                watched.refresh().await.unwrap();
                world.asked();
            }
            log_in(&config, "rotated", &calls)
        })
        .await;

    assert_eq!((outcome, calls.into_inner()), (Ok(()), 2));
    assert!(world.asked().is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_error_that_no_credential_mends_asks_for_nothing() {
    let world = world(vec![secret("A")]);
    let watched = watch(&world).await;
    world.set("A", "rotated");
    let calls = AtomicU32::new(0);
    let call = async |config: Arc<Loaded<Config>>| log_in(&config, "rotated", &calls);

    assert_eq!(watched.retry_with_refresh_if(|error| *error == "full", call).await, Err("refused"));
    assert!(world.asked().is_empty());
    assert_eq!(watched.retry_with_refresh_if(|error| *error == "refused", call).await, Ok(()));
    assert_eq!(calls.into_inner(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_broken_database_is_no_storm_of_requests() {
    let world = world(vec![secret("A")]);
    let watched = watch(&world).await;
    let broken = || watched.retry_with_refresh(async |_| Err::<(), _>("down"));

    join_all((0..100).map(|_| broken())).await;
    assert_eq!(world.asked().len(), 1);
    sleep(Duration::from_millis(4_900)).await;
    join_all((0..100).map(|_| broken())).await;
    assert_eq!(world.asked().len(), 0);
    sleep(Duration::from_millis(200)).await;
    join_all((0..100).map(|_| broken())).await;
    assert_eq!(world.asked().len(), 1);

    // Whoever asks without such a reason is asked for.
    watched.refresh().await.unwrap();
    assert_eq!(world.asked().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn failures_are_asked_again_sooner_than_usual_and_not_at_once() {
    let world = world(vec![secret("A")]);
    let watched = watch_with(&world, Watched::builder().every(Duration::from_hours(1))).await;
    world.fail(Fault::Permanent(ProblemKind::NotTheStore { status: 403 }));
    watched.refresh().await.unwrap_err();
    world.asked();

    sleep(Duration::from_secs(29)).await;
    assert_eq!(world.asked().len(), 0);
    sleep(Duration::from_secs(32)).await;
    assert_eq!(world.asked().len(), 1);
    sleep(Duration::from_hours(1)).await;

    // Doubling: half a minute to at most 2, 4, 8, 16, 32 and 60 minutes.
    let count = world.asked().len();
    assert!((2..30).contains(&count), "{count}");
}

#[tokio::test(start_paused = true)]
async fn a_time_that_no_clock_has_is_a_year() {
    let world = world(vec![secret("A")]);
    let _watched = watch_with(&world, Watched::builder().every(Duration::MAX).max_age(Duration::MAX)).await;

    sleep(LONGEST.mul_f64(0.74)).await;
    assert_eq!(world.asked().len(), 0);
    sleep(LONGEST.mul_f64(0.52)).await;
    assert_eq!(world.asked().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_configuration_without_anything_to_fetch_asks_nobody() {
    let world = world(vec![secret("A")]);
    let mut environment = environment();
    environment.extend([("SST_Secret_value_A", "here")]);
    let watched: Watched<Config> = Watched::builder().begin(Arc::clone(&world), environment).await.unwrap();

    assert_eq!(watched.refresh().await.unwrap().value("A"), Some("here"));
    assert!(world.asked().is_empty());
}

#[tokio::test(start_paused = true)]
async fn nothing_that_can_be_printed_shows_a_value() {
    let world = world(vec![secret("A")]);
    let watched = watch(&world).await;
    let mut changes = watched.changes();
    world.set("A", &format!("{CANARY} again"));
    watched.refresh().await.unwrap();
    let change = changes.next().await.unwrap();
    world.fail(Fault::Permanent(ProblemKind::NotTheStore { status: 403 }));
    watched.refresh().await.unwrap_err();

    let builder = Watched::<Config>::builder();
    let (health, read, current) = (watched.health(), watched.read(), watched.current());
    for text in [
        format!("{watched:?}"),
        format!("{builder:?} {changes:?} {change:?}"),
        format!("{health:?} {health}"),
        format!("{read:?} {current:?}"),
    ] {
        assert!(!text.contains(CANARY), "{text}");
    }
    assert!(format!("{change:?}").contains(&stage("A")));
}

#[test]
fn handles_and_what_they_do_go_from_thread_to_thread() {
    fn is_send<S: Send>(_: &S) {}
    fn is_shared<S: Send + Sync>() {}
    async fn query(config: &Config) -> Result<usize, String> {
        tokio::task::yield_now().await;
        Ok(config.0.len())
    }
    is_shared::<Watched<Config>>();
    is_shared::<Reading<Config>>();

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let world = world(vec![secret("A")]);
    let watched = runtime.block_on(watch(&world));
    is_send(&watched.refresh());
    is_send(&watched.changes());
    let called = {
        let watched = watched.clone();
        runtime.spawn(async move {
            let prefix = String::from("a captured text");
            watched.retry_with_refresh_if(|_| prefix.is_empty(), async |config| query(&config).await).await
        })
    };
    assert_eq!(runtime.block_on(called).unwrap(), Ok(1));
}
