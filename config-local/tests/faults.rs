//! Everything that can go wrong on demand, as a client sees it.
#![expect(clippy::unwrap_used, reason = "a helper of tests is a test")]

mod raw;
mod sdk;

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use aws_sdk_ssm::types::ParameterType;
use bind_config_local::{Fault, LocalSsm, NewParameter, Operation};
use raw::{Answer, Raw, header, read_answer};
use sdk::{client, refusal};

const GET: &str = r#"{"Names":["/app/KEY"],"WithDecryption":true}"#;

fn stored() -> LocalSsm {
    let ssm = LocalSsm::start().unwrap();
    ssm.put(NewParameter::secure("/app/KEY", "hunter2")).unwrap();
    ssm
}

fn get(ssm: &LocalSsm) -> Answer {
    Raw::new(ssm, "GetParameters", GET).send(ssm)
}

/// Sends a request and reads until the connection ends, which it must.
fn read_to_end(ssm: &LocalSsm) -> (Vec<u8>, Option<ErrorKind>) {
    let mut stream = TcpStream::connect(ssm.address()).unwrap();
    stream.write_all(&Raw::new(ssm, "GetParameters", GET).bytes()).unwrap();
    let mut bytes = Vec::new();
    let end = stream.read_to_end(&mut bytes).err().map(|err| err.kind());
    (bytes, end)
}

#[test]
fn a_throttle_lets_its_burst_pass_and_refuses_the_rest() {
    let ssm = stored();
    let fault = ssm.inject(Fault::throttle(0.0, 2));

    let statuses = [(); 4].map(|()| get(&ssm).status);
    let throttled = get(&ssm);
    ssm.remove_fault(fault);

    assert_eq!(statuses, [200, 200, 400, 400]);
    assert_eq!(throttled.body, r#"{"__type":"ThrottlingException","message":"Rate exceeded"}"#);
    assert_eq!(get(&ssm).status, 200);
    assert_eq!(ssm.hits(fault), 3);
    let call = &ssm.calls()[2];
    assert_eq!(
        (call.status, call.error.as_deref(), call.fault),
        (Some(400), Some("ThrottlingException"), Some("throttle"))
    );
}

#[test]
fn a_throttle_fills_up_again() {
    let ssm = stored();
    ssm.inject(Fault::throttle(1000.0, 1));

    let started = Instant::now();
    while get(&ssm).status != 200 || ssm.calls().iter().filter(|call| call.status == Some(200)).count() < 3 {
        assert!(started.elapsed() < Duration::from_secs(30), "three requests pass at 1,000 a second");
    }
}

#[test]
fn the_default_throughput_counts_reads_alone() {
    let ssm = stored();
    let fault = ssm.inject(Fault::default_throughput());

    for _ in 0..200 {
        Raw::new(&ssm, "DescribeParameters", "{}").send(&ssm);
    }

    assert_eq!(ssm.hits(fault), 0);
    assert_eq!(get(&ssm).status, 200);
}

#[test]
fn every_kind_of_5xx_looks_like_its_sender() {
    let ssm = stored();
    for (status, content_type, body) in [
        (
            500,
            "application/x-amz-json-1.1",
            r#"{"__type":"InternalServerError","message":"An error occurred on the server side."}"#,
        ),
        (
            503,
            "application/x-amz-json-1.1",
            r#"{"__type":"ServiceUnavailableException","message":"The request has failed due to a temporary failure of the server."}"#,
        ),
        (502, "text/html", "<html><body><h1>Bad Gateway</h1></body></html>"),
        (504, "text/html", "<html><body><h1>Bad Gateway</h1></body></html>"),
    ] {
        ssm.inject(Fault::status(status).times(1));
        let answer = get(&ssm);

        assert_eq!((answer.status, answer.body.as_str()), (status, body));
        assert_eq!(header(&answer.head, "content-type"), Some(content_type));
    }
    assert_eq!(get(&ssm).status, 200);
}

#[tokio::test]
async fn a_failed_write_may_have_happened() {
    let ssm = stored();
    let client = client(&ssm);
    let put = |value: &str| {
        client.put_parameter().name("/app/KEY").value(value).r#type(ParameterType::SecureString).overwrite(true).send()
    };

    ssm.inject(Fault::server_error().on(Operation::PutParameter).times(1));
    let before = put("lost").await;
    ssm.inject(Fault::fail_after_write().on(Operation::PutParameter).times(1));
    let after = put("kept").await;

    let expected = "InternalServerError: An error occurred on the server side.";
    assert_eq!((refusal(before).as_str(), refusal(after).as_str()), (expected, expected));
    assert_eq!((ssm.value("/app/KEY").as_deref(), ssm.version("/app/KEY")), (Some("kept"), Some(2)));
}

#[tokio::test]
async fn one_denied_name_denies_the_whole_call() {
    let ssm = stored();
    ssm.inject(Fault::deny().fallback_of("app"));
    let client = client(&ssm);

    let denied = client.get_parameters().names("/app/KEY").names("/sst/app/.fallback/Secret/KEY/value").send().await;
    let allowed = client.get_parameters().names("/app/KEY").send().await;

    assert_eq!(
        refusal(denied),
        "AccessDeniedException: User: arn:aws:sts::123456789012:assumed-role/local-function/local-function is not \
         authorized to perform: ssm:GetParameters on resource: \
         arn:aws:ssm:us-east-1:123456789012:parameter/sst/app/.fallback/Secret/KEY/value because no identity-based policy \
         allows the ssm:GetParameters action"
    );
    assert_eq!(allowed.unwrap().parameters().len(), 1);
}

#[tokio::test]
async fn a_name_is_denied_however_it_is_written() {
    let ssm = LocalSsm::builder().caller("arn:aws:iam::1:user/me").start().unwrap();
    ssm.inject(Fault::deny().name("/app/KEY"));
    ssm.inject(Fault::deny().under("/team"));
    let client = client(&ssm);
    for (name, denied) in [
        ("/app/KEY", true),
        ("/app/KEY:1", true),
        ("arn:aws:ssm:us-east-1:123456789012:parameter/app/KEY", true),
        ("/app/KEYS", false),
        ("/team/x", true),
        ("/other", false),
    ] {
        let text = refusal(client.get_parameter().name(name).send().await);

        assert_eq!(
            text.starts_with("AccessDeniedException: User: arn:aws:iam::1:user/me is not"),
            denied,
            "{name}: {text}"
        );
    }
}

#[tokio::test]
async fn a_denied_key_closes_what_it_encrypts() {
    let ssm = stored();
    ssm.put(NewParameter::secure("/app/MINE", "hunter2").key("alias/mine")).unwrap();
    ssm.inject(Fault::deny_key("alias/mine"));
    let client = client(&ssm);
    let get = |name: &str, decrypt| client.get_parameter().name(name).with_decryption(decrypt).send();

    let put = client
        .put_parameter()
        .name("/app/NEW")
        .value("x")
        .r#type(ParameterType::SecureString)
        .key_id("alias/mine")
        .send();

    assert_eq!(
        refusal(get("/app/MINE", true).await),
        "AccessDeniedException: The ciphertext refers to a customer master key that does not exist, does not exist in this \
         region, or you are not allowed to access."
    );
    assert_eq!(
        refusal(put.await),
        "AccessDeniedException: User: arn:aws:sts::123456789012:assumed-role/local-function/local-function is not \
         authorized to perform: kms:Encrypt on resource: arn:aws:kms:us-east-1:123456789012:alias/mine because no \
         identity-based policy allows the kms:Encrypt action (Service: AWSKMS; Status Code: 400; Error Code: \
         AccessDeniedException)"
    );
    assert!(get("/app/MINE", false).await.is_ok());
    assert!(get("/app/KEY", true).await.is_ok());
}

#[test]
fn a_skewed_clock_is_seen_in_the_date_and_felt_by_signatures() {
    let ssm = stored();
    ssm.inject(Fault::clock_skew(-3600).times(1));

    let (skewed, right) = (get(&ssm), get(&ssm));

    assert!(skewed.body.contains("Signature not yet current: "), "{}", skewed.body);
    assert_ne!(header(&skewed.head, "date").unwrap()[..19], header(&right.head, "date").unwrap()[..19]);
    assert_eq!((right.status, ssm.calls()[0].fault), (200, Some("clock_skew")));
}

#[test]
fn a_signature_can_have_thawed_too_late() {
    let ssm = stored();
    ssm.inject(Fault::signature_expired().times(1));
    let raw = Raw::new(&ssm, "GetParameters", GET);

    let answer = raw.send(&ssm);

    assert!(answer.body.contains(&format!("Signature expired: {} is now earlier than ", raw.date)), "{}", answer.body);
    assert!(answer.body.contains("\"InvalidSignatureException\""));
    assert_eq!(raw.send(&ssm).status, 200);
}

#[test]
fn credentials_can_be_too_old() {
    let ssm = stored();
    ssm.inject(Fault::token_expired());

    assert_eq!(
        get(&ssm).body,
        r#"{"__type":"ExpiredTokenException","message":"The security token included in the request is expired"}"#
    );
}

#[tokio::test]
async fn a_name_can_be_in_neither_list() {
    let ssm = stored();
    ssm.inject(Fault::leave_out().name("/app/KEY").name("/app/NO"));
    let client = client(&ssm);

    let got = client.get_parameters().names("/app/KEY").names("/app/NO").names("/app/OTHER").send().await.unwrap();

    assert_eq!((got.parameters().len(), got.invalid_parameters()), (0, &["/app/OTHER".to_owned()][..]));
}

#[test]
fn an_answer_can_be_late() {
    let ssm = stored();
    ssm.inject(Fault::delay(Duration::from_millis(30)));
    ssm.inject(Fault::delay(Duration::from_millis(30)).times(1));

    let started = Instant::now();
    let answer = get(&ssm);

    assert!(started.elapsed() >= Duration::from_millis(60));
    assert_eq!((answer.status, ssm.calls()[0].fault), (200, Some("delay")));
}

#[test]
fn an_answer_can_be_held_until_it_may_go() {
    let ssm = stored();
    let fault = ssm.inject(Fault::hold().times(1));
    std::thread::scope(|scope| {
        let held = scope.spawn(|| get(&ssm).status);
        while ssm.calls().is_empty() {
            std::thread::yield_now();
        }

        // Others are answered, and the request that is held was carried out.
        assert_eq!(get(&ssm).status, 200);
        assert!(!held.is_finished());
        assert_eq!(ssm.hits(fault), 1);

        ssm.remove_fault(fault);
        assert_eq!(held.join().unwrap(), 200);
    });
}

#[test]
fn a_request_can_go_unanswered() {
    let ssm = stored();
    ssm.inject(Fault::never_answer().times(1));
    let mut stream = TcpStream::connect(ssm.address()).unwrap();
    stream.write_all(&Raw::new(&ssm, "GetParameters", GET).bytes()).unwrap();

    // Others are served meanwhile.
    while ssm.calls().is_empty() {
        std::thread::yield_now();
    }
    assert_eq!(get(&ssm).status, 200);
    stream.set_nonblocking(true).unwrap();

    assert_eq!(stream.read(&mut [0]).unwrap_err().kind(), ErrorKind::WouldBlock);
    assert_eq!((ssm.calls()[0].status, ssm.calls()[0].fault), (None, Some("never_answer")));
}

#[test]
fn a_connection_can_be_reset_before_the_answer() {
    let ssm = stored();
    ssm.inject(Fault::reset());

    assert_eq!(read_to_end(&ssm), (Vec::new(), Some(ErrorKind::ConnectionReset)));
    assert_eq!(ssm.calls()[0].status, None);
}

#[test]
fn a_connection_can_be_reset_in_the_middle_of_the_answer() {
    let ssm = stored();
    ssm.inject(Fault::reset_midway());

    let (bytes, end) = read_to_end(&ssm);

    assert_eq!(end, Some(ErrorKind::ConnectionReset));
    assert!(!String::from_utf8(bytes).unwrap().ends_with('}'));
}

#[test]
fn a_connection_can_be_closed_before_the_answer() {
    let ssm = stored();
    ssm.inject(Fault::close());

    assert_eq!(read_to_end(&ssm), (Vec::new(), None));
}

#[test]
fn a_body_can_be_shorter_than_announced() {
    let ssm = stored();
    ssm.inject(Fault::truncate());

    let (bytes, end) = read_to_end(&ssm);

    let text = String::from_utf8(bytes).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let announced: usize = header(head, "content-length").unwrap().parse().unwrap();
    assert_eq!((end, body.len()), (None, announced / 2));
}

#[test]
fn a_body_can_be_no_json() {
    let ssm = stored();
    ssm.inject(Fault::malformed().times(1));

    let answer = get(&ssm);

    assert_eq!(answer.status, 200);
    assert!(serde_json::from_str::<serde_json::Value>(&answer.body).is_err(), "{}", answer.body);
    assert_eq!(get(&ssm).status, 200);
}

#[test]
fn an_answer_can_come_byte_by_byte() {
    let ssm = stored();
    ssm.inject(Fault::drip(Duration::from_micros(10)));
    let mut stream = TcpStream::connect(ssm.address()).unwrap();
    stream.write_all(&Raw::new(&ssm, "GetParameters", GET).bytes()).unwrap();

    let mut chunk = [0; 4096];
    let first = stream.read(&mut chunk).unwrap();

    assert!(first < 100, "{first} bytes at once");
    let mut rest = Vec::new();
    while !rest.ends_with(b"}]}") && !rest.ends_with(b"[]}") {
        let read = stream.read(&mut chunk).unwrap();
        rest.extend_from_slice(&chunk[..read]);
    }
}

#[test]
fn an_answer_can_be_endless() {
    let ssm = stored();
    ssm.inject(Fault::endless());
    let mut stream = TcpStream::connect(ssm.address()).unwrap();
    stream.write_all(&Raw::new(&ssm, "GetParameters", GET).bytes()).unwrap();

    let mut much = vec![0; 4 * 1024 * 1024];
    stream.read_exact(&mut much).unwrap();

    assert!(much.starts_with(b"HTTP/1.1 200 OK\r\n"));
}

#[test]
fn a_fault_happens_to_the_requests_it_is_for() {
    let ssm = stored();
    ssm.inject(Fault::server_error().on(Operation::GetParameters).name("/app/KEY").after(1).times(2));
    let send = |operation: &str, body: &str| Raw::new(&ssm, operation, body).send(&ssm).status;

    assert_eq!(send("GetParameter", r#"{"Name":"/app/KEY"}"#), 200);
    assert_eq!(send("GetParameters", r#"{"Names":["/app/OTHER"]}"#), 200);
    assert_eq!([(); 5].map(|()| get(&ssm).status), [200, 500, 500, 200, 200]);
    assert_eq!(ssm.count(Operation::GetParameters), 6);
}

#[test]
fn the_same_seed_picks_the_same_requests() {
    let pick = |seed| {
        let ssm = stored();
        ssm.inject(Fault::server_error().sometimes(50, seed));
        [(); 40].map(|()| get(&ssm).status)
    };

    let (first, again, other) = (pick(7), pick(7), pick(8));

    assert_eq!(first, again);
    assert_ne!(first, other);
    let failed = first.iter().filter(|status| **status == 500).count();
    assert!((10..=30).contains(&failed), "{failed} of 40");
}

#[test]
fn faults_come_in_turn_and_end_when_they_are_cleared() {
    let ssm = stored();
    ssm.inject(Fault::throttled().times(1));
    ssm.inject(Fault::server_error().times(1));
    ssm.inject(Fault::close().after(5));

    assert_eq!([(); 3].map(|()| get(&ssm).status), [400, 500, 200]);
    ssm.inject(Fault::server_error());
    assert_eq!(get(&ssm).status, 500);
    ssm.clear_faults();
    assert_eq!(get(&ssm).status, 200);
}

#[test]
fn a_connection_goes_on_after_a_refusal() {
    let ssm = stored();
    ssm.inject(Fault::throttled().times(1));
    let bytes = Raw::new(&ssm, "GetParameters", GET).bytes();
    let mut stream = TcpStream::connect(ssm.address()).unwrap();

    stream.write_all(&[bytes.as_slice(), &bytes].concat()).unwrap();

    assert_eq!([(); 2].map(|()| read_answer(&mut stream).status), [400, 200]);
}
