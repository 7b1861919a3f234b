//! The fetch against a store that is a script, on tokio's paused clock.

use std::collections::VecDeque;
use std::sync::Mutex;

use bind_config_manifest::name::Kind;

use tokio::time::{Instant, sleep};

use super::*;
use crate::plan::Owner;

mod again;
/// What a thousand starts get of a store with AWS's quota, and what they ask of it.
mod burst;
mod refused;

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

async fn all(source: &impl Source, lookups: &[Lookup]) -> BTreeMap<String, Answer> {
    within(DEADLINE, source, lookups).await
}

async fn within(patience: Duration, source: &impl Source, lookups: &[Lookup]) -> BTreeMap<String, Answer> {
    let (deadline, lookups) = (Deadline::new(patience), lookups.iter().collect::<Vec<_>>());
    Fetch::new(source, &deadline, Rng::new()).all(&lookups, first_wave(&lookups)).await
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
async fn no_request_has_more_than_ten_names_whatever_comes_along() {
    for (count, fallbacks) in (1..=10).flat_map(|count| (0..=count).map(move |fallbacks| (count, fallbacks))) {
        let mut lookups = secrets(count);
        lookups[fallbacks..].iter_mut().for_each(|lookup| lookup.fallback = None);
        let script = Script::with(paths(&lookups));

        all(&script, &lookups).await;

        let asked = if count + fallbacks <= BATCH { count + fallbacks } else { count };
        assert_eq!(script.calls().iter().map(Vec::len).collect::<Vec<_>>(), [asked], "{count} and {fallbacks}");
    }
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
async fn what_is_asked_for_by_its_arn_stands_in_no_request_with_a_name() {
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
    }
}

#[cfg(feature = "watch")]
#[tokio::test(start_paused = true)]
async fn editions_are_asked_apart_for_names_arns_and_what_comes_with_its_value() {
    let names = ["/s/A", "/aws/reference/secretsmanager/b", "arn:aws:ssm:eu-west-1:999999999999:parameter/s/A"];
    let names = names.map(str::to_owned);
    let script = Script::with(names.clone());

    let wave = wave_of_editions(&names.iter().collect());
    Fetch::new(&script, &Deadline::new(DEADLINE), Rng::new()).wave(wave).await;

    assert_eq!(script.calls().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_fallback_that_another_binding_names_as_its_place_is_asked_once() {
    let script = Script::with(["/f/A"]);
    let elsewhere = Lookup { path: "/f/A".to_owned(), fallback: None, key: None, owner: None };

    let answers = all(&script, &[secret("A"), elsewhere]).await;

    assert!(is_found(&answers, "/f/A"));
    assert_eq!(script.calls(), [["/f/A", "/s/A"]]);
}
