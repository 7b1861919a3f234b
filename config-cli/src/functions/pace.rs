//! How fast Lambda is asked: its control plane takes 15 requests a second of an account, and others ask too.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// Lets one request go at a time, with a pause between any two. Where Lambda is busy, the pauses get longer.
pub(crate) struct Pace {
    /// Whose turn is next waits in here, so that after a standstill they do not all go at once.
    queue: tokio::sync::Mutex<()>,
    state: Mutex<State>,
}

struct State {
    next: Instant,
    between: Duration,
}

impl Pace {
    pub(crate) fn new() -> Self {
        let state = State { next: Instant::now(), between: BETWEEN };
        Pace { queue: tokio::sync::Mutex::new(()), state: Mutex::new(state) }
    }

    /// Waits for the turn of the next request.
    pub(crate) async fn turn(&self) {
        let _first = self.queue.lock().await;
        // What is heard meanwhile may put it off.
        loop {
            let next = self.state().next;
            if next <= Instant::now() {
                break;
            }
            sleep_until(next).await;
        }
        let mut state = self.state();
        state.next = Instant::now() + state.between;
    }

    /// Takes note of an answer: of one that says that there are too many requests, or of another.
    pub(crate) fn heard(&self, throttled: bool) {
        let mut state = self.state();
        if throttled {
            state.between = (state.between * 2).min(LONGEST);
            state.next = state.next.max(Instant::now() + state.between);
        } else {
            state.between = state.between.mul_f64(0.8).max(BETWEEN);
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// 14 a second at most.
const BETWEEN: Duration = Duration::from_millis(72);
const LONGEST: Duration = Duration::from_secs(3);

#[cfg(test)]
mod tests {
    use super::*;

    /// The most turns of any second.
    fn most(turns: &[Instant]) -> usize {
        let within = |start: &Instant| {
            turns.iter().filter(|turn| *turn >= start && **turn < *start + Duration::from_secs(1)).count()
        };
        turns.iter().map(within).max().unwrap()
    }

    async fn turns(pace: &Pace, count: usize) -> Vec<Instant> {
        let mut turns = Vec::new();
        for _ in 0..count {
            pace.turn().await;
            turns.push(Instant::now());
        }
        turns
    }

    #[tokio::test(start_paused = true)]
    async fn fewer_than_fifteen_requests_go_in_any_second() {
        assert_eq!(most(&turns(&Pace::new(), 100).await), 14);
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_not_used_is_not_made_up_for() {
        let pace = Pace::new();
        let mut all = turns(&pace, 20).await;
        tokio::time::advance(Duration::from_mins(1)).await;
        all.extend(turns(&pace, 40).await);

        assert_eq!(most(&all), 14);
    }

    #[tokio::test(start_paused = true)]
    async fn a_busy_lambda_is_asked_less_and_then_as_before() {
        let pace = Pace::new();
        for _ in 0..4 {
            pace.turn().await;
            pace.heard(true);
        }
        let begun = Instant::now();
        pace.turn().await;
        assert_eq!(begun.elapsed(), BETWEEN * 16);

        for _ in 0..40 {
            pace.turn().await;
            pace.heard(false);
        }
        assert_eq!(most(&turns(&pace, 40).await), 14);
    }
}
