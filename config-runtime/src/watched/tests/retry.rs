//! A call that fails over a credential that was rotated.

use std::future::ready;

use super::*;

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
        .retry_with_refresh(|_| {
            calls += 1;
            ready(Err::<(), _>(calls))
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

    assert_eq!(watched.retry_with_refresh_if(call, |error| *error == "full").await, Err("refused"));
    assert!(world.asked().is_empty());
    assert_eq!(watched.retry_with_refresh_if(call, |error| *error == "refused").await, Ok(()));
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
async fn a_call_waits_no_longer_than_three_seconds_and_the_refresh_goes_on() {
    let world = world(vec![secret("A")]);
    let watched = watch(&world).await;
    world.set("A", "rotated");
    let (gate, calls, begun) = (world.hold(), AtomicU32::new(0), tokio::time::Instant::now());

    let outcome = watched.retry_with_refresh(async |config| log_in(&config, "rotated", &calls)).await;

    assert_eq!((outcome, calls.load(Ordering::Relaxed)), (Err("refused"), 1));
    assert_eq!(begun.elapsed(), Duration::from_secs(3));
    gate.close();
    watched.changes().next().await.unwrap();
    assert_eq!(watched.retry_with_refresh(async |config| log_in(&config, "rotated", &calls)).await, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn who_asks_beside_an_error_is_asked_for() {
    let world = world(vec![secret("A")]);
    let watched = watch(&world).await;
    let _ = watched.retry_with_refresh(async |_| Err::<(), _>("down")).await;
    world.set("A", "new");
    world.asked();

    let (_, asked) = tokio::join!(watched.retry_with_refresh(async |_| Err::<(), _>("down")), watched.refresh());

    assert_eq!(asked.unwrap().value("A"), Some("new"));
}

#[tokio::test(start_paused = true)]
async fn who_gave_up_behind_a_refresh_that_failed_begins_no_other() {
    let world = world(vec![secret("A")]);
    let watched = watch(&world).await;
    let _never = world.hold();

    // The second waits for the next refresh, and has gone when the first one's deadline comes.
    let call = || watched.retry_with_refresh(async |_| Err::<(), _>("down"));
    let later = async {
        sleep(Duration::from_secs(1)).await;
        call().await
    };
    let _ = tokio::join!(call(), later);
    sleep(Duration::from_secs(21)).await;
    assert!(watched.health().failing.is_some());
    world.asked();

    sleep(Duration::from_secs(20)).await;
    assert_eq!(world.asked().len(), 0);
}
