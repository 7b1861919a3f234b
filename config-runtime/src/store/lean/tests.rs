use std::borrow::Cow;

use super::*;
use crate::store::answer::Text;

fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
    pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
}

#[test]
fn a_code_is_read_from_the_header_or_the_body_and_without_what_is_around_it() {
    let throttled = Fault::Transient(ProblemKind::Throttled);
    for (header, body) in [
        (None, r#"{"__type":"ThrottlingException","message":"Rate exceeded"}"#),
        (None, r#"{"__type":"com.amazonaws.ssm#ThrottlingException"}"#),
        (None, r#"{"code":"ThrottlingException:http://internal.amazon.com/"}"#),
        (Some("ThrottlingException:http://internal.amazon.com/"), "{}"),
        (Some("ThrottlingException"), r#"{"__type":"Another"}"#),
    ] {
        let header = header.map(|code| headers(&[("x-amzn-errortype", code)])).unwrap_or_default();
        assert_eq!(refusal(400, &header, body.as_bytes()), throttled, "{body}");
    }
    let denied = |message: &str| {
        let body = format!(r#"{{"__type":"AccessDeniedException","{message}":"… perform: kms:Decrypt on …"}}"#);
        refusal(400, &HeaderMap::new(), body.as_bytes())
    };
    let expected = Fault::Denied { action: "kms:Decrypt", resource: None };
    assert_eq!((denied("message"), denied("Message")), (expected.clone(), expected));
}

#[test]
fn a_value_is_not_copied_out_of_its_answer_before_somebody_wants_it() {
    let read = |value: &str| {
        let body = format!(r#"{{"Parameters":[{{"Name":"/a","Value":"{value}","Version":1}}]}}"#);
        let Output { parameters, .. } = serde_json::from_str(&body).unwrap();
        let Text(value) = parameters.unwrap().remove(0).value.unwrap();
        (matches!(value, Cow::Borrowed(_)), value.into_owned())
    };
    assert_eq!(read("AQICAH+/="), (true, "AQICAH+/=".to_owned()));
    // What is escaped must be put together.
    assert_eq!(read(r"a\nb"), (false, "a\nb".to_owned()));
}

#[test]
fn a_clock_is_corrected_by_the_date_of_the_store_if_that_is_a_date() {
    let now = DateTime::from(SystemTime::now()).secs();
    let date = |by: i64| {
        let date = DateTime::from_secs(now + by).fmt(Format::HttpDate).unwrap();
        ahead(&HeaderMap::from_iter([(DATE, date.parse().unwrap())]))
    };
    assert!(date(600).is_some_and(|ahead| (595..=600).contains(&ahead)));
    assert!(date(-600).is_some_and(|ahead| (-605..=-600).contains(&ahead)));
    for no_date in ["Fri, 31 Dec 9999 23:59:59 GMT", "yesterday"] {
        assert_eq!(ahead(&headers(&[("date", no_date)])), None, "{no_date}");
    }
    assert_eq!(ahead(&HeaderMap::new()), None);
}
