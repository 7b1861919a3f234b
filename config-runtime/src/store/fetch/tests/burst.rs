//! Many cold starts at once, on a quota: a token bucket as AWS documents it, on tokio's paused clock.

use futures_util::future::join_all;

use super::*;

/// 40 transactions a second, the default of an account and region.
/// <https://docs.aws.amazon.com/general/latest/gr/ssm.html>
const QUOTA: f64 = 40.0;
const LATENCY: Duration = Duration::from_millis(20);

struct Bucket {
    tokens: f64,
    filled: Instant,
}

/// A store that every start asks.
struct Quota {
    bucket: Mutex<Bucket>,
    times: Mutex<Vec<Instant>>,
}

impl Quota {
    fn new() -> Self {
        let bucket = Mutex::new(Bucket { tokens: QUOTA, filled: Instant::now() });
        Quota { bucket, times: Mutex::default() }
    }

    fn takes_token(&self) -> bool {
        let mut bucket = self.bucket.lock().unwrap();
        let now = Instant::now();
        bucket.tokens = QUOTA.min(bucket.tokens + (now - bucket.filled).as_secs_f64() * QUOTA);
        bucket.filled = now;
        let has_token = bucket.tokens >= 1.0;
        if has_token {
            bucket.tokens -= 1.0;
        }
        has_token
    }
}

impl Source for Quota {
    fn endpoint(&self) -> &'static str {
        "a store with a quota"
    }

    async fn parameters(&self, names: &[String], _: bool) -> Result<Vec<Option<Stored>>, Fault> {
        self.times.lock().unwrap().push(Instant::now());
        let has_token = self.takes_token();
        sleep(LATENCY).await;
        if !has_token {
            return Err(Fault::Transient(ProblemKind::Throttled));
        }
        Ok(names.iter().map(|name| Some(Stored { value: name.clone(), version: 1, modified: None })).collect())
    }
}

/// What became of some starts of so many secrets, within one second.
#[derive(Debug)]
struct Outcome {
    succeeded: usize,
    requests: usize,
    last_request: Duration,
}

async fn burst(starts: u32, count: usize) -> Outcome {
    let (quota, begun) = (Quota::new(), Instant::now());
    let start = async |number: u32| {
        sleep(Duration::from_secs(1) * number / starts).await;
        let lookups = secrets(count);
        let answers = all(&quota, &lookups).await;
        lookups.iter().all(|lookup| is_found(&answers, &lookup.path))
    };
    let succeeded = join_all((0..starts).map(start)).await;
    let times = quota.times.into_inner().unwrap();
    Outcome {
        succeeded: succeeded.into_iter().filter(|succeeded| *succeeded).count(),
        requests: times.len(),
        last_request: times.into_iter().max().unwrap() - begun,
    }
}

/// How many requests may be answered: the bucket was full, and the last start ends nine seconds after the first one began.
const ALLOWED: usize = 400;
const END: Duration = Duration::from_secs(9);

#[tokio::test(start_paused = true)]
async fn of_a_hundred_starts_within_a_second_all_succeed() {
    for seed in 0..5 {
        fastrand::seed(seed);
        for count in [5, 10, 20] {
            let outcome = burst(100, count).await;
            assert_eq!(outcome.succeeded, 100, "{count} secrets, seed {seed}: {outcome:?}");
            // Where one batch is all that is needed.
            assert!(count > 10 || outcome.requests <= 150, "{count} secrets, seed {seed}: {outcome:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn of_a_thousand_starts_within_a_second_as_many_succeed_as_the_quota_allows() {
    for seed in 0..5 {
        fastrand::seed(seed);
        for (count, batches) in [(5, 1), (10, 1), (20, 2)] {
            let outcome = burst(1000, count).await;
            assert!(outcome.succeeded * batches * 10 >= ALLOWED * 9, "{count} secrets, seed {seed}: {outcome:?}");
            assert!(outcome.last_request <= END, "{count} secrets, seed {seed}: {outcome:?}");
            assert!(outcome.requests <= 15_000, "{count} secrets, seed {seed}: {outcome:?}");
        }
    }
}
