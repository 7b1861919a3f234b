//! What SSM answers: values, refusals, and what is no answer of SSM. Knows AWS's texts; `sdk` carries them.
//!
//! # Security
//!
//! Message texts are looked at and never kept: they are those of whoever answers.

use super::fetch::Fault;
use super::name::{is_arn, is_same};
use crate::plan::Stored;
use crate::problem::{CredentialsProblem, ProblemKind};

/// A parameter, as `GetParameters` has it.
#[derive(Default)]
pub(crate) struct Found {
    pub(crate) name: Option<String>,
    pub(crate) arn: Option<String>,
    pub(crate) selector: Option<String>,
    pub(crate) value: Option<String>,
    pub(crate) version: i64,
    /// Nanoseconds since 1970.
    pub(crate) modified: Option<i128>,
}

/// The answer in the order of the names. `None` where it does not speak of every name, or of one in two ways: it is not
/// the whole answer, or not one answer.
pub(crate) fn in_order(
    names: &[String],
    mut found: Vec<Found>,
    invalid: &[String],
    decrypted: bool,
) -> Option<Vec<Option<Stored>>> {
    let chosen: Vec<Option<usize>> = names
        .iter()
        .map(|name| {
            let mut called = (0..found.len()).filter(|at| is_called(&found[*at], name));
            match (called.next(), invalid.contains(name)) {
                (Some(first), false) => called.all(|at| found[at].value == found[first].value).then_some(Some(first)),
                (None, true) => Some(None),
                (Some(_), true) | (None, false) => None,
            }
        })
        .collect::<Option<_>>()?;
    let value = |(index, at): (usize, &Option<usize>)| {
        let Some(at) = *at else { return Some(None) };
        let parameter = &mut found[at];
        // Moved out, but for a parameter that was asked for by its name and by its ARN.
        let is_last = !chosen[index + 1..].contains(&Some(at));
        let value = if is_last { parameter.value.take() } else { parameter.value.clone() }?;
        // Ciphertext: nobody has a use for it.
        let value = if decrypted { value } else { String::new() };
        Some(Some(Stored { value, version: parameter.version, modified: parameter.modified }))
    };
    chosen.iter().enumerate().map(value).collect()
}

/// A parameter answers to its name and its ARN, both with the selector of the request (`:3`, `:label`).
fn is_called(parameter: &Found, asked: &str) -> bool {
    let selector = parameter.selector.as_deref().filter(|selector| selector.starts_with(':')).unwrap_or_default();
    let is = |own: &str| asked.strip_suffix(selector).is_some_and(|asked| is_same(asked, own));
    [&parameter.name, &parameter.arn].into_iter().flatten().any(|own| is(own))
}

/// An answer of AWS that is not the values. Message texts are looked at and never kept.
pub(super) fn refusal(status: u16, code: &str, message: &str, request_id: Option<&str>) -> Fault {
    match code {
        "ThrottlingException"
        | "Throttling"
        | "TooManyRequestsException"
        | "RequestLimitExceeded"
        | "RequestThrottled"
        | "RequestThrottledException"
        | "SlowDown"
        | "PriorRequestNotComplete" => Fault::Transient(ProblemKind::Throttled),
        "AccessDeniedException" | "AccessDenied" | "UnauthorizedOperation" => {
            Fault::Denied { action: action(message), resource: resource(message) }
        }
        "RequestExpired" | "RequestTimeTooSkewed" | "RequestInTheFuture" => Fault::Skewed,
        "InvalidSignatureException" | "SignatureDoesNotMatch" | "AuthFailure" if is_about_time(message) => {
            Fault::Skewed
        }
        "UnrecognizedClientException"
        | "InvalidClientTokenId"
        | "ExpiredTokenException"
        | "ExpiredToken"
        | "InvalidSignatureException"
        | "SignatureDoesNotMatch"
        | "MissingAuthenticationToken"
        | "MissingAuthenticationTokenException"
        | "IncompleteSignature"
        | "IncompleteSignatureException"
        | "AuthFailure"
        | "OptInRequired"
        | "InvalidAccessKeyId" => {
            Fault::Permanent(ProblemKind::Credentials(CredentialsProblem::Refused { code: code.to_owned() }))
        }
        _ if status == 429 => Fault::Transient(ProblemKind::Throttled),
        _ if may_pass(status) => Fault::Transient(ProblemKind::Unavailable {
            code: if is_code(code) { code.to_owned() } else { http(status) },
        }),
        _ if !is_code(code) => Fault::Permanent(ProblemKind::NotTheStore { status }),
        _ => Fault::Permanent(ProblemKind::Rejected {
            code: code.to_owned(),
            request_id: request_id.filter(|id| is_code(id)).map(str::to_owned),
        }),
    }
}

/// A server's error, but not that it does not do such a thing at all.
fn may_pass(status: u16) -> bool {
    matches!(status, 500..=599) && !matches!(status, 501 | 505)
}

fn http(status: u16) -> String {
    format!("HTTP {status}")
}

/// Whether a text of the answer can be shown: codes and ids are short words.
fn is_code(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'))
}

/// "… is not authorized to perform: ACTION on resource: …". Where a key is refused, SSM says it in its own words: "The
/// ciphertext refers to a customer master key that does not exist, …".
fn action(message: &str) -> &'static str {
    const ACTIONS: [&str; 3] = ["ssm:GetParameters", "kms:Decrypt", "secretsmanager:GetSecretValue"];
    match message.split_once("perform: ").and_then(|(_, rest)| rest.split_whitespace().next()) {
        Some(said) => ACTIONS.into_iter().find(|action| *action == said).unwrap_or(ACTIONS[0]),
        None if message.contains("KMS") || message.contains("ciphertext refers to") => ACTIONS[1],
        None => ACTIONS[0],
    }
}

/// "Signature expired: … is now earlier than …", "Signature not yet current: …".
fn is_about_time(message: &str) -> bool {
    message.contains("Signature expired") || message.contains("not yet current")
}

/// "… is not authorized to perform: ssm:GetParameters on resource: ARN because …".
fn resource(message: &str) -> Option<String> {
    let arn = message.split_once("on resource: ")?.1.split_whitespace().next()?;
    (is_arn(arn) && arn.len() <= 2048).then(|| arn.to_owned())
}

/// An answer with a status and without anything that SSM would say. A 400 may be JSON that was cut off.
pub(super) fn no_answer(status: u16) -> Fault {
    match status {
        429 => Fault::Transient(ProblemKind::Throttled),
        _ if may_pass(status) => Fault::Transient(ProblemKind::Unavailable { code: http(status) }),
        // It is no better the next time: a proxy, a firewall.
        300..=399 | 401..=407 | 410..=428 | 501 | 505 => Fault::Permanent(ProblemKind::NotTheStore { status }),
        _ => Fault::Transient(ProblemKind::Garbled),
    }
}

#[cfg(test)]
mod tests;
