//! The log of calls. Names, codes and times; never a value.

use std::time::SystemTime;

/// One request the server read.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Call {
    /// 0 for the first call, without gaps.
    pub sequence: u64,
    /// When the request was read, by the machine's clock.
    pub time: SystemTime,
    /// As the client named it, such as `GetParameters`; empty where it named none, or Lambda knows no such path.
    pub operation: String,
    /// The parameters (or the path) the request names, as the client wrote them; the name of the function, without what an
    /// ARN has around it.
    pub names: Vec<String>,
    /// Whether decrypted values were asked for.
    pub with_decryption: bool,
    /// The HTTP status that was chosen; `None` where the client never gets one.
    pub status: Option<u16>,
    /// The error's name, such as `ThrottlingException`.
    pub error: Option<String>,
    /// The fault that took part, such as `throttle`.
    pub fault: Option<&'static str>,
}
