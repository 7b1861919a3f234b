//! What can go wrong between us and AWS, classified. No text of AWS that could quote a value is kept.

use aws_sdk_ssm::config::http::HttpResponse;
use aws_sdk_ssm::error::{ProvideErrorMetadata, SdkError};

use crate::failure::Failure;
use crate::terminal::shown;

pub(crate) type Error<E> = SdkError<E, HttpResponse>;

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// There is no such thing.
    NotFound,
    /// It is there already.
    AlreadyThere,
    /// The credentials are too old.
    Expired,
    /// There are no credentials, or none that are usable: why.
    NoCredentials { why: String },
    /// AWS does not know the credentials, or the signature is wrong.
    Refused { code: String },
    /// The time of this machine, or of a proxy, is not that of AWS.
    Clock,
    /// Nobody says which region.
    NoRegion,
    /// These credentials may not do this.
    Denied { action: String, resource: String },
    /// Too many requests, for longer than it was tried.
    Throttled,
    /// The thing was changed meanwhile.
    Changed,
    /// The thing is being changed, or the value is in use.
    Conflict,
    /// No connection, or no answer in time.
    Unreachable { place: String, remedy: String },
    /// An answer that is none.
    Garbled,
    /// Refused for what was sent: AWS's code. Its text may quote the value.
    Rejected { code: String },
    /// A failure on AWS's side, after several tries.
    Unavailable { code: String },
    /// The file of a local store could not be written: why.
    NotWritten { place: String, why: String },
}

/// The class of an error of the SDK.
pub(crate) fn classify<E: ProvideErrorMetadata>(
    error: &Error<E>,
    action: &'static str,
    resource: &str,
    place: &str,
    remedy: &str,
) -> Trouble {
    let unreachable = || Trouble::Unreachable { place: place.to_owned(), remedy: remedy.to_owned() };
    match error {
        SdkError::ServiceError(context) => {
            let (error, status) = (context.err(), context.raw().status().as_u16());
            of_service(error.code().unwrap_or_default(), error.message().unwrap_or_default(), status, action, resource)
        }
        SdkError::ResponseError(context) if context.raw().status().as_u16() == 429 => Trouble::Throttled,
        SdkError::ResponseError(context) if context.raw().status().is_server_error() => {
            Trouble::Unavailable { code: format!("HTTP {}", context.raw().status().as_u16()) }
        }
        SdkError::ResponseError(_) => Trouble::Garbled,
        SdkError::ConstructionFailure(_) => Trouble::Rejected { code: "no request could be made of it".to_owned() },
        _ => unreachable(),
    }
}

fn of_service(code: &str, message: &str, status: u16, action: &str, resource: &str) -> Trouble {
    let code_only = code.rsplit('#').next().unwrap_or(code).split(':').next().unwrap_or(code);
    // With any other status, it is not known whose words these are.
    let is_refusal = (400..500).contains(&status);
    match code_only {
        "ParameterNotFound" | "ParameterVersionNotFound" | "ResourceNotFoundException" if is_refusal => {
            Trouble::NotFound
        }
        "ParameterAlreadyExists" if is_refusal => Trouble::AlreadyThere,
        "InvalidSignatureException" | "SignatureDoesNotMatch" if is_of_another_time(message) => Trouble::Clock,
        "RequestTimeTooSkewed" => Trouble::Clock,
        "ExpiredTokenException" | "ExpiredToken" | "RequestExpired" => Trouble::Expired,
        "UnrecognizedClientException"
        | "InvalidClientTokenId"
        | "InvalidSignatureException"
        | "SignatureDoesNotMatch"
        | "IncompleteSignature"
        | "MissingAuthenticationToken"
        | "MissingAuthenticationTokenException" => Trouble::Refused { code: code_only.to_owned() },
        "AccessDeniedException" | "AccessDenied" | "KMSAccessDeniedException" => denied(message, action, resource),
        "ThrottlingException" | "TooManyRequestsException" | "Throttling" | "TooManyUpdates" => Trouble::Throttled,
        "PreconditionFailedException" if is_refusal => Trouble::Changed,
        "ResourceConflictException" if is_refusal => Trouble::Conflict,
        code if status >= 500 => {
            let code = if code.is_empty() { format!("HTTP {status}") } else { code.to_owned() };
            Trouble::Unavailable { code }
        }
        "" if status == 429 => Trouble::Throttled,
        // AWS always has a code: a proxy, a login page, half an answer.
        "" => Trouble::Garbled,
        code => Trouble::Rejected { code: code.to_owned() },
    }
}

/// Whether a signature is right, and too old or too new.
fn is_of_another_time(message: &str) -> bool {
    ["Signature expired", "Signature not yet current"].iter().any(|start| message.starts_with(start))
}

/// Action and resource as AWS names them: for a key that is another action than ours.
fn denied(message: &str, action: &str, resource: &str) -> Trouble {
    // KMS does not always say more, and SSM passes it on.
    if message.starts_with("The ciphertext refers to a customer master key") {
        let resource = format!("the key of {resource}");
        return Trouble::Denied { action: "kms:Decrypt".to_owned(), resource };
    }
    let word = |after: &str| {
        let rest = message.split_once(after)?.1;
        let word: String = rest.chars().take_while(|c| !c.is_whitespace() && *c != ',').collect();
        (!word.is_empty()).then_some(word)
    };
    Trouble::Denied {
        action: word("not authorized to perform: ").unwrap_or_else(|| action.to_owned()),
        resource: word("on resource: ").unwrap_or_else(|| resource.to_owned()),
    }
}

impl Trouble {
    /// What happened and what to do about it. `what` is what was tried: "`KEY` was not set".
    pub(crate) fn failure(&self, what: &str) -> Failure {
        Failure::Trouble(self.code(), format!("{what}: {self}"))
    }

    /// A word for it.
    fn code(&self) -> &'static str {
        match self {
            Trouble::NotFound => "not-found",
            Trouble::AlreadyThere | Trouble::Changed | Trouble::Conflict => "busy",
            Trouble::Expired => "expired-credentials",
            Trouble::NoCredentials { .. } => "no-credentials",
            Trouble::Refused { .. } => "refused-credentials",
            Trouble::Clock => "clock",
            Trouble::NoRegion => "no-region",
            Trouble::Denied { .. } => "denied",
            Trouble::Throttled => "throttled",
            Trouble::Unreachable { .. } => "unreachable",
            Trouble::Garbled => "no-aws",
            Trouble::Rejected { .. } => "rejected",
            Trouble::Unavailable { .. } => "unavailable",
            Trouble::NotWritten { .. } => "not-written",
        }
    }
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Trouble::NotFound => f.write_str("it is not there"),
            Trouble::AlreadyThere => f.write_str("somebody else has just set it"),
            Trouble::Expired => {
                f.write_str("the AWS credentials have expired: log in again (`aws sso login`, or get new keys)")
            }
            Trouble::NoCredentials { why } => {
                write!(f, "there are no AWS credentials ({}): log in, or choose a profile with `--profile`; {LAPTOP}", shown(why))
            }
            Trouble::Refused { code } => {
                write!(f, "AWS does not accept the credentials ({}): they are mistyped, deactivated, or of another partition", shown(code))
            }
            Trouble::Clock => f.write_str(
                "the clock of this machine is not that of AWS, which refuses what is signed at another time: set it",
            ),
            Trouble::NoRegion => {
                write!(f, "no AWS region is set: give `--region`, AWS_REGION, or a `region` in the profile; {LAPTOP}")
            }
            Trouble::Denied { action, resource } => {
                write!(f, "AWS denies {} on {}: these credentials need that permission", shown(action), shown(resource))
            }
            Trouble::Throttled => f.write_str("AWS throttles (too many requests of this account): try again"),
            Trouble::Changed => f.write_str("it was changed by somebody else meanwhile"),
            Trouble::Conflict => f.write_str("it is being changed by somebody else"),
            Trouble::Unreachable { place, remedy } => write!(f, "{} cannot be reached: {}", shown(place), shown(remedy)),
            Trouble::Garbled => f.write_str(
                "what answered is not AWS: check the network (a login page, a proxy) and the endpoint, where a variable says one",
            ),
            Trouble::Rejected { code } => match meaning(code) {
                Some(meaning) => write!(f, "AWS refuses it ({}): {meaning}", shown(code)),
                None => write!(f, "AWS refuses it ({})", shown(code)),
            },
            Trouble::Unavailable { code } => write!(f, "AWS failed ({}), several times: try again", shown(code)),
            Trouble::NotWritten { place, why } => write!(f, "{} could not be written: {}", shown(place), shown(why)),
        }
    }
}

const LAPTOP: &str = "the store of this laptop needs none (`--store local`)";

/// What AWS means by a code whose text is not shown.
fn meaning(code: &str) -> Option<&'static str> {
    Some(match code {
        "InvalidKeyId" => "the KMS key is not there, or it is disabled or about to be deleted",
        "ParameterLimitExceeded" => "this account and region have as many parameters as they may",
        "ParameterMaxVersionLimitExceeded" => {
            "the oldest of its hundred versions has a label, which keeps it: take the label off"
        }
        "ParameterPatternMismatchException" => {
            "somebody gave the parameter an `AllowedPattern` that the value does not match"
        }
        "HierarchyTypeMismatch" | "HierarchyTypeMismatchException" => "it is stored as another type: remove it first",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_denial_names_the_action_and_the_resource_that_aws_names() {
        let message = "User: arn:aws:iam::1:user/x is not authorized to perform: kms:Encrypt on resource: arn:aws:kms:eu:1:key/k because no identity-based policy allows it";
        assert_eq!(
            of_service("AccessDeniedException", message, 400, "ssm:PutParameter", "/a"),
            Trouble::Denied { action: "kms:Encrypt".to_owned(), resource: "arn:aws:kms:eu:1:key/k".to_owned() }
        );
        assert_eq!(
            of_service("AccessDeniedException", "", 400, "ssm:PutParameter", "/a"),
            Trouble::Denied { action: "ssm:PutParameter".to_owned(), resource: "/a".to_owned() }
        );
    }

    #[test]
    fn only_a_refusal_says_that_something_is_not_there() {
        for code in ["ParameterNotFound", "ParameterVersionNotFound", "ResourceNotFoundException"] {
            assert_eq!(of_service(code, "", 400, "a", "b"), Trouble::NotFound);
            assert_eq!(of_service(code, "", 404, "a", "b"), Trouble::NotFound);
            for status in [500, 503] {
                assert_eq!(of_service(code, "", status, "a", "b"), Trouble::Unavailable { code: code.to_owned() });
            }
            assert_eq!(of_service(code, "", 302, "a", "b"), Trouble::Rejected { code: code.to_owned() });
        }
    }

    #[test]
    fn only_a_refusal_says_that_somebody_else_was_first() {
        for (code, status, trouble) in [
            ("ParameterAlreadyExists", 400, Trouble::AlreadyThere),
            ("PreconditionFailedException", 412, Trouble::Changed),
            ("ResourceConflictException", 409, Trouble::Conflict),
        ] {
            assert_eq!(of_service(code, "", status, "a", "b"), trouble);
            // Whether it was written is not known then.
            for status in [500, 503] {
                assert_eq!(of_service(code, "", status, "a", "b"), Trouble::Unavailable { code: code.to_owned() });
            }
            assert_eq!(of_service(code, "", 302, "a", "b"), Trouble::Rejected { code: code.to_owned() });
        }
    }

    #[test]
    fn each_word_of_aws_for_the_same_trouble_is_known() {
        let denied = || Trouble::Denied { action: "a".to_owned(), resource: "b".to_owned() };
        for (code, trouble) in [
            ("ThrottlingException", Trouble::Throttled),
            ("TooManyRequestsException", Trouble::Throttled),
            ("Throttling", Trouble::Throttled),
            // Of `PutParameter`, where others write the same one.
            ("TooManyUpdates", Trouble::Throttled),
            ("RequestTimeTooSkewed", Trouble::Clock),
            ("ExpiredTokenException", Trouble::Expired),
            ("ExpiredToken", Trouble::Expired),
            ("RequestExpired", Trouble::Expired),
            ("AccessDeniedException", denied()),
            ("AccessDenied", denied()),
            ("KMSAccessDeniedException", denied()),
        ] {
            assert_eq!(of_service(code, "", 400, "a", "b"), trouble, "{code}");
            assert_eq!(of_service(&format!("com.amazonaws#{code}"), "", 400, "a", "b"), trouble, "{code}");
        }
    }

    #[test]
    fn too_many_requests_are_that_without_a_word_of_aws_too() {
        assert_eq!(of_service("", "", 429, "a", "b"), Trouble::Throttled);
        assert_eq!(of_service("", "", 403, "a", "b"), Trouble::Garbled);
        // An answer that the SDK cannot read at all, as a gateway gives it.
        let unread = |status: u16| {
            let raw = HttpResponse::new(status.try_into().unwrap(), "<html>".into());
            let error: Error<aws_sdk_ssm::operation::put_parameter::PutParameterError> =
                SdkError::response_error("no JSON", raw);
            classify(&error, "a", "b", "", "")
        };
        assert_eq!(unread(429), Trouble::Throttled);
        assert_eq!(unread(502), Trouble::Unavailable { code: "HTTP 502".to_owned() });
        assert_eq!(unread(403), Trouble::Garbled);
    }

    #[test]
    fn a_refusal_keeps_the_code_and_not_the_text_that_may_quote_the_value() {
        let trouble = of_service("ValidationException", "Value 'hunter2' at 'value' failed", 400, "a", "b");
        assert_eq!(trouble.to_string(), "AWS refuses it (ValidationException)");
        assert!(!format!("{trouble:?}").contains("hunter2"));
    }
}
