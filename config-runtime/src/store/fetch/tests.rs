//! The fetch against a store that is a script, on tokio's paused clock.

use std::collections::VecDeque;
use std::sync::Mutex;

use bind_config_manifest::name::Kind;

use tokio::time::{Instant, sleep};

use super::*;
use crate::plan::Owner;

/// A store with values, refused names, and faults that come before answers.
#[derive(Default)]
struct Script {
    values: BTreeMap<String, String>,
    denied: BTreeSet<String>,
    /// Names that are none.
    impossible: BTreeSet<String>,
    names_the_resource: bool,
    faults: Mutex<VecDeque<Fault>>,
    /// Every later answer is this fault.
    always: Option<Fault>,
    latency: Duration,
    calls: Mutex<Vec<Vec<String>>>,
    times: Mutex<Vec<Instant>>,
}

impl Script {
    fn with(names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let values =
            names.into_iter().map(Into::into).map(|name: String| (name.clone(), format!("value of {name}"))).collect();
        Script { values, names_the_resource: true, ..Script::default() }
    }

    fn calls(&self) -> Vec<Vec<String>> {
        self.calls.lock().unwrap().clone()
    }
}

impl Source for Script {
    fn endpoint(&self) -> &'static str {
        "a script"
    }

    async fn parameters(&self, names: &[String], _: bool) -> Result<Vec<Option<Stored>>, Fault> {
        self.calls.lock().unwrap().push(names.to_vec());
        self.times.lock().unwrap().push(Instant::now());
        sleep(self.latency).await;
        let fault = self.faults.lock().unwrap().pop_front().or_else(|| self.always.clone());
        if let Some(fault) = fault {
            return Err(fault);
        }
        if let Some(name) = names.iter().find(|name| self.denied.contains(*name)) {
            let of_name = || format!("arn:aws:ssm:eu-west-1:123456789012:parameter{name}");
            let resource = if name.starts_with("arn:") { name.clone() } else { of_name() };
            return Err(Fault::Denied {
                action: "ssm:GetParameters",
                resource: self.names_the_resource.then_some(resource),
            });
        }
        if names.iter().any(|name| self.impossible.contains(name)) {
            return Err(Fault::Permanent(invalid("ValidationException")));
        }
        let stored = |name: &String| {
            self.values.get(name).map(|value| Stored { value: value.clone(), version: 1, modified: None })
        };
        Ok(names.iter().map(stored).collect())
    }
}

fn invalid(code: &str) -> ProblemKind {
    ProblemKind::Rejected { code: code.to_owned(), request_id: None }
}

const DEADLINE: Duration = Duration::from_secs(8);

fn secret(name: &str) -> Lookup {
    Lookup {
        path: format!("/s/{name}"),
        fallback: Some(format!("/f/{name}")),
        key: None,
        owner: Some(Owner { kind: Kind::Secret, name: name.to_owned() }),
    }
}

fn secrets(count: usize) -> Vec<Lookup> {
    (0..count).map(|at| secret(&format!("S{at:03}"))).collect()
}

fn paths(lookups: &[Lookup]) -> Vec<String> {
    lookups.iter().map(|lookup| lookup.path.clone()).collect()
}

async fn all(script: &Script, lookups: &[Lookup]) -> BTreeMap<String, Answer> {
    Fetch::new(script, &Deadline::new(DEADLINE), Rng::new()).all(&lookups.iter().collect::<Vec<_>>()).await
}

fn failure<'a>(answers: &'a BTreeMap<String, Answer>, path: &str) -> &'a ProblemKind {
    match answers.get(path) {
        Some(Answer::Failed(kind)) => kind,
        Some(Answer::Found(_)) => panic!("{path} was found"),
        Some(Answer::NotFound) => panic!("{path} was not found"),
        None => panic!("{path} was not asked for"),
    }
}

fn is_found(answers: &BTreeMap<String, Answer>, path: &str) -> bool {
    matches!(answers.get(path), Some(Answer::Found(_)))
}

#[tokio::test(start_paused = true)]
async fn nothing_is_asked_where_nothing_is_to_be_fetched() {
    let script = Script::default();

    assert!(all(&script, &[]).await.is_empty());
    assert!(script.calls().is_empty());
}

#[tokio::test(start_paused = true)]
async fn batches_have_ten_names_and_go_at_once() {
    let lookups = secrets(23);
    let script = Script { latency: Duration::from_millis(20), ..Script::with(paths(&lookups)) };
    let started = Instant::now();

    let answers = all(&script, &lookups).await;

    assert!(lookups.iter().all(|lookup| is_found(&answers, &lookup.path)));
    assert_eq!(script.calls().iter().map(Vec::len).collect::<Vec<_>>(), [10, 10, 3]);
    assert_eq!(started.elapsed(), Duration::from_millis(20));
}

#[tokio::test(start_paused = true)]
async fn a_name_that_two_bindings_want_is_asked_once() {
    let script = Script::with(["/s/A"]);

    let answers = all(&script, &[secret("A"), secret("A")]).await;

    assert!(is_found(&answers, "/s/A"));
    assert_eq!(script.calls(), [["/s/A", "/f/A"]]);
}

#[tokio::test(start_paused = true)]
async fn fallbacks_come_along_where_they_cost_no_request() {
    let lookups = secrets(5);
    let script = Script::with(lookups.iter().filter_map(|lookup| lookup.fallback.clone()));

    let answers = all(&script, &lookups).await;

    assert!(is_found(&answers, "/f/S000") && is_found(&answers, "/f/S004"));
    assert_eq!(script.calls().iter().map(Vec::len).collect::<Vec<_>>(), [10]);
}

#[tokio::test(start_paused = true)]
async fn fallbacks_are_asked_in_a_second_wave_for_what_is_missing_alone() {
    let lookups = secrets(12);
    let script = Script::with(paths(&lookups[..9]).into_iter().chain(["/f/S009".to_owned(), "/f/S010".to_owned()]));

    let answers = all(&script, &lookups).await;

    assert!(is_found(&answers, "/s/S000") && is_found(&answers, "/f/S009") && is_found(&answers, "/f/S010"));
    assert!(matches!(answers.get("/f/S011"), Some(Answer::NotFound)));
    assert!(!answers.contains_key("/f/S000"));
    assert_eq!(script.calls()[2], ["/f/S009", "/f/S010", "/f/S011"]);
}

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
async fn a_load_begins_with_as_many_requests_as_there_are_connections_for_it() {
    let elsewhere = |name: &str| Lookup {
        path: format!("arn:aws:ssm:eu-west-1:999999999999:parameter/s/{name}"),
        fallback: None,
        key: None,
        owner: None,
    };
    for (names, arns, requests) in [(0, 0, 0), (2, 0, 1), (0, 2, 1), (2, 2, 2), (10, 0, 1), (11, 10, 3), (20, 11, 4)] {
        let mut lookups = secrets(names);
        lookups.extend((0..arns).map(|at| elsewhere(&at.to_string())));
        let script = Script::with(paths(&lookups));

        all(&script, &lookups).await;

        assert_eq!(script.calls().len(), requests, "{names} names, {arns} ARNs");
        assert_eq!(first_wave(&lookups.iter().collect::<Vec<_>>()).len(), requests, "{names} names, {arns} ARNs");
    }
}

#[cfg(feature = "watch")]
#[tokio::test(start_paused = true)]
async fn editions_begin_with_as_many_requests_as_there_are_connections_for_them() {
    let names = ["/s/A", "/aws/reference/secretsmanager/b", "arn:aws:ssm:eu-west-1:999999999999:parameter/s/A"];
    let names = names.map(str::to_owned);
    let script = Script::with(names.clone());

    Fetch::new(&script, &Deadline::new(DEADLINE), Rng::new()).editions(names.iter().collect()).await;

    assert_eq!(script.calls().len(), 3);
    assert_eq!(wave_of_editions(&names.iter().collect()).len(), 3);
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

#[tokio::test(start_paused = true)]
async fn what_may_pass_is_tried_again_until_it_has_passed() {
    let faults = [
        ProblemKind::Throttled,
        ProblemKind::Garbled,
        ProblemKind::Unavailable { code: "500".to_owned() },
        ProblemKind::Unreachable { endpoint: "x".to_owned() },
    ];
    let script = Script { faults: Mutex::new(faults.map(Fault::Transient).into()), ..Script::with(["/s/A"]) };

    let answers = all(&script, &[secret("A")]).await;

    assert!(is_found(&answers, "/s/A"));
    assert_eq!(script.calls().len(), 5);
}

#[tokio::test(start_paused = true)]
async fn what_does_not_pass_ends_with_the_deadline_and_its_last_reason() {
    for kind in [ProblemKind::Throttled, ProblemKind::Garbled, ProblemKind::Unavailable { code: "503".to_owned() }] {
        let script = Script { always: Some(Fault::Transient(kind.clone())), ..Script::with(["/s/A"]) };
        let started = Instant::now();

        let answers = all(&script, &[secret("A")]).await;

        assert_eq!(failure(&answers, "/s/A"), &kind);
        assert!(started.elapsed() <= DEADLINE, "{:?}", started.elapsed());
        assert!(script.calls().len() > 3);
    }
}

#[tokio::test(start_paused = true)]
async fn pauses_are_drawn_by_lot_and_the_longest_doubles_up_to_a_limit() {
    let unavailable = || ProblemKind::Unavailable { code: "500".to_owned() };
    for (kind, longest) in [
        (unavailable(), [100, 200, 400, 800, 1600, 2000]),
        (ProblemKind::Throttled, [500, 1000, 2000, 4000, 4000, 4000]),
    ] {
        let mut pauses: Vec<Vec<Duration>> = vec![Vec::new(); longest.len()];
        // Of 200 draws one is in the last third of its range, and one in the first: but for one start in 10 to the 35th.
        for _ in 0..200 {
            let script = Script { always: Some(Fault::Transient(kind.clone())), ..Script::with(["/s/A"]) };
            let patience = Duration::from_mins(1);
            Fetch::new(&script, &Deadline::new(patience), Rng::new()).all(&[&secret("A")]).await;
            let times = script.times.lock().unwrap().clone();
            for (of, pair) in pauses.iter_mut().zip(times.windows(2)) {
                of.push(pair[1] - pair[0]);
            }
        }
        // The clock of the tests has milliseconds, and rounds up.
        let tick = Duration::from_millis(1);
        for (of, longest) in pauses.iter().zip(longest.map(Duration::from_millis)) {
            let (least, most) = (of.iter().min().unwrap(), of.iter().max().unwrap());
            assert!(*most <= longest + tick && *most >= longest * 2 / 3, "{most:?} of {longest:?}");
            assert!(*least <= longest / 3, "{least:?} of {longest:?}");
        }
    }
}

/// What a thousand starts get of a store with AWS's quota, and what they ask of it.
mod burst;

#[tokio::test(start_paused = true)]
async fn a_fallback_that_another_binding_names_as_its_place_is_asked_once() {
    let script = Script::with(["/f/A"]);
    let elsewhere = Lookup { path: "/f/A".to_owned(), fallback: None, key: None, owner: None };

    let answers = all(&script, &[secret("A"), elsewhere]).await;

    assert!(is_found(&answers, "/f/A"));
    assert_eq!(script.calls(), [["/f/A", "/s/A"]]);
}

#[tokio::test(start_paused = true)]
async fn a_store_that_never_answers_is_a_timeout_at_the_deadline() {
    let script = Script { latency: Duration::from_hours(1), ..Script::with(["/s/A"]) };
    let started = Instant::now();

    let answers = all(&script, &[secret("A")]).await;

    assert_eq!(failure(&answers, "/s/A"), &ProblemKind::TimedOut { endpoint: "a script".to_owned() });
    assert!(started.elapsed() <= DEADLINE, "{:?}", started.elapsed());
    assert!((2..=4).contains(&script.calls().len()), "{}", script.calls().len());
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_the_deadline_cuts_off_does_not_hide_what_was_met_before() {
    // The last of them begins before the deadline and would end behind it.
    let always = Some(Fault::Transient(ProblemKind::Garbled));
    let script = Script { always, latency: Duration::from_secs(2), ..Script::with(["/s/A"]) };
    let started = Instant::now();

    let answers = all(&script, &[secret("A")]).await;

    assert_eq!(failure(&answers, "/s/A"), &ProblemKind::Garbled);
    assert_eq!(script.calls().len(), 4);
    assert!(started.elapsed() <= DEADLINE + Duration::from_millis(2), "{:?}", started.elapsed());
}

#[tokio::test(start_paused = true)]
async fn what_cannot_pass_is_asked_once() {
    let kind = ProblemKind::Credentials(crate::CredentialsProblem::Missing);
    let script = Script { always: Some(Fault::Permanent(kind.clone())), ..Script::with(["/s/A"]) };

    let answers = all(&script, &[secret("A")]).await;

    assert_eq!(failure(&answers, "/s/A"), &kind);
    assert_eq!(script.calls().len(), 1);
}

/// A store that is out of order until some time, throttles for so many requests, and is well again.
struct Recovering {
    script: Script,
    well_at: Instant,
    throttles: Mutex<u32>,
}

impl Source for Recovering {
    fn endpoint(&self) -> &'static str {
        "a store that recovers"
    }

    async fn parameters(&self, names: &[String], decrypted: bool) -> Result<Vec<Option<Stored>>, Fault> {
        if Instant::now() < self.well_at {
            sleep(self.script.latency).await;
            return Err(Fault::Transient(ProblemKind::Unavailable { code: "HTTP 503".to_owned() }));
        }
        let is_throttled = {
            let mut throttles = self.throttles.lock().unwrap();
            let is_throttled = *throttles > 0;
            *throttles = throttles.saturating_sub(1);
            is_throttled
        };
        if is_throttled {
            sleep(self.script.latency).await;
            return Err(Fault::Transient(ProblemKind::Throttled));
        }
        self.script.parameters(names, decrypted).await
    }
}

#[tokio::test(start_paused = true)]
async fn a_store_that_throttles_once_after_an_outage_is_asked_again() {
    for count in [10, 20] {
        let lookups = secrets(count);
        for (seed, outage) in (0..200).flat_map(|seed| [0, 2000, 4000, 5300, 6500].map(|outage| (seed, outage))) {
            fastrand::seed(seed);
            let latency = Duration::from_millis(20);
            let source = Recovering {
                script: Script { latency, ..Script::with(paths(&lookups)) },
                well_at: Instant::now() + Duration::from_millis(outage),
                throttles: Mutex::new(1),
            };

            let answers = Fetch::new(&source, &Deadline::new(DEADLINE), Rng::new())
                .all(&lookups.iter().collect::<Vec<_>>())
                .await;

            let has_all = lookups.iter().all(|lookup| is_found(&answers, &lookup.path));
            assert!(has_all, "{count} names, {outage} ms, seed {seed}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_signature_with_the_wrong_time_is_made_anew_at_once() {
    let script = Script { faults: Mutex::new([Fault::Skewed].into()), ..Script::with(["/s/A"]) };
    let started = Instant::now();

    let answers = all(&script, &[secret("A")]).await;

    assert!(is_found(&answers, "/s/A"));
    assert_eq!(started.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_cannot_be_corrected_is_a_problem_and_not_a_loop() {
    let script = Script { always: Some(Fault::Skewed), ..Script::with(["/s/A"]) };

    let answers = all(&script, &[secret("A")]).await;

    assert_eq!(failure(&answers, "/s/A"), &ProblemKind::ClockSkew);
    assert_eq!(script.calls().len(), 3);
}

/// A script whose process stands still for an hour before each of so many answers, which are faults.
struct Freezing {
    script: Script,
    left: Mutex<u32>,
}

impl Source for Freezing {
    fn endpoint(&self) -> &'static str {
        "a script"
    }

    async fn parameters(&self, names: &[String], decrypted: bool) -> Result<Vec<Option<Stored>>, Fault> {
        let freezes = {
            let mut left = self.left.lock().unwrap();
            let freezes = *left > 0;
            *left = left.saturating_sub(1);
            freezes
        };
        if freezes {
            tokio::time::advance(Duration::from_hours(1)).await;
            return Err(Fault::Transient(ProblemKind::Unreachable { endpoint: "a script".to_owned() }));
        }
        self.script.parameters(names, decrypted).await
    }
}

#[tokio::test(start_paused = true)]
async fn a_load_that_is_frozen_has_its_time_anew_three_times_and_not_without_end() {
    for (freezes, is_loaded) in [(1, true), (3, true), (4, false)] {
        let source = Freezing { script: Script::with(["/s/A"]), left: Mutex::new(freezes) };

        let answers = Fetch::new(&source, &Deadline::new(DEADLINE), Rng::new()).all(&[&secret("A")]).await;

        assert_eq!(is_found(&answers, "/s/A"), is_loaded, "{freezes}");
    }
}

#[test]
fn an_arn_is_that_of_a_name_with_or_without_its_slash() {
    let arn = "arn:aws:ssm:eu-west-1:123456789012:parameter/a/b";
    assert!(is_arn_of(arn, "/a/b") && is_arn_of(arn, arn));
    assert!(is_arn_of(arn, "/a/b:3") && is_arn_of(arn, &format!("{arn}:label")) && !is_arn_of(arn, &format!("{arn}c")));
    assert!(!is_arn_of(arn, "/b") && !is_arn_of(arn, "/a/b/c"));
    assert!(is_arn_of("arn:aws:ssm:eu-west-1:123456789012:parameter/plain", "plain"));
}
