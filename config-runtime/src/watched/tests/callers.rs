//! Who asks, who waits, who follows, and who has gone.

use super::*;

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
    let mut after = Box::pin(join_all((0..10).map(|_| watched.refresh())));
    assert!(after.as_mut().now_or_never().is_none());
    tokio::task::yield_now().await;
    gate.add_permits(1);
    *world.late.lock().unwrap() = None;

    assert!(after.await.into_iter().all(|config| config.unwrap().value("A") == Some("new")));
    before.await.unwrap();
    // One refresh for all of them, and its load.
    assert_eq!(world.asked().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_refresh_that_was_asked_for_is_made_although_its_caller_has_gone() {
    let world = world(vec![secret("A")]);
    let watched = watch(&world).await;
    let gate = world.hold();
    let mut first = Box::pin(watched.refresh());
    assert!(first.as_mut().now_or_never().is_none());
    tokio::task::yield_now().await;
    assert_eq!(world.asked().len(), 1);

    assert!(watched.refresh().now_or_never().is_none());
    tokio::task::yield_now().await;
    gate.close();
    first.await.unwrap();
    sleep(Duration::from_secs(1)).await;

    assert_eq!(world.asked().len(), 1);
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
    assert!(watched.health().failing.is_none());

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
async fn who_follows_the_changes_keeps_no_task_and_is_told_of_its_end() {
    let world = world(vec![secret("A")]);
    let watched = watch(&world).await;
    let mut changes = watched.changes();
    world.set("A", "new");
    watched.refresh().await.unwrap();
    drop(watched);

    assert_eq!(changes.next().await.unwrap().config.value("A"), Some("new"));
    assert!(changes.next().await.is_none());
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
        assert!(!health.is_running && health.state() == HealthState::Stopped, "{health}");
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
    assert_eq!(change.fields[0].after.version(), Some(3));
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

/// No runtime: a test of a handler need not have one.
#[test]
fn a_configuration_of_the_programs_own_is_always_fresh_and_never_changes() {
    let _world = world(vec![secret("A")]);
    let watched = Watched::fixed(Config(vec![Some("of the test".to_owned())]));

    assert_eq!(watched.current().value("A"), Some("of the test"));
    assert_eq!(watched.read().sources().fields()[0].origin.as_str(), "program");
    assert_eq!(watched.within_age().unwrap().value("A"), Some("of the test"));
    let health = watched.health();
    assert_eq!((health.to_string().as_str(), health.state()), ("fresh: confirmed 0 s ago", HealthState::Fresh));

    let refreshed = watched.refresh().now_or_never().expect("there is nothing to wait for").unwrap();
    assert!(Arc::ptr_eq(&refreshed, &watched.current()));
    let mut calls = 0;
    let called = watched.retry_with_refresh(|_| {
        calls += 1;
        std::future::ready(Err::<(), _>("refused"))
    });
    assert_eq!((called.now_or_never(), calls), (Some(Err("refused")), 1));
    let mut changes = watched.changes();
    assert!(changes.next().now_or_never().is_none(), "it waits, and does not end");
    drop(watched);
    assert!(matches!(changes.next().now_or_never(), Some(None)));
}

#[test]
fn a_configuration_of_the_programs_own_can_be_of_any_age() {
    let _world = world(vec![secret("A")]);
    let builder = Watched::builder().max_age(Duration::from_mins(10));
    let of_age = |minutes| builder.clone().fixed_at_age(Config(vec![None]), Duration::from_mins(minutes));

    assert!(of_age(10).within_age().is_ok());
    let too_old = of_age(11);
    assert_eq!(too_old.health().state(), HealthState::TooOld);
    assert_eq!(
        too_old.within_age().unwrap_err().to_string(),
        "the configuration was last confirmed 660 s ago, and at most 600 s are allowed"
    );
}
