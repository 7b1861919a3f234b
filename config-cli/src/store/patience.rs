//! Asking again: which troubles pass by themselves, and how long that is hoped for.
//!
//! The SDK's own retries are off. Theirs have one budget for all operations, which a load of hundreds of secrets uses up, know
//! nothing of the pace at which Lambda is asked, and try a place that is not there as long as a service that is busy.

use std::time::Duration;

use tokio::time::sleep;

use super::Trouble;

/// How often something is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Patience {
    /// What `AWS_MAX_ATTEMPTS` says, of all troubles.
    attempts: Option<u32>,
}

impl Patience {
    /// As `AWS_MAX_ATTEMPTS` says, or each trouble its own number of tries.
    pub(crate) fn new(attempts: Option<u32>) -> Self {
        Patience { attempts }
    }

    /// How long to wait for the next try, after so many that failed. `None` where another does not help.
    pub(crate) fn pause(self, trouble: &Trouble, failed: u32) -> Option<Duration> {
        let (tries, first) = match trouble {
            // What AWS said of the time is what the next request is signed with.
            Trouble::Clock => (2, Duration::ZERO),
            Trouble::Throttled => (8, Duration::from_millis(250)),
            Trouble::Unavailable { .. } => (5, Duration::from_millis(100)),
            Trouble::Unreachable { .. } | Trouble::Garbled => (3, Duration::from_millis(100)),
            _ => return None,
        };
        (failed < self.attempts.unwrap_or(tries)).then(|| backoff(first, failed))
    }

    /// Asks until there is an answer, or another try does not help. `is_paced` are troubles after which the next request waits
    /// by itself.
    pub(crate) async fn ask<T>(
        self,
        mut request: impl AsyncFnMut() -> Result<T, Trouble>,
        is_paced: impl Fn(&Trouble) -> bool,
    ) -> Result<T, Trouble> {
        let mut failed = 0;
        loop {
            let trouble = match request().await {
                Ok(answer) => return Ok(answer),
                Err(trouble) => trouble,
            };
            failed += 1;
            match self.pause(&trouble, failed) {
                None => return Err(trouble),
                Some(_) if is_paced(&trouble) => {}
                Some(pause) => sleep(pause).await,
            }
        }
    }
}

/// Twice as long each time, and never as long as others who wait.
pub(crate) fn backoff(first: Duration, failed: u32) -> Duration {
    let whole = first.saturating_mul(1 << (failed.clamp(1, 10) - 1)).min(LONGEST);
    whole.mul_f64(0.5 + f64::from(getrandom::u32().unwrap_or_default()) / f64::from(u32::MAX) / 2.0)
}

const LONGEST: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;

    fn tries(patience: Patience, trouble: &Trouble) -> u32 {
        (1..100).find(|failed| patience.pause(trouble, *failed).is_none()).unwrap()
    }

    #[test]
    fn each_trouble_is_tried_as_often_as_it_may_pass() {
        let unreachable = Trouble::Unreachable { place: String::new(), remedy: String::new() };
        let all = [
            Trouble::Throttled,
            Trouble::Unavailable { code: String::new() },
            unreachable,
            Trouble::Clock,
            Trouble::Expired,
        ];

        assert_eq!(all.each_ref().map(|trouble| tries(Patience::new(None), trouble)), [8, 5, 3, 2, 1]);
        assert_eq!(all.each_ref().map(|trouble| tries(Patience::new(Some(2)), trouble)), [2, 2, 2, 2, 1]);
        assert_eq!(all.each_ref().map(|trouble| tries(Patience::new(Some(1)), trouble)), [1; 5]);
    }

    #[test]
    fn pauses_grow_up_to_five_seconds() {
        for failed in 1..40 {
            let whole = Duration::from_millis(250 << failed.clamp(1, 6) >> 1).min(LONGEST);
            let pause = backoff(Duration::from_millis(250), failed);
            assert!(whole / 2 <= pause && pause <= whole, "{failed}: {pause:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_passes_is_waited_for_and_what_does_not_is_told_at_once() {
        let mut left = 6;
        let passes = async || {
            left -= 1;
            if left == 0 { Ok("here") } else { Err(Trouble::Throttled) }
        };
        let begun = tokio::time::Instant::now();
        let passes = Patience::new(None).ask(passes, |_| false);
        assert_eq!(passes.await, Ok("here"));
        // 250 ms, and twice as long each time, of which each pause has at least half.
        let whole = Duration::from_millis(250 + 500 + 1000 + 2000 + 4000);
        assert!((whole / 2..=whole + Duration::from_millis(5)).contains(&begun.elapsed()), "{:?}", begun.elapsed());

        let mut asked = 0;
        let denied = Trouble::NotFound;
        let stays = async || {
            asked += 1;
            Err::<(), _>(denied.clone())
        };
        let stays = Patience::new(None).ask(stays, |_| false);
        assert_eq!(stays.await, Err(Trouble::NotFound));
        assert_eq!(asked, 1);
    }
}
