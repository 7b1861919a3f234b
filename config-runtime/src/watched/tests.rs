//! Refreshes against a store that is a script, on tokio's paused clock.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use bind_config_manifest::value::{Scalar, Type};
use futures_util::FutureExt as _;
use futures_util::future::join_all;
use tokio::sync::Semaphore;
use tokio::time::sleep;

use super::edition::Editions;
use super::keeper::{EVERY, LONGEST};
use super::*;
use crate::generated::{Binding, Bindings, FetchesSecrets, Required, Table, Values};
use crate::load::{Answers, Store};
use crate::plan::{Lookup, Stored};
use crate::problem::{CredentialsProblem, Problem, ProblemKind};
use crate::store::{Deadline, Fault, Fetch, Source, first_wave, wave_of_editions};
use world::{
    CANARY, Config, environment, fallback, kinds, names, number, optional, secret, stage, watch, watch_at, watch_with,
    world,
};

mod behind;
mod callers;
mod editions;
mod health;
mod retry;
mod world;

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
async fn the_store_is_asked_once_a_second_at_most() {
    let world = world(vec![secret("A")]);
    let watched = watch_with(&world, Watched::builder().every(Duration::ZERO).max_age(Duration::ZERO)).await;

    sleep(Duration::from_secs(100)).await;

    let count = world.asked().len();
    assert!((80..=134).contains(&count), "{count}");
    assert_eq!(watched.health().max_age, Some(Duration::from_secs(2)));
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
async fn a_refresh_has_one_deadline_for_all_that_it_asks() {
    let world = world(vec![secret("A")]);
    let watched = watch(&world).await;
    world.set("A", "new");
    world.silent.store(true, Ordering::Relaxed);
    world.fail(Fault::Transient(ProblemKind::Unavailable { code: "HTTP 503".to_owned() }));
    let begun = Instant::now();

    let outage = async {
        sleep(Duration::from_secs(15)).await;
        world.fail(None);
    };
    let (refreshed, ()) = tokio::join!(watched.refresh(), outage);

    let timed_out = ProblemKind::TimedOut { endpoint: "a script".to_owned() };
    assert_eq!(kinds(&refreshed.unwrap_err()), [(Some("A"), timed_out)]);
    let took = begun.elapsed().as_secs_f64();
    assert!((19.9..20.1).contains(&took), "{took}");
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
    async fn query(config: &Config, prefix: &str) -> Result<usize, String> {
        tokio::task::yield_now().await;
        Ok(config.0.len() + prefix.len())
    }
    is_shared::<Watched<Config>>();
    is_shared::<Guard<Config>>();
    is_shared::<Changes<Config>>();

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let world = world(vec![secret("A")]);
    let watched = runtime.block_on(watch(&world));
    is_send(&watched.refresh());
    is_send(&watched.changes());
    let called = {
        let watched = watched.clone();
        runtime.spawn(async move {
            let prefix = String::from("a captured text");
            watched.retry_with_refresh_if(async |config| query(&config, &prefix).await, |_| prefix.is_empty()).await
        })
    };
    assert_eq!(runtime.block_on(called).unwrap(), Ok(16));
}
