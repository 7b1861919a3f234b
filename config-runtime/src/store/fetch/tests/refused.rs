//! What is refused, and which names that concerns.

use super::*;

#[tokio::test(start_paused = true)]
async fn a_denied_name_does_not_take_the_others_with_it() {
    let lookups: Vec<Lookup> = secrets(10);
    let denied = BTreeSet::from(["/s/S003".to_owned(), "/s/S007".to_owned()]);
    let script = Script { denied, ..Script::with(paths(&lookups)) };

    let answers = all(&script, &lookups).await;

    let resource = "arn:aws:ssm:eu-west-1:123456789012:parameter/s/S003".to_owned();
    assert_eq!(failure(&answers, "/s/S003"), &ProblemKind::Denied { action: "ssm:GetParameters", resource });
    assert!(matches!(failure(&answers, "/s/S007"), ProblemKind::Denied { .. }));
    assert_eq!(answers.values().filter(|answer| matches!(answer, Answer::Found(_))).count(), 8);
    assert_eq!(script.calls().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_parameter_of_another_account_that_is_denied_is_not_the_own_one_of_that_name() {
    let theirs = "arn:aws:ssm:eu-west-1:999999999999:parameter/s/A";
    let script = Script { denied: BTreeSet::from([theirs.to_owned()]), ..Script::with(["/s/A"]) };
    let elsewhere = Lookup { path: theirs.to_owned(), fallback: None, key: None, owner: None };

    let answers = all(&script, &[secret("A"), elsewhere]).await;

    assert!(is_found(&answers, "/s/A"));
    let resource = theirs.to_owned();
    assert_eq!(failure(&answers, theirs), &ProblemKind::Denied { action: "ssm:GetParameters", resource });
    // Neither the answer nor the refusal of one can be taken for that of the other.
    assert_eq!(script.calls(), [vec!["/s/A", "/f/A"], vec![theirs]]);
}

#[tokio::test(start_paused = true)]
async fn a_batch_of_denied_names_is_soon_asked_at_once() {
    let lookups: Vec<Lookup> = secrets(10);
    let latency = Duration::from_millis(900);
    let script = Script { denied: paths(&lookups).into_iter().collect(), latency, ..Script::with(paths(&lookups)) };
    let started = Instant::now();

    let answers = all(&script, &lookups).await;

    assert!(lookups.iter().all(|lookup| matches!(failure(&answers, &lookup.path), ProblemKind::Denied { .. })));
    assert_eq!((started.elapsed(), script.calls().len()), (latency * 5, 11));
}

#[tokio::test(start_paused = true)]
async fn a_refusal_that_names_no_resource_is_narrowed_down_name_by_name() {
    let lookups: Vec<Lookup> = secrets(10);
    let denied = BTreeSet::from(["/s/S003".to_owned()]);
    let script = Script { denied, names_the_resource: false, ..Script::with(paths(&lookups)) };

    let answers = all(&script, &lookups).await;

    let denied = ProblemKind::Denied { action: "ssm:GetParameters", resource: "/s/S003".to_owned() };
    assert_eq!(failure(&answers, "/s/S003"), &denied);
    assert_eq!(answers.values().filter(|answer| matches!(answer, Answer::Found(_))).count(), 9);
}

#[tokio::test(start_paused = true)]
async fn a_name_that_is_none_does_not_take_the_others_with_it() {
    let lookups: Vec<Lookup> = secrets(10);
    let script = Script { impossible: BTreeSet::from(["/s/S003".to_owned()]), ..Script::with(paths(&lookups)) };

    let answers = all(&script, &lookups).await;

    assert_eq!(failure(&answers, "/s/S003"), &invalid("ValidationException"));
    assert_eq!(answers.values().filter(|answer| matches!(answer, Answer::Found(_))).count(), 9);
    assert_eq!(script.calls().len(), 11);
}

#[tokio::test(start_paused = true)]
async fn what_comes_from_between_concerns_every_name_and_is_asked_once() {
    let lookups: Vec<Lookup> = secrets(10);
    let script = Script {
        always: Some(Fault::Permanent(ProblemKind::NotTheStore { status: 403 })),
        ..Script::with(paths(&lookups))
    };

    let answers = all(&script, &lookups).await;

    assert!(lookups.iter().all(|lookup| failure(&answers, &lookup.path) == &ProblemKind::NotTheStore { status: 403 }));
    assert_eq!(script.calls().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_denied_fallback_that_nobody_needed_is_no_problem() {
    let script = Script { denied: BTreeSet::from(["/f/A".to_owned()]), ..Script::with(["/s/A"]) };

    let answers = all(&script, &[secret("A")]).await;

    assert!(is_found(&answers, "/s/A"));
    assert_eq!(script.calls(), [vec!["/s/A", "/f/A"], vec!["/s/A"]]);
}

#[tokio::test(start_paused = true)]
async fn a_denied_fallback_that_is_needed_is_denied_and_not_missing() {
    let script = Script { denied: BTreeSet::from(["/f/A".to_owned()]), ..Script::with(Vec::<String>::new()) };

    let answers = all(&script, &[secret("A")]).await;

    assert!(matches!(answers.get("/s/A"), Some(Answer::NotFound)));
    let resource = "arn:aws:ssm:eu-west-1:123456789012:parameter/f/A".to_owned();
    assert_eq!(failure(&answers, "/f/A"), &ProblemKind::Denied { action: "ssm:GetParameters", resource });
}
