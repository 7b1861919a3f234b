//! The two APIs on one port, SSM's AWS JSON 1.1 and Lambda's REST-JSON: which of them a request speaks, what it asks for, and
//! how each writes an error.

use serde_json::{Value as Json, json};

use crate::http::Request;
use crate::lambda::{self, Route};
use crate::{Operation, Refusal, service};

/// An API of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Api {
    Ssm,
    Lambda,
}

/// What a request asks for.
pub(crate) enum Asked {
    /// An operation by its name, with the body where that is JSON.
    Ssm(String, Option<Json>),
    /// `None`: no such path.
    Lambda(Option<Route>),
}

/// What can go wrong with every operation. Each API has a code and a text of its own for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    Throttled,
    Internal,
    Unavailable,
    TokenExpired,
}

impl Asked {
    pub(crate) fn new(request: &Request) -> Self {
        match request.header("x-amz-target") {
            None if request.path() != "/" => Self::Lambda(Route::new(&request.method, request.path(), request.query())),
            target => {
                let target = target.unwrap_or_default();
                let name = target.strip_prefix("AmazonSSM.").unwrap_or(target).to_owned();
                Self::Ssm(name, serde_json::from_slice(&request.body).ok())
            }
        }
    }

    pub(crate) fn api(&self) -> Api {
        match self {
            Self::Ssm(..) => Api::Ssm,
            Self::Lambda(_) => Api::Lambda,
        }
    }

    pub(crate) fn operation(&self) -> Option<Operation> {
        match self {
            Self::Ssm(name, _) => Operation::parse(name),
            Self::Lambda(route) => route.as_ref().map(|route| route.operation),
        }
    }

    /// As the client named it.
    pub(crate) fn operation_name(&self) -> String {
        match self {
            Self::Ssm(name, _) => name.clone(),
            Self::Lambda(route) => route.as_ref().map_or("", |route| route.operation.as_str()).to_owned(),
        }
    }

    /// The names (or the path) of a request, whatever else is wrong with it.
    pub(crate) fn names(&self) -> Vec<String> {
        match self {
            Self::Ssm(_, body) => body.as_ref().map(service::names).unwrap_or_default(),
            Self::Lambda(route) => route.as_ref().map(Route::names).unwrap_or_default(),
        }
    }

    pub(crate) fn with_decryption(&self) -> bool {
        matches!(self, Self::Ssm(_, Some(body)) if body.get("WithDecryption") == Some(&json!(true)))
    }
}

impl Api {
    /// As the scope of a signature names it.
    pub(crate) fn scope(self) -> &'static str {
        match self {
            Self::Ssm => "ssm",
            Self::Lambda => "lambda",
        }
    }

    pub(crate) fn content_type(self) -> &'static str {
        match self {
            Self::Ssm => "application/x-amz-json-1.1",
            Self::Lambda => "application/json",
        }
    }

    pub(crate) fn trouble(self, trouble: Trouble) -> Refusal {
        match (trouble, self) {
            (Trouble::Throttled, Self::Ssm) => Refusal::client("ThrottlingException", RATE_EXCEEDED),
            (Trouble::Throttled, Self::Lambda) => {
                Refusal::client("TooManyRequestsException", RATE_EXCEEDED).with_status(429)
            }
            (Trouble::Internal, Self::Ssm) => Refusal::internal(),
            (Trouble::Internal, Self::Lambda) => lambda::internal(),
            (Trouble::Unavailable, _) => Refusal::server(503, "ServiceUnavailableException", UNAVAILABLE),
            (Trouble::TokenExpired, api) => api.unauthenticated(Refusal::client("ExpiredTokenException", EXPIRED)),
        }
    }

    /// The refusal of a signature: AWS JSON answers it with 400, REST-JSON with 403.
    pub(crate) fn unauthenticated(self, refusal: Refusal) -> Refusal {
        match self {
            Self::Ssm => refusal,
            Self::Lambda => refusal.with_status(403),
        }
    }

    /// The body of an error.
    pub(crate) fn error(self, refusal: &Refusal) -> Json {
        match self {
            Self::Ssm => {
                let mut body = json!({ "__type": refusal.code() });
                if !refusal.message().is_empty() {
                    body["message"] = json!(refusal.message());
                }
                body
            }
            Self::Lambda => lambda::error(refusal),
        }
    }

    /// The headers of an error, besides those of every answer.
    pub(crate) fn error_headers(self, refusal: &Refusal) -> Vec<(&'static str, String)> {
        if self == Self::Ssm {
            return Vec::new();
        }
        let mut headers = vec![("x-amzn-errortype", refusal.code().to_owned())];
        if refusal.status() == 429 {
            headers.push(("retry-after", "1".to_owned()));
        }
        headers
    }
}

const RATE_EXCEEDED: &str = "Rate exceeded";
const UNAVAILABLE: &str = "The request has failed due to a temporary failure of the server.";
const EXPIRED: &str = "The security token included in the request is expired";
