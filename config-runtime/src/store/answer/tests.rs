use super::*;

/// What an error answer of the store means.
fn fault(status: u16, code: &str, message: &str) -> Fault {
    fault_with("0000-42", status, code, message)
}

fn fault_with(request_id: &str, status: u16, code: &str, message: &str) -> Fault {
    refusal(status, code, message, Some(request_id))
}

#[test]
fn every_code_of_too_many_requests_may_pass() {
    for code in [
        "ThrottlingException",
        "Throttling",
        "TooManyRequestsException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "PriorRequestNotComplete",
    ] {
        assert_eq!(fault(400, code, "Rate exceeded"), Fault::Transient(ProblemKind::Throttled), "{code}");
    }
    assert_eq!(fault(429, "SomethingElse", ""), Fault::Transient(ProblemKind::Throttled));
}

#[test]
fn every_code_of_refused_credentials_is_final_and_shown() {
    for code in [
        "UnrecognizedClientException",
        "InvalidClientTokenId",
        "ExpiredTokenException",
        "ExpiredToken",
        "InvalidSignatureException",
        "SignatureDoesNotMatch",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "IncompleteSignature",
        "IncompleteSignatureException",
        "AuthFailure",
        "OptInRequired",
        "InvalidAccessKeyId",
    ] {
        let refused = CredentialsProblem::Refused { code: code.to_owned() };
        assert_eq!(fault(403, code, "no"), Fault::Permanent(ProblemKind::Credentials(refused)), "{code}");
    }
}

#[test]
fn a_signature_is_made_anew_where_it_is_the_time_that_is_wrong() {
    for (code, message) in [
        ("RequestExpired", ""),
        ("RequestTimeTooSkewed", ""),
        ("RequestInTheFuture", ""),
        ("InvalidSignatureException", "Signature expired: 20260101T000000Z is now earlier than …"),
        ("InvalidSignatureException", "Signature not yet current: 20260101T000000Z is still later than …"),
        ("SignatureDoesNotMatch", "Signature expired: …"),
        ("AuthFailure", "Signature expired: …"),
    ] {
        assert_eq!(fault(400, code, message), Fault::Skewed, "{code}");
    }
}

#[test]
fn a_refusal_names_its_action_and_its_resource() {
    let arn = "arn:aws:ssm:eu-west-1:123456789012:parameter/a";
    let ssm = format!("User: x is not authorized to perform: ssm:GetParameters on resource: {arn} because …");
    for code in ["AccessDeniedException", "AccessDenied", "UnauthorizedOperation"] {
        let denied = Fault::Denied { action: "ssm:GetParameters", resource: Some(arn.to_owned()) };
        assert_eq!(fault(400, code, &ssm), denied, "{code}");
    }
    for message in [
        "User: x is not authorized to perform: kms:Decrypt",
        "The ciphertext refers to a customer master key that does not exist",
        "Access to KMS is not allowed",
    ] {
        assert_eq!(
            fault(400, "AccessDeniedException", message),
            Fault::Denied { action: "kms:Decrypt", resource: None },
            "{message}"
        );
    }
    // What is said counts, not what a name looks like.
    let named = "User: x is not authorized to perform: ssm:GetParameters on resource: arn:aws:ssm:eu-west-1:1:parameter/KMS_KEY";
    let resource = Some("arn:aws:ssm:eu-west-1:1:parameter/KMS_KEY".to_owned());
    assert_eq!(fault(400, "AccessDenied", named), Fault::Denied { action: "ssm:GetParameters", resource });
    let unknown = "User: x is not authorized to perform: ssm:Something";
    let denied = Fault::Denied { action: "ssm:GetParameters", resource: None };
    assert_eq!(fault(400, "AccessDeniedException", unknown), denied);
    let managed = "User: x is not authorized to perform: secretsmanager:GetSecretValue";
    let denied = Fault::Denied { action: "secretsmanager:GetSecretValue", resource: None };
    assert_eq!(fault(400, "AccessDeniedException", managed), denied);
    for no_arn in ["on resource: hunter2", "on resource:", &format!("on resource: arn:{}", "x".repeat(3000))] {
        assert_eq!(
            fault(400, "AccessDenied", no_arn),
            Fault::Denied { action: "ssm:GetParameters", resource: None },
            "{no_arn}"
        );
    }
}

/// Name, value and selector of each entry of an answer.
fn answer(entries: &[(&str, &str, Option<&str>)], invalid: &[&str]) -> (Vec<Found>, Vec<String>) {
    let found = |(name, value, selector): &(&str, &str, Option<&str>)| Found {
        name: Some((*name).to_owned()),
        arn: Some(format!("arn:aws:ssm:eu-west-1:1:parameter{name}")),
        selector: selector.map(str::to_owned),
        value: Some((*value).to_owned()),
        version: 1,
        modified: None,
    };
    (entries.iter().map(found).collect(), invalid.iter().map(|name| (*name).to_owned()).collect())
}

fn read(names: &[&str], answer: (Vec<Found>, Vec<String>)) -> Option<Vec<Option<String>>> {
    read_as(true, names, answer)
}

fn read_as(
    decrypted: bool,
    names: &[&str],
    (found, invalid): (Vec<Found>, Vec<String>),
) -> Option<Vec<Option<String>>> {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    Some(
        in_order(&names, found, &invalid, decrypted)?
            .into_iter()
            .map(|stored| stored.map(|stored| stored.value))
            .collect(),
    )
}

#[test]
fn an_answer_is_read_by_name_arn_and_selector() {
    let answer = answer(&[("/b", "b", None), ("/a", "a3", Some(":3"))], &["/c"]);
    let values = read(&["/a:3", "/b", "/c", "arn:aws:ssm:eu-west-1:1:parameter/b"], answer).unwrap();
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(values, [text("a3"), text("b"), None, text("b")]);
}

#[test]
fn of_what_was_not_decrypted_nothing_is_kept_but_that_it_is_there() {
    let answer = || answer(&[("/a", "AQICAH", None)], &["/b"]);
    assert_eq!(read_as(false, &["/a", "/b"], answer()), Some(vec![Some(String::new()), None]));

    let mut without = answer();
    without.0[0].value = None;
    assert_eq!(read_as(false, &["/a", "/b"], without), None);
}

#[test]
fn an_answer_that_is_not_about_every_name_or_about_one_in_two_ways_is_none() {
    assert_eq!(read(&["/a"], answer(&[], &[])), None);
    assert_eq!(read(&["/a"], answer(&[("/a", "1", None), ("/a", "2", None)], &[])), None);
    assert_eq!(read(&["/a/value"], answer(&[("/a/", "1", Some("value"))], &[])), None);
    assert!(read(&["/a"], answer(&[("/a", "1", None), ("/a", "1", None)], &[])).is_some());
    assert_eq!(read(&["/a"], answer(&[("/a", "1", None)], &["/a"])), None);
}

#[test]
fn parameters_of_several_accounts_are_told_apart_by_their_arns() {
    let arn = |account: u8| format!("arn:aws:ssm:eu-west-1:{account}:parameter/a");
    let shared = |account: u8| Found {
        name: Some("/a".to_owned()),
        arn: Some(arn(account)),
        value: Some(account.to_string()),
        ..Found::default()
    };

    let values = read(&[&arn(2), &arn(3)], (vec![shared(3), shared(2)], Vec::new())).unwrap();

    assert_eq!(values, [Some("2".to_owned()), Some("3".to_owned())]);
}

#[test]
fn a_servers_error_may_pass_unless_it_says_that_it_never_will() {
    let unavailable = |code: &str| Fault::Transient(ProblemKind::Unavailable { code: code.to_owned() });
    let rejected = |code: &str| {
        let request_id = Some("0000-42".to_owned());
        Fault::Permanent(ProblemKind::Rejected { code: code.to_owned(), request_id })
    };
    assert_eq!(fault(500, "InternalServerError", ""), unavailable("InternalServerError"));
    assert_eq!(fault(503, "", ""), unavailable("HTTP 503"));
    assert_eq!(fault(503, "a text and no code", ""), unavailable("HTTP 503"));
    for (status, code) in [(501, ""), (505, ""), (404, "a text and no code"), (404, &"x".repeat(65))] {
        assert_eq!(fault(status, code, ""), Fault::Permanent(ProblemKind::NotTheStore { status }), "{status}");
    }
    assert_eq!(fault(400, "ValidationException", ""), rejected("ValidationException"));
    // An id is a short word, or it is not shown.
    let without = ProblemKind::Rejected { code: "ValidationException".to_owned(), request_id: None };
    assert_eq!(fault_with("hunter 2", 400, "ValidationException", ""), Fault::Permanent(without));
}
