//! An answer that is an error, and the texts of the general ones. The texts of a rule stand beside the rule.

use std::fmt;

/// What AWS says when it does not do what it was asked.
///
/// The message is the one AWS sends. Values of parameters and of variables are never part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    status: u16,
    code: String,
    message: String,
}

impl Refusal {
    /// The caller's mistake: HTTP 400, as every modelled error of SSM.
    pub(crate) fn client(code: &str, message: impl Into<String>) -> Self {
        Self { status: 400, code: code.to_owned(), message: message.into() }
    }

    /// A broken rule.
    pub(crate) fn validation(message: impl Into<String>) -> Self {
        Self::client("ValidationException", message)
    }

    /// A body that is not the operation's input.
    pub(crate) fn serialization(message: impl Into<String>) -> Self {
        Self::client("SerializationException", message)
    }

    /// The server's mistake.
    pub(crate) fn server(status: u16, code: &str, message: impl Into<String>) -> Self {
        Self { status, code: code.to_owned(), message: message.into() }
    }

    /// HTTP 500 with the text of SSM's model.
    pub(crate) fn internal() -> Self {
        Self::server(500, "InternalServerError", "An error occurred on the server side.")
    }

    /// Lambda's errors have statuses of their own.
    pub(crate) fn with_status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// The HTTP status: 400 for every modelled error of SSM, another 4xx for some of Lambda's, 5xx for the server's own.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The error's name, such as `ParameterNotFound`.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// AWS's text.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for Refusal {}
