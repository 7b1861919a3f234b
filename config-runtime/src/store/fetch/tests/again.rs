//! What is asked again, how soon, and until when.

use super::*;

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
            within(patience, &script, &[secret("A")]).await;
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

#[tokio::test(start_paused = true)]
async fn a_store_that_never_answers_is_a_timeout_at_the_deadline() {
    let script = Script { latency: Duration::from_hours(1), ..Script::with(["/s/A"]) };
    let started = Instant::now();

    let answers = all(&script, &[secret("A")]).await;

    assert_eq!(failure(&answers, "/s/A"), &ProblemKind::TimedOut { endpoint: "a script".to_owned() });
    assert!(started.elapsed() <= DEADLINE, "{:?}", started.elapsed());
    // One that never answers leaves time for two more.
    assert_eq!(script.calls().len(), 3);
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

/// A store that throttles for so many requests, is out of order until some time, throttles again, and is well.
struct Recovering {
    script: Script,
    throttles_before: Mutex<u32>,
    well_at: Instant,
    throttles: Mutex<u32>,
}

impl Source for Recovering {
    fn endpoint(&self) -> &'static str {
        "a store that recovers"
    }

    async fn parameters(&self, names: &[String], decrypted: bool) -> Result<Vec<Option<Stored>>, Fault> {
        let is_out_of_order = Instant::now() < self.well_at;
        if is_one_of(if is_out_of_order { &self.throttles_before } else { &self.throttles }) {
            sleep(self.script.latency).await;
            return Err(Fault::Transient(ProblemKind::Throttled));
        }
        if is_out_of_order {
            sleep(self.script.latency).await;
            return Err(Fault::Transient(ProblemKind::Unavailable { code: "HTTP 503".to_owned() }));
        }
        self.script.parameters(names, decrypted).await
    }
}

/// Whether it is one of those that are left.
fn is_one_of(left: &Mutex<u32>) -> bool {
    let mut left = left.lock().unwrap();
    let before = *left;
    *left = before.saturating_sub(1);
    before > 0
}

#[tokio::test(start_paused = true)]
async fn a_store_that_throttles_once_after_an_outage_is_asked_again() {
    // Also where it had throttled before the outage: that says nothing of what comes behind it.
    for (count, throttles) in [(10, 0), (10, 1), (20, 0), (20, 1)] {
        let lookups = secrets(count);
        for (seed, outage) in (0..200).flat_map(|seed| [0, 2000, 4000, 5300, 6500].map(|outage| (seed, outage))) {
            fastrand::seed(seed);
            let latency = Duration::from_millis(20);
            let source = Recovering {
                script: Script { latency, ..Script::with(paths(&lookups)) },
                throttles_before: Mutex::new(throttles),
                well_at: Instant::now() + Duration::from_millis(outage),
                throttles: Mutex::new(1),
            };

            let answers = all(&source, &lookups).await;

            let has_all = lookups.iter().all(|lookup| is_found(&answers, &lookup.path));
            assert!(has_all, "{count} names, {throttles} throttles, {outage} ms, seed {seed}");
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
        if is_one_of(&self.left) {
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

        let answers = all(&source, &[secret("A")]).await;

        assert_eq!(is_found(&answers, "/s/A"), is_loaded, "{freezes}");
    }
}
