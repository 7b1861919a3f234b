//! How fast Lambda is asked: its control plane takes 15 requests a second of an account, and others ask too.

use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::{Instant, sleep_until};

/// Lets one request go at a time, with a pause between any two.
pub(crate) struct Pace(Mutex<Instant>);

impl Pace {
    pub(crate) fn new() -> Self {
        Pace(Mutex::new(Instant::now()))
    }

    /// Waits for the turn of the next request.
    pub(crate) async fn turn(&self) {
        let mut next = self.0.lock().await;
        let turn = (*next).max(Instant::now());
        *next = turn + BETWEEN;
        drop(next);
        sleep_until(turn).await;
    }
}

/// 14 a second.
const BETWEEN: Duration = Duration::from_millis(72);

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn fewer_than_fifteen_requests_go_in_any_second() {
        let pace = Pace::new();
        let mut turns = Vec::new();
        for _ in 0..100 {
            pace.turn().await;
            turns.push(Instant::now());
        }
        let most = turns.iter().map(|start| {
            turns.iter().filter(|turn| *turn >= start && **turn < *start + Duration::from_secs(1)).count()
        });
        assert_eq!(most.max(), Some(14));
    }
}
