//! Pace and patience of restarts, on a clock that moves by itself and with a Lambda that answers at once.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_sdk_lambda::config::http::{HttpRequest, HttpResponse};
use aws_sdk_lambda::config::retry::RetryConfig;
use aws_sdk_lambda::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_lambda::primitives::SdkBody;
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn};
use serde_json::{Value as Json, json};
use tokio::time::Instant;

use super::*;
use crate::store::{FunctionsOf, Patience};
use crate::surroundings::Surroundings;
use crate::terminal::Terminal;

/// Status and body.
type Answer = (u16, Json);
/// What is answered to `PUT`, `configuration` or `versions`, which was asked so many times before.
type Answers = fn(&str, usize) -> Answer;

/// A Lambda, and when it was asked for what.
#[derive(Clone)]
struct Lambda {
    answer: Answers,
    asked: Arc<Mutex<Vec<(&'static str, Instant)>>>,
}

impl std::fmt::Debug for Lambda {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Lambda")
    }
}

impl HttpConnector for Lambda {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let what = match request.method() {
            "PUT" => "PUT",
            _ if request.uri().contains("/versions") => "versions",
            _ => "configuration",
        };
        let mut asked = self.asked.lock().unwrap();
        let before = asked.iter().filter(|(own, _)| *own == what).count();
        asked.push((what, Instant::now()));
        let (status, mut body) = (self.answer)(what, before);
        let name = request.uri().split("/functions/").nth(1).unwrap().split('/').next().unwrap();
        body["FunctionName"] = name.into();
        let mut response = HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body.to_string()));
        if let Some(code) = body["__type"].as_str() {
            response.headers_mut().insert("x-amzn-errortype", code.to_owned());
        }
        HttpConnectorFuture::ready(Ok(response))
    }
}

impl Lambda {
    fn new(answer: Answers) -> Self {
        Lambda { answer, asked: Arc::default() }
    }

    /// Restarts so many functions, and says what became of them.
    async fn restart(&self, count: usize) -> Vec<Result<Done, String>> {
        let lambda = self.clone();
        let config = aws_sdk_lambda::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .credentials_provider(Credentials::new("key", "secret", None, None, "test"))
            .retry_config(RetryConfig::disabled())
            .http_client(http_client_fn(move |_, _| SharedHttpConnector::new(lambda.clone())))
            .build();
        let functions = Functions::new(FunctionsOf {
            client: aws_sdk_lambda::Client::from_conf(config),
            place: String::new(),
            remedy: String::new(),
            patience: Patience::new(None),
        });
        let users = (0..count).map(|at| User {
            name: format!("f{at}"),
            stage: String::new(),
            uses: Uses::Fetches {
                variables: Names::from(["USED".to_owned()]),
                seen: Some(Seen { variables: used(), revision: "1".to_owned() }),
            },
            in_plain: Vec::new(),
            is_snap_start: false,
        });
        let progress = Terminal::new(false, true, &Surroundings::default()).progress(count, "");
        let never = Interrupt::never();
        let all = restart(&functions, users.collect(), &progress, &never);
        // By this clock. Whoever goes on for ever is to fail, and not to hang.
        let all = tokio::time::timeout(Duration::from_hours(1), all).await.expect("it comes to an end");
        all.into_iter().map(|restarted| restarted.outcome).collect()
    }

    /// When this was asked, or anything.
    fn times(&self, what: Option<&str>) -> Vec<Instant> {
        let asked = self.asked.lock().unwrap();
        asked.iter().filter(|(own, _)| what.is_none_or(|what| what == *own)).map(|(_, at)| *at).collect()
    }
}

fn used() -> Variables {
    [("USED".to_owned(), "x".to_owned())].into()
}

/// An update that is done.
fn done() -> Answer {
    (200, json!({ "LastUpdateStatus": "Successful", "Versions": [] }))
}

/// What a look finds that may be written to, or is ours.
fn looked_at() -> Json {
    json!({ "RevisionId": "2", "LastUpdateStatus": "Successful", "Environment": { "Variables": used() } })
}

fn in_progress() -> Json {
    json!({ "LastUpdateStatus": "InProgress", "Environment": { "Variables": used() } })
}

fn refused(status: u16, code: &str) -> Answer {
    (status, json!({ "__type": code }))
}

#[tokio::test(start_paused = true)]
async fn of_all_requests_of_a_restart_fewer_than_fifteen_go_in_any_second() {
    let lambda = Lambda::new(|what, _| match what {
        "PUT" => (200, in_progress()),
        "configuration" => (200, looked_at()),
        _ => done(),
    });

    assert_eq!(lambda.restart(40).await, vec![Ok(Done::Restarted); 40]);

    let times = lambda.times(None);
    assert_eq!(times.len(), 3 * 40);
    for (at, first) in times.iter().enumerate() {
        let within = times[at..].iter().filter(|time| **time < *first + Duration::from_secs(1)).count();
        assert!(within < 15, "{within} in a second");
    }
}

#[tokio::test(start_paused = true)]
async fn a_lambda_that_is_busy_is_asked_half_as_often_each_time_it_says_so() {
    let lambda = Lambda::new(|what, before| match what {
        "PUT" if before < 4 => refused(429, "TooManyRequestsException"),
        _ => done(),
    });

    assert_eq!(lambda.restart(1).await, [Ok(Done::Restarted)]);

    let times = lambda.times(Some("PUT"));
    let pauses: Vec<Duration> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert_eq!(pauses.len(), 4);
    for pair in pauses.windows(2) {
        assert_eq!(pair[1], pair[0] * 2, "{pauses:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_function_that_never_settles_ends_with_its_reason() {
    let cases: [(Answers, &str); 3] = [
        // Our update never ends.
        (|_, _| (200, in_progress()), "Lambda is still updating it"),
        // Nor does somebody else's.
        (
            |what, _| if what == "PUT" { refused(409, "ResourceConflictException") } else { (200, looked_at()) },
            "it is being changed by somebody else",
        ),
        // Somebody else is always first.
        (
            |what, _| if what == "PUT" { refused(412, "PreconditionFailedException") } else { (200, looked_at()) },
            "it was changed by somebody else meanwhile",
        ),
    ];
    for (answer, why) in cases {
        let begun = Instant::now();

        assert_eq!(Lambda::new(answer).restart(1).await, [Err(format!("{why} (tried for 120 seconds)"))]);

        // The deadline is looked at after a pause, of which the longest has five seconds.
        assert!((120..126).contains(&begun.elapsed().as_secs()), "{:?}", begun.elapsed());
    }
}
