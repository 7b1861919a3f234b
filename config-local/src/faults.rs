//! The faults in force: which of them happen to a request, and what they do to its answer.

use std::time::{Duration, Instant};

use crate::Operation;
use crate::api::Trouble;
use crate::fault::{Fault, Kind, Names, Share};
use crate::store::Store;

/// Which fault, for [`LocalSsm::remove_fault`](crate::LocalSsm::remove_fault) and
/// [`LocalSsm::hits`](crate::LocalSsm::hits).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FaultId(u64);

/// The faults in force, in the order they were injected.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    next: u64,
    active: Vec<Active>,
    /// How often each fault happened, removed ones included.
    hits: Vec<u64>,
}

#[derive(Debug)]
struct Active {
    id: FaultId,
    fault: Fault,
    matched: u64,
    happened: u64,
    bucket: Option<Bucket>,
    random: u64,
}

/// A token bucket.
#[derive(Debug)]
struct Bucket {
    tokens: f64,
    filled: Instant,
}

/// What the faults do to one request.
#[derive(Debug, Default)]
pub(crate) struct Effects {
    pub(crate) delay: Duration,
    /// Until which one is removed the answer waits.
    pub(crate) held: Option<FaultId>,
    pub(crate) clock_offset: i64,
    /// The one that is not a delay or a skew, else the last of those.
    pub(crate) label: Option<&'static str>,
    pub(crate) outcome: Outcome,
    pub(crate) delivery: Delivery,
}

/// What a request leads to.
#[derive(Debug, Default)]
pub(crate) enum Outcome {
    #[default]
    Normal,
    Refused(Trouble),
    /// HTML, as a gateway sends it.
    Gateway(u16),
    FailedAfterWrite,
    /// It is not carried out.
    Unheard,
    DeniedByIam(Option<String>),
    DeniedByKms(String),
    SignatureExpired,
    LeftOut(Vec<String>),
}

/// How an answer reaches the client.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Delivery {
    #[default]
    Whole,
    Never,
    Reset,
    ResetMidway,
    Close,
    Truncated,
    Malformed,
    Drip(Duration),
    Endless,
}

impl Faults {
    pub(crate) fn inject(&mut self, fault: Fault) -> FaultId {
        let id = FaultId(self.next);
        self.next += 1;
        self.hits.push(0);
        let random = fault.share.map_or(0, |share| share.seed);
        self.active.push(Active { id, fault, matched: 0, happened: 0, bucket: None, random });
        id
    }

    pub(crate) fn remove(&mut self, id: FaultId) {
        self.active.retain(|active| active.id != id);
    }

    pub(crate) fn is_active(&self, id: FaultId) -> bool {
        self.active.iter().any(|active| active.id == id)
    }

    pub(crate) fn clear(&mut self) {
        self.active.clear();
    }

    pub(crate) fn hits(&self, id: FaultId) -> u64 {
        usize::try_from(id.0).ok().and_then(|index| self.hits.get(index)).copied().unwrap_or_default()
    }

    /// Names are those in the request, as the client wrote them.
    pub(crate) fn apply(&mut self, operation: Option<Operation>, names: &[String]) -> Effects {
        let mut effects = Effects::default();
        for active in &mut self.active {
            let Some(matching) = active.matching(operation, names) else { continue };
            if !active.happens() {
                continue;
            }
            if let Some(hits) = usize::try_from(active.id.0).ok().and_then(|index| self.hits.get_mut(index)) {
                *hits += 1;
            }
            effects.label = Some(active.fault.kind.label());
            if active.fault.kind == Kind::Hold {
                effects.held = Some(active.id);
            }
            if !effects.add(&active.fault.kind, matching) {
                break;
            }
        }
        effects
    }
}

impl Active {
    /// The names that match; `None` where the fault is not about this request.
    fn matching(&self, operation: Option<Operation>, names: &[String]) -> Option<Vec<String>> {
        let operations = &self.fault.operations;
        if !operations.is_empty() && !operation.is_some_and(|operation| operations.contains(&operation)) {
            return None;
        }
        if self.fault.names.is_empty() {
            return Some(names.to_vec());
        }
        let matching: Vec<String> =
            names.iter().filter(|name| self.fault.names.iter().any(|scope| scope.covers(name))).cloned().collect();
        (!matching.is_empty()).then_some(matching)
    }

    fn happens(&mut self) -> bool {
        self.matched += 1;
        let spent = self.fault.times.is_some_and(|times| self.happened >= times);
        if self.matched <= self.fault.after || spent {
            return false;
        }
        if let Some(Share { percent, .. }) = self.fault.share
            && next_random(&mut self.random) % 100 >= u64::from(percent)
        {
            return false;
        }
        if let Kind::Throttle { per_second, burst } = self.fault.kind
            && self.takes_token(per_second, burst)
        {
            return false;
        }
        self.happened += 1;
        true
    }

    fn takes_token(&mut self, per_second: f64, burst: f64) -> bool {
        let now = Instant::now();
        self.bucket.get_or_insert(Bucket { tokens: burst, filled: now }).take(now, per_second, burst)
    }
}

impl Bucket {
    fn take(&mut self, now: Instant, per_second: f64, burst: f64) -> bool {
        let gained = now.duration_since(self.filled).as_secs_f64() * per_second;
        self.tokens = (self.tokens + gained).min(burst);
        self.filled = now;
        let enough = self.tokens >= 1.0;
        if enough {
            self.tokens -= 1.0;
        }
        enough
    }
}

impl Effects {
    /// Whether further faults may add to it.
    fn add(&mut self, kind: &Kind, matching: Vec<String>) -> bool {
        match kind {
            Kind::Delay(delay) => self.delay += *delay,
            Kind::Hold => {}
            Kind::ClockSkew { seconds } => self.clock_offset += seconds,
            Kind::Throttle { .. } | Kind::Throttled => self.outcome = Outcome::Refused(Trouble::Throttled),
            Kind::ServerError { status: 500 } => self.outcome = Outcome::Refused(Trouble::Internal),
            Kind::ServerError { status: 503 } => self.outcome = Outcome::Refused(Trouble::Unavailable),
            Kind::ServerError { status } => self.outcome = Outcome::Gateway(*status),
            Kind::TokenExpired => self.outcome = Outcome::Refused(Trouble::TokenExpired),
            Kind::FailAfterWrite => self.outcome = Outcome::FailedAfterWrite,
            Kind::Deny => self.outcome = Outcome::DeniedByIam(matching.into_iter().next()),
            Kind::DenyKey { key_id } => self.outcome = Outcome::DeniedByKms(key_id.clone()),
            Kind::SignatureExpired => self.outcome = Outcome::SignatureExpired,
            Kind::LeaveOut => self.outcome = Outcome::LeftOut(matching),
            Kind::NeverAnswer => self.delivery = Delivery::Never,
            Kind::Unheard => {
                self.outcome = Outcome::Unheard;
                self.delivery = Delivery::Never;
            }
            Kind::Reset => self.delivery = Delivery::Reset,
            Kind::ResetMidway => self.delivery = Delivery::ResetMidway,
            Kind::Close => self.delivery = Delivery::Close,
            Kind::Truncate => self.delivery = Delivery::Truncated,
            Kind::Malformed => self.delivery = Delivery::Malformed,
            Kind::Drip { every } => self.delivery = Delivery::Drip(*every),
            Kind::Endless => self.delivery = Delivery::Endless,
        }
        matches!(kind, Kind::Delay(_) | Kind::Hold | Kind::ClockSkew { .. })
    }
}

impl Names {
    fn covers(&self, asked: &str) -> bool {
        let name = bare(asked);
        match self {
            Self::Exactly(own) => *own == asked || Store::key(own) == name,
            Self::Under(prefix) => name.starts_with(&Store::key(prefix)) || format!("{name}/") == Store::key(prefix),
        }
    }
}

/// The name behind an ARN, a selector taken off.
pub(crate) fn bare(asked: &str) -> String {
    let name = match asked.strip_prefix("arn:").and_then(|arn| arn.split_once(":parameter")) {
        Some((_, name)) => name,
        None => asked,
    };
    Store::key(name.split(':').next().unwrap_or_default())
}

/// `SplitMix64`
fn next_random(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_bucket_gains_its_rate_up_to_its_burst() {
        let start = Instant::now();
        let mut bucket = Bucket { tokens: 5.0, filled: start };
        let mut taken = |after: u64| {
            let now = start + Duration::from_secs(after);
            std::iter::from_fn(|| bucket.take(now, 2.0, 5.0).then_some(())).take(100).count()
        };
        assert_eq!([taken(0), taken(1), taken(2), taken(60)], [5, 2, 2, 5]);
    }

    #[test]
    fn the_default_throughput_is_that_of_the_quotas() {
        let Kind::Throttle { per_second, burst } = Fault::default_throughput().kind else { panic!("it throttles") };
        assert_eq!((per_second.to_string(), burst.to_string()), ("40".to_owned(), "40".to_owned()));
    }
}
