//! What does not work, and how that is told.

use super::*;

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
        assert!(watched.health().failing.is_none(), "{kind:?}");
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

    sleep(Duration::from_mins(1)).await;
    world.set("NUMBER", "2");
    world.delete(&stage("A"));
    let error = watched.refresh().await.unwrap_err();
    assert_eq!(kinds(&error), [(Some("A"), ProblemKind::NotFound)]);
    let head = "the configuration could not be refreshed (function `api`, app `orders`, stage `dev`): the values of before stay in use\n";
    assert!(error.to_string().starts_with(head), "{error}");
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
async fn a_type_that_panics_is_a_problem_of_its_field_also_at_the_start() {
    let picky = Binding {
        convert: |text, ty| {
            if text == "odd" { panic!("a type of the program's") } else { (secret("B").convert)(text, ty) }
        },
        ..secret("B")
    };
    let world = world(vec![secret("A"), picky]);
    let watched = watch(&world).await;
    world.set("B", "odd");

    let error = watched.refresh().await.unwrap_err();
    let start = Watched::<Config>::builder().begin(Arc::clone(&world), environment()).await.unwrap_err();

    for error in [error, start] {
        assert_eq!(kinds(&error), [(Some("B"), ProblemKind::Panicked)]);
        assert_eq!(error.summary(), "B: its type panicked over the text");
    }
}

#[test]
fn of_several_that_hold_the_state_is_the_first() {
    let minute = Duration::from_mins(1);
    let health = |age, is_running| Health { age, max_age: Some(minute), is_running, failing: None };

    assert_eq!(health(minute, true).state(), HealthState::Fresh);
    assert_eq!(health(minute, false).state(), HealthState::Stopped);
    assert_eq!(health(minute * 2, false).state(), HealthState::TooOld);
}

#[tokio::test(start_paused = true)]
async fn a_first_load_that_takes_long_confirms_what_there_was_when_it_was_asked() {
    let world = world(vec![secret("A")]);
    let gate = world.hold();
    let answer = async {
        sleep(Duration::from_secs(2)).await;
        gate.close();
    };

    let (watched, ()) = tokio::join!(watch(&world), answer);

    assert_eq!(watched.health().age, Duration::from_secs(2));
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
    assert_eq!(watched.health().state(), HealthState::Failing);

    sleep(Duration::from_mins(10)).await;
    let health = watched.health();
    assert!(health.is_too_old());
    let text = health.to_string();
    assert!(text.starts_with("too_old: confirmed 720 s ago, at most 600 s are allowed; failing for 620 s, "), "{text}");
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
async fn values_that_may_not_become_old_are_confirmed_twice_in_their_time() {
    let world = world(vec![secret("A")]);
    let watched = watch_with(&world, Watched::builder().max_age(Duration::from_secs(40))).await;

    for _ in 0..1000 {
        sleep(Duration::from_secs(1)).await;
        assert!(watched.within_age().is_ok(), "{}", watched.health());
    }
    let count = world.asked().len();
    assert!((45..=60).contains(&count), "{count}");
}

#[tokio::test(start_paused = true)]
async fn the_debug_of_a_health_is_no_report_of_many_lines() {
    let world = world(vec![secret("A"), secret("B")]);
    let watched = watch(&world).await;
    world.fail(Fault::Permanent(ProblemKind::NotTheStore { status: 403 }));
    watched.refresh().await.unwrap_err();

    let debug = format!("{:?}", watched.health());

    assert!(debug.ends_with(r#"error: "A: what answered is not the store: HTTP 403 (and 1 more)" }) }"#), "{debug}");
}
