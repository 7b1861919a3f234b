//! Readers of the store of which one is behind another: what is not believed, and for how long.

use super::*;

const LABELLED: &str = "/shared/key:live";

#[tokio::test(start_paused = true)]
async fn what_was_there_before_is_neither_handed_out_again_nor_a_confirmation() {
    let world = world(vec![secret("A"), secret("B")]);
    world.edition(&stage("A"), "new", 5, 50);
    let watched = watch(&world).await;
    let (before, mut changes) = (watched.current(), watched.changes());
    sleep(Duration::from_mins(2)).await;

    // Of before a rotation; of the same second.
    for (version, time) in [(4, 40), (4, 50)] {
        world.edition(&stage("A"), "old", version, time);
        let error = watched.refresh().await.unwrap_err();
        assert_eq!(kinds(&error), [(None, ProblemKind::Behind)], "{version} {time}");
        assert!(Arc::ptr_eq(&before, &watched.current()) && watched.health().age > Duration::from_mins(2));
    }
    assert!(changes.next().now_or_never().is_none());

    world.edition(&stage("A"), "new", 5, 50);
    assert!(Arc::ptr_eq(&before, &watched.refresh().await.unwrap()));
    assert_eq!(watched.health().state(), HealthState::Fresh);
}

/// Of before it was deleted and set anew; or set since, by a clock that is behind.
#[tokio::test(start_paused = true)]
async fn a_higher_version_of_an_earlier_time_is_not_believed_for_a_minute() {
    let world = world(vec![secret("A"), secret("B")]);
    world.edition(&stage("A"), "in use", 5, 50);
    let watched = watch(&world).await;
    world.edition(&stage("A"), "which", 7, 40);

    assert_eq!(kinds(&watched.refresh().await.unwrap_err()), [(None, ProblemKind::Behind)]);
    sleep(Duration::from_mins(1)).await;
    assert_eq!(watched.refresh().await.unwrap().value("A"), Some("which"));

    // The minute is that of its own edition, not of another one that was seen.
    sleep(Duration::from_mins(1)).await;
    world.set("B", "new");
    watched.refresh().await.unwrap();
    world.edition(&stage("A"), "and now", 8, 30);
    assert_eq!(watched.refresh().await.unwrap().value("A"), Some("and now"));
}

#[tokio::test(start_paused = true)]
async fn what_one_refresh_has_seen_is_not_forgotten_by_the_next() {
    let world = world(vec![secret("A")]);
    world.edition(&stage("A"), "old", 1, 10);
    let watched = watch(&world).await;
    world.stand_still();
    world.edition(&stage("A"), "new", 2, 20);
    watched.refresh().await.unwrap_err();

    // Now the one who is behind says which editions there are.
    world.edition(&stage("A"), "old", 1, 10);
    assert_eq!(kinds(&watched.refresh().await.unwrap_err()), [(None, ProblemKind::Behind)]);

    world.edition(&stage("A"), "new", 2, 20);
    world.catch_up();
    assert_eq!(watched.refresh().await.unwrap().value("A"), Some("new"));
}

#[tokio::test(start_paused = true)]
async fn what_was_deleted_stays_so_for_who_has_not_heard_of_it_for_a_minute() {
    for has_fallback in [false, true] {
        let world = world(vec![optional("A")]);
        if has_fallback {
            world.put(&fallback("A"), "of all stages");
        }
        world.edition(&stage("A"), "revoked", 5, 50);
        let watched = watch(&world).await;
        sleep(Duration::from_mins(1)).await;
        world.delete(&stage("A"));
        let expected = has_fallback.then_some("of all stages");
        assert_eq!(watched.refresh().await.unwrap().value("A"), expected);

        // As it was, before that, and what was set and deleted meanwhile.
        for (version, time) in [(5, 50), (4, 40), (6, 55)] {
            world.edition(&stage("A"), "revoked", version, time);
            assert_eq!(kinds(&watched.refresh().await.unwrap_err()), [(None, ProblemKind::Behind)], "{version}");
        }
        world.edition(&stage("A"), "set anew", 1, 60);
        assert_eq!(watched.refresh().await.unwrap().value("A"), Some("set anew"));

        // Whatever is there a minute later is there.
        for (version, time) in [(1, 60), (1, 55), (9, 90)] {
            sleep(Duration::from_mins(1)).await;
            world.delete(&stage("A"));
            assert_eq!(watched.refresh().await.unwrap().value("A"), expected);
            sleep(Duration::from_mins(1)).await;
            world.edition(&stage("A"), "there", version, time);
            assert_eq!(watched.refresh().await.unwrap().value("A"), Some("there"));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_reader_of_the_store_that_is_behind_is_asked_again_and_confirms_nothing() {
    let world = world(vec![secret("A"), secret("B")]);
    let watched = watch(&world).await;
    let before = watched.current();
    world.stand_still();
    for name in ["A", "B"] {
        world.set(name, "new");
    }

    let error = watched.refresh().await.unwrap_err();
    assert_eq!(kinds(&error), [(None, ProblemKind::Behind)]);
    assert!(Arc::ptr_eq(&before, &watched.current()) && watched.health().failing.is_some());
    assert!(watched.health().age >= Duration::from_secs(2));

    // Of one name alone.
    world.tell_who_is_behind(&stage("B"));
    assert_eq!(kinds(&watched.refresh().await.unwrap_err()), [(None, ProblemKind::Behind)]);

    let caught_up = async {
        sleep(Duration::from_millis(1500)).await;
        world.catch_up();
    };
    let (after, ()) = tokio::join!(watched.refresh(), caught_up);
    let after = after.unwrap();
    assert_eq!((after.value("A"), after.value("B")), (Some("new"), Some("new")));
    assert!(watched.health().failing.is_none());
}

#[tokio::test(start_paused = true)]
async fn what_was_deleted_comes_back_neither_as_it_was_nor_as_it_was_before() {
    for has_fallback in [false, true] {
        let world = world(vec![optional("A"), secret("B")]);
        if has_fallback {
            world.put(&fallback("A"), "of all stages");
        }
        world.edition(&stage("A"), "in use", 5, 50);
        let watched = watch(&world).await;
        let in_use = watched.current();
        sleep(Duration::from_mins(1)).await;
        world.stand_still();

        world.delete(&stage("A"));
        world.set("B", "new");
        world.tell_who_is_behind(&stage("B"));
        assert_eq!(kinds(&watched.refresh().await.unwrap_err()), [(None, ProblemKind::Behind)]);

        world.behind_has(&stage("A"), ("revoked", 4, 40));
        assert_eq!(kinds(&watched.refresh().await.unwrap_err()), [(None, ProblemKind::Behind)]);
        assert!(Arc::ptr_eq(&in_use, &watched.current()));

        world.catch_up();
        let after = watched.refresh().await.unwrap();
        let expected = has_fallback.then_some("of all stages");
        assert_eq!((after.value("A"), after.value("B")), (expected, Some("new")));
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_just_set_is_not_deleted_for_who_has_not_heard_of_it() {
    for has_fallback in [false, true] {
        let world = world(vec![optional("A")]);
        world.delete(&stage("A"));
        if has_fallback {
            world.put(&fallback("A"), "revoked");
        }
        let watched = watch(&world).await;
        sleep(Duration::from_mins(10)).await;
        world.edition(&stage("A"), "own", 1, 1000);
        assert_eq!(watched.refresh().await.unwrap().value("A"), Some("own"));

        world.delete(&stage("A"));
        assert_eq!(kinds(&watched.refresh().await.unwrap_err()), [(None, ProblemKind::Behind)]);

        world.edition(&stage("A"), "own", 1, 1000);
        assert_eq!(watched.refresh().await.unwrap().value("A"), Some("own"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_deletion_that_one_has_told_is_not_forgotten() {
    // Of a required value the load fails; of an optional one the other has not heard.
    for is_required in [true, false] {
        let world = world(vec![if is_required { secret("A") } else { optional("A") }]);
        world.edition(&stage("A"), "revoked", 5, 50);
        let watched = watch(&world).await;
        sleep(Duration::from_mins(1)).await;
        if !is_required {
            world.stand_still();
        }
        world.delete(&stage("A"));
        let expected = if is_required { (Some("A"), ProblemKind::NotFound) } else { (None, ProblemKind::Behind) };
        assert_eq!(kinds(&watched.refresh().await.unwrap_err()), [expected]);

        world.edition(&stage("A"), "revoked", 5, 50);
        assert_eq!(kinds(&watched.refresh().await.unwrap_err()), [(None, ProblemKind::Behind)]);
    }
}

#[tokio::test(start_paused = true)]
async fn what_may_not_be_read_is_not_taken_for_deleted() {
    let world = world(vec![secret("A"), secret("B")]);
    let watched = watch(&world).await;
    sleep(Duration::from_mins(1)).await;
    *world.denied.lock().unwrap() = Some(stage("A"));
    world.set("B", "new");
    let error = watched.refresh().await.unwrap_err();
    assert!(matches!(kinds(&error)[..], [(Some("A"), ProblemKind::Denied { .. })]), "{error}");

    *world.denied.lock().unwrap() = None;
    assert_eq!(watched.refresh().await.unwrap().value("B"), Some("new"));
}

#[tokio::test(start_paused = true)]
async fn what_was_seen_is_remembered_although_something_else_was_wrong() {
    let world = world(vec![secret("A"), number("B")]);
    world.edition(&stage("A"), "old", 1, 10);
    world.edition(&stage("B"), "1", 1, 10);
    let watched = watch(&world).await;
    sleep(Duration::from_mins(1)).await;

    // The load has A's next edition, and does not fit.
    world.edition(&stage("B"), "bad", 2, 1000);
    world.stand_still();
    world.behind_has(&stage("A"), ("rotated", 2, 1000));
    watched.refresh().await.unwrap_err();
    world.edition(&stage("B"), "2", 3, 1010);
    world.catch_up();
    assert_eq!(kinds(&watched.refresh().await.unwrap_err()), [(None, ProblemKind::Behind)]);

    // Who has the next one of A is behind in B.
    world.edition(&stage("A"), "rotated", 2, 1000);
    assert_eq!(watched.refresh().await.unwrap().value("A"), Some("rotated"));
    world.edition(&stage("A"), "again", 3, 2000);
    world.edition(&stage("B"), "1", 1, 10);
    watched.refresh().await.unwrap_err();
    world.edition(&stage("A"), "rotated", 2, 1000);
    world.edition(&stage("B"), "2", 3, 1010);
    assert_eq!(kinds(&watched.refresh().await.unwrap_err()), [(None, ProblemKind::Behind)]);
}

#[tokio::test(start_paused = true)]
async fn what_was_set_anew_after_a_deletion_is_new_although_the_deletion_was_seen() {
    let world = world(vec![secret("A")]);
    world.edition(&stage("A"), "old", 5, 50);
    let watched = watch(&world).await;
    sleep(Duration::from_mins(1)).await;
    world.stand_still();
    world.behind_has(&stage("A"), ("new", 1, 60));
    world.delete(&stage("A"));

    assert_eq!(watched.refresh().await.unwrap().value("A"), Some("new"));
}

#[tokio::test(start_paused = true)]
async fn what_is_seen_to_be_set_is_not_taken_for_missing_because_of_a_reader_that_is_behind() {
    let world = world(vec![optional("MAYBE"), secret("B")]);
    world.delete(&stage("MAYBE"));
    let watched = watch(&world).await;
    world.stand_still();
    world.set("MAYBE", "set");
    world.set("B", "new");
    world.tell_who_is_behind(&stage("B"));

    assert_eq!(kinds(&watched.refresh().await.unwrap_err()), [(None, ProblemKind::Behind)]);

    world.catch_up();
    assert_eq!(watched.refresh().await.unwrap().value("MAYBE"), Some("set"));
}

#[tokio::test(start_paused = true)]
async fn a_label_that_was_moved_back_is_a_change() {
    let world = world(vec![secret("A")]);
    world.edition(LABELLED, "second", 2, 20);
    let watched = watch_at(&world, "A", LABELLED).await;
    world.stand_still();
    world.edition(LABELLED, "first", 1, 10);

    assert_eq!(kinds(&watched.refresh().await.unwrap_err()), [(None, ProblemKind::Behind)]);

    world.tell_who_is_behind(LABELLED);
    assert_eq!(watched.refresh().await.unwrap().value("A"), Some("first"));
}

#[tokio::test(start_paused = true)]
async fn what_is_behind_a_label_is_not_confirmed_because_another_name_has_changed() {
    let world = world(vec![secret("A"), secret("B")]);
    world.edition(LABELLED, "revoked", 1, 10);
    let watched = watch_at(&world, "A", LABELLED).await;
    world.stand_still();
    world.edition(LABELLED, "rotated", 2, 20);
    world.set("B", "new");
    world.tell_who_is_behind(&stage("B"));

    assert_eq!(kinds(&watched.refresh().await.unwrap_err()), [(None, ProblemKind::Behind)]);

    world.catch_up();
    let after = watched.refresh().await.unwrap();
    assert_eq!((after.value("A"), after.value("B")), (Some("rotated"), Some("new")));
}

#[tokio::test(start_paused = true)]
async fn a_required_value_that_is_seen_to_be_set_is_not_said_to_be_missing() {
    let world = world(vec![secret("A"), number("B")]);
    let watched = watch(&world).await;
    world.set("A", "new");
    world.stand_still();
    world.behind.lock().unwrap().as_mut().unwrap().remove(&stage("A"));

    assert_eq!(kinds(&watched.refresh().await.unwrap_err()), [(None, ProblemKind::Behind)]);

    // Where there is something else, all is told.
    world.set("B", "two");
    world.tell_who_is_behind(&stage("B"));
    let error = watched.refresh().await.unwrap_err();
    assert_eq!(error.problems().iter().map(Problem::name).collect::<Vec<_>>(), [Some("A"), Some("B")]);
}
