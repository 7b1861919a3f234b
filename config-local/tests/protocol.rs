//! HTTP and AWS JSON 1.1: what is no request, what is no operation, what is no input.
#![expect(clippy::unwrap_used, reason = "a helper of tests is a test")]

mod raw;

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};

use bind_config_local::LocalSsm;
use raw::{Raw, exchange, header, read_answer};

#[test]
fn an_unknown_operation_is_named_as_such() {
    let ssm = LocalSsm::start().unwrap();

    let unknown = Raw::new(&ssm, "GetDocument", "{}").send(&ssm);
    let mut get = Raw::new(&ssm, "GetParameters", "{}");
    get.method = "GET";

    assert_eq!((unknown.status, unknown.body.as_str()), (400, r#"{"__type":"UnknownOperationException"}"#));
    assert_eq!(get.send(&ssm).body, r#"{"__type":"UnknownOperationException"}"#);
    assert_eq!(ssm.calls()[0].operation, "GetDocument");
}

#[test]
fn a_body_that_is_no_input_is_a_serialization_error() {
    let ssm = LocalSsm::start().unwrap();
    for (operation, body, message) in [
        ("GetParameters", "{", None),
        ("GetParameters", "", None),
        ("GetParameters", "[]", Some("Unexpected token")),
        ("GetParameters", r#"{"Names":"/KEY"}"#, Some("Expected list or null")),
        ("GetParameters", r#"{"Names":{}}"#, Some("Start of structure or map found where not expected.")),
        ("GetParameters", r#"{"Names":[1]}"#, Some("NUMBER_VALUE cannot be converted to String")),
        ("GetParameter", r#"{"Name":true}"#, Some("TRUE_VALUE cannot be converted to String")),
        ("GetParameter", r#"{"Name":["/KEY"]}"#, Some("Start of structure or map found where not expected.")),
        (
            "GetParameter",
            r#"{"Name":"/K","WithDecryption":"yes"}"#,
            Some("STRING_VALUE cannot be converted to Boolean"),
        ),
        ("GetParametersByPath", r#"{"Path":"/","MaxResults":"1"}"#, Some("STRING_VALUE cannot be converted to Long")),
        (
            "PutParameter",
            r#"{"Name":"/K","Value":1,"Type":"String"}"#,
            Some("NUMBER_VALUE cannot be converted to String"),
        ),
    ] {
        let answer = Raw::new(&ssm, operation, body).send(&ssm);

        let message = message.map(|message| format!(r#","message":"{message}""#)).unwrap_or_default();
        let expected = format!(r#"{{"__type":"SerializationException"{message}}}"#);
        assert_eq!((answer.status, answer.body), (400, expected), "{operation} {body}");
    }
}

#[test]
fn a_missing_member_is_a_validation_error_and_an_unknown_one_nothing() {
    let ssm = LocalSsm::start().unwrap();
    for (operation, members) in [
        ("GetParameters", "names"),
        ("GetParameter", "name"),
        ("GetParametersByPath", "path"),
        ("DeleteParameter", "name"),
        ("LabelParameterVersion", "name"),
    ] {
        let answer = Raw::new(&ssm, operation, r#"{"Colour":"red"}"#).send(&ssm);

        let expected = format!(
            r#"{{"__type":"ValidationException","message":"1 validation error detected: Value null at '{members}' failed to satisfy constraint: Member must not be null"}}"#
        );
        assert_eq!(answer.body, expected);
    }
    let ignored =
        Raw::new(&ssm, "GetParameters", r#"{"Names":["/K"],"Colour":"red","WithDecryption":null}"#).send(&ssm);
    assert_eq!(ignored.status, 200);
}

#[test]
fn one_connection_serves_many_requests_also_sent_at_once() {
    let ssm = LocalSsm::start().unwrap();
    let bytes = Raw::new(&ssm, "GetParameters", r#"{"Names":["/K"]}"#).bytes();
    let mut stream = TcpStream::connect(ssm.address()).unwrap();

    stream.write_all(&[bytes.as_slice(), &bytes, &bytes].concat()).unwrap();
    let statuses = [(); 3].map(|()| read_answer(&mut stream).status);

    assert_eq!(statuses, [200; 3]);
    assert_eq!((ssm.connections(), ssm.calls().len()), (1, 3));
}

#[test]
fn a_request_in_small_pieces_is_put_together() {
    let ssm = LocalSsm::start().unwrap();
    let bytes = Raw::new(&ssm, "GetParameters", r#"{"Names":["/K"]}"#).bytes();
    let mut stream = TcpStream::connect(ssm.address()).unwrap();

    for piece in bytes.chunks(7) {
        stream.write_all(piece).unwrap();
    }

    assert_eq!(read_answer(&mut stream).status, 200);
}

#[test]
fn a_client_that_asks_first_is_told_to_go_on() {
    let ssm = LocalSsm::start().unwrap();
    let mut stream = TcpStream::connect(ssm.address()).unwrap();

    stream.write_all(b"POST / HTTP/1.1\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n").unwrap();
    let mut interim = [0; 25];
    stream.read_exact(&mut interim).unwrap();
    stream.write_all(b"{}").unwrap();

    assert_eq!(&interim, b"HTTP/1.1 100 Continue\r\n\r\n");
    assert_eq!(read_answer(&mut stream).status, 400);
}

#[test]
fn what_is_no_http_is_answered_and_closed() {
    let ssm = LocalSsm::start().unwrap();
    let long = format!("POST / HTTP/1.1\r\nx: {}", "y".repeat(40_000));
    for (bytes, status) in [
        ("\u{1}\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\ncontent-length: many\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n", 411),
        ("POST / HTTP/1.1\r\ncontent-length: 99999999\r\n\r\n", 413),
        (long.as_str(), 431),
    ] {
        let answer = exchange(&ssm, bytes.as_bytes());

        assert_eq!(answer.status, status);
        assert_eq!(header(&answer.head, "connection"), Some("close"));
    }
    assert!(ssm.calls().is_empty());
}

#[test]
fn a_client_that_goes_away_in_the_middle_harms_nobody() {
    let ssm = LocalSsm::start().unwrap();
    let bytes = Raw::new(&ssm, "GetParameters", r#"{"Names":["/K"]}"#).bytes();
    let mut stream = TcpStream::connect(ssm.address()).unwrap();
    stream.write_all(&bytes[..bytes.len() / 2]).unwrap();
    stream.shutdown(Shutdown::Both).unwrap();

    assert_eq!(exchange(&ssm, &bytes).status, 200);
}
