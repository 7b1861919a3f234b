//! Faults a test asks for: what goes wrong, for which requests, how often.

use std::time::Duration;

use crate::Operation;

/// Something that goes wrong, from [`LocalSsm::inject`](crate::LocalSsm::inject) until it is removed or used up.
///
/// A constructor says what goes wrong; the methods narrow it down. Faults are tried in the order they were injected; delays
/// and clock skew add up with what follows them, of the others the first that matches is the one that happens.
///
/// ```
/// use bind_config_local::{Fault, LocalSsm, Operation};
///
/// let ssm = LocalSsm::start()?;
/// // The third and the fourth read fail.
/// ssm.inject(Fault::server_error().on(Operation::GetParameters).after(2).times(2));
/// // One team's fallback secrets are out of reach.
/// ssm.inject(Fault::deny().under("/sst/orders/.fallback/"));
/// # Ok::<_, bind_config_local::StartError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    pub(crate) kind: Kind,
    pub(crate) operations: Vec<Operation>,
    pub(crate) names: Vec<Names>,
    pub(crate) after: u64,
    pub(crate) times: Option<u64>,
    pub(crate) share: Option<Share>,
}

/// What goes wrong.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Kind {
    Throttle { per_second: f64, burst: f64 },
    Throttled,
    ServerError { status: u16 },
    FailAfterWrite,
    Deny,
    DenyKey { key_id: String },
    ClockSkew { seconds: i64 },
    SignatureExpired,
    TokenExpired,
    LeaveOut,
    Delay(Duration),
    Hold,
    NeverAnswer,
    Unheard,
    Reset,
    ResetMidway,
    Close,
    Truncate,
    Malformed,
    Drip { every: Duration },
    Endless,
}

/// Which parameters or functions a request must name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Names {
    Exactly(String),
    Under(String),
}

/// A part of the matching requests, chosen by a seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Share {
    pub(crate) percent: u8,
    pub(crate) seed: u64,
}

impl Fault {
    /// At most `per_second` requests a second, `burst` of them at once; the rest get *Rate exceeded*: `ThrottlingException`
    /// from SSM, `TooManyRequestsException` with a `Retry-After` from Lambda.
    ///
    /// With 0 a second, exactly `burst` requests pass.
    pub fn throttle(per_second: f64, burst: u32) -> Self {
        Self::new(Kind::Throttle { per_second, burst: f64::from(burst) })
    }

    /// AWS's default: 40 reads a second, shared by the three read operations.
    pub fn default_throughput() -> Self {
        let per_second = crate::limits::READS_PER_SECOND;
        Self::new(Kind::Throttle { per_second, burst: per_second }).on_reads()
    }

    /// Every request gets *Rate exceeded*, as of [`throttle`](Self::throttle).
    pub fn throttled() -> Self {
        Self::new(Kind::Throttled)
    }

    /// HTTP 500, `InternalServerError` from SSM and `ServiceException` from Lambda. Nothing was written.
    pub fn server_error() -> Self {
        Self::status(500)
    }

    /// Another 5xx: 503 is `ServiceUnavailableException`, 502 and 504 have a page of HTML, as a gateway sends it.
    pub fn status(status: u16) -> Self {
        Self::new(Kind::ServerError { status })
    }

    /// HTTP 500 for a request that was carried out.
    pub fn fail_after_write() -> Self {
        Self::new(Kind::FailAfterWrite)
    }

    /// `AccessDeniedException` by IAM. AWS refuses the whole call when one of its names is not allowed.
    pub fn deny() -> Self {
        Self::new(Kind::Deny)
    }

    /// `AccessDeniedException` by KMS, for what is encrypted with this key: parameters, and environments of functions.
    pub fn deny_key(key_id: impl Into<String>) -> Self {
        Self::new(Kind::DenyKey { key_id: key_id.into() })
    }

    /// The server's clock is off by so many seconds: its `Date`, and what it thinks of signatures.
    pub fn clock_skew(seconds: i64) -> Self {
        Self::new(Kind::ClockSkew { seconds })
    }

    /// *Signature expired*, as for a request that was signed, frozen, and sent ten minutes later.
    pub fn signature_expired() -> Self {
        Self::new(Kind::SignatureExpired)
    }

    /// `ExpiredTokenException`: the credentials are too old.
    pub fn token_expired() -> Self {
        Self::new(Kind::TokenExpired)
    }

    /// The parameters it matches are in neither list of the answer, found nor invalid.
    pub fn leave_out() -> Self {
        Self::new(Kind::LeaveOut)
    }

    /// The answer comes late.
    pub fn delay(delay: Duration) -> Self {
        Self::new(Kind::Delay(delay))
    }

    /// The answer waits until the fault is removed: the request is carried out, and the client does not know it. For tests that
    /// do something in between, however long that takes.
    pub fn hold() -> Self {
        Self::new(Kind::Hold)
    }

    /// The request is read, carried out and never answered.
    pub fn never_answer() -> Self {
        Self::new(Kind::NeverAnswer)
    }

    /// The request is read, not carried out and never answered: whatever its sender does then, nothing was written.
    pub fn unheard() -> Self {
        Self::new(Kind::Unheard)
    }

    /// The connection is reset (RST) before the answer.
    pub fn reset() -> Self {
        Self::new(Kind::Reset)
    }

    /// The connection is reset (RST) after half of the answer.
    pub fn reset_midway() -> Self {
        Self::new(Kind::ResetMidway)
    }

    /// The connection is closed (FIN) before the answer.
    pub fn close() -> Self {
        Self::new(Kind::Close)
    }

    /// The connection is closed (FIN) after half of the body.
    pub fn truncate() -> Self {
        Self::new(Kind::Truncate)
    }

    /// HTTP 200 whose body is cut short and is JSON no more; the length that is announced fits.
    pub fn malformed() -> Self {
        Self::new(Kind::Malformed)
    }

    /// The answer comes byte by byte, with a pause before each.
    pub fn drip(every: Duration) -> Self {
        Self::new(Kind::Drip { every })
    }

    /// HTTP 200 with a body that never ends.
    pub fn endless() -> Self {
        Self::new(Kind::Endless)
    }

    /// Only requests of this operation; called again, of either.
    #[must_use]
    pub fn on(mut self, operation: Operation) -> Self {
        self.operations.push(operation);
        self
    }

    /// Only `GetParameter`, `GetParameters` and `GetParametersByPath`.
    #[must_use]
    pub fn on_reads(self) -> Self {
        self.on(Operation::GetParameter).on(Operation::GetParameters).on(Operation::GetParametersByPath)
    }

    /// Only requests that name this parameter or function; called again, either.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.names.push(Names::Exactly(name.into()));
        self
    }

    /// Only requests that name a parameter or function whose name starts with `prefix`; called again, with either.
    #[must_use]
    pub fn under(mut self, prefix: impl Into<String>) -> Self {
        self.names.push(Names::Under(prefix.into()));
        self
    }

    /// Only requests for fallback secrets of the app.
    #[must_use]
    pub fn fallback_of(self, app: &str) -> Self {
        self.under(crate::contract::fallback_prefix(app))
    }

    /// Lets so many matching requests pass first.
    #[must_use]
    pub fn after(mut self, requests: u64) -> Self {
        self.after = requests;
        self
    }

    /// Happens so many times, then never again.
    #[must_use]
    pub fn times(mut self, times: u64) -> Self {
        self.times = Some(times);
        self
    }

    /// Happens to about so many of a hundred matching requests, to the same ones for the same seed.
    #[must_use]
    pub fn sometimes(mut self, percent: u8, seed: u64) -> Self {
        self.share = Some(Share { percent, seed });
        self
    }

    fn new(kind: Kind) -> Self {
        Self { kind, operations: Vec::new(), names: Vec::new(), after: 0, times: None, share: None }
    }
}

impl Kind {
    /// The name in the log.
    pub(crate) fn label(&self) -> &'static str {
        match self {
            Self::Throttle { .. } | Self::Throttled => "throttle",
            Self::ServerError { .. } => "server_error",
            Self::FailAfterWrite => "fail_after_write",
            Self::Deny => "deny",
            Self::DenyKey { .. } => "deny_key",
            Self::ClockSkew { .. } => "clock_skew",
            Self::SignatureExpired => "signature_expired",
            Self::TokenExpired => "token_expired",
            Self::LeaveOut => "leave_out",
            Self::Delay(_) => "delay",
            Self::Hold => "hold",
            Self::NeverAnswer => "never_answer",
            Self::Unheard => "unheard",
            Self::Reset => "reset",
            Self::ResetMidway => "reset_midway",
            Self::Close => "close",
            Self::Truncate => "truncate",
            Self::Malformed => "malformed",
            Self::Drip { .. } => "drip",
            Self::Endless => "endless",
        }
    }
}
