//! Credentials that a container's endpoint hands out, as on ECS and EKS.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::thread::JoinHandle;

use bind_config_local::{LocalSsm, Variables};
use bind_config_runtime::{CredentialsProblem, EndpointProblem, ProblemKind};

use crate::bindings::{bind, secret};
use crate::{APP, STAGE, kinds, load, store, variables};

const TOKEN: &str = "session-token";

/// Answers one request, and gives its head back.
pub(crate) fn endpoint(status: &'static str, body: String) -> (String, JoinHandle<String>) {
    let (url, heads) = endpoints(vec![(status, body)]);
    (url, std::thread::spawn(move || heads.join().unwrap().remove(0)))
}

/// Answers one request after the other, and gives their heads back.
pub(crate) fn endpoints(answers: Vec<(&'static str, String)>) -> (String, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let url = format!("http://{}/v1/credentials", listener.local_addr().unwrap());
    let answer = move |(status, body): (&str, String)| {
        let (connection, _) = listener.accept().unwrap();
        let mut reader = BufReader::new(connection);
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            reader.read_line(&mut head).unwrap();
        }
        let length = body.len();
        // A client that has read enough hangs up.
        let _ = write!(
            reader.get_mut(),
            "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        );
        head
    };
    (url, std::thread::spawn(move || answers.into_iter().map(answer).collect()))
}

fn no_credentials(endpoint: String, reason: EndpointProblem) -> ProblemKind {
    ProblemKind::Credentials(CredentialsProblem::Endpoint { endpoint, reason })
}

/// A store that accepts one session, and the answer of an endpoint that has it.
pub(crate) fn with_session() -> (LocalSsm, Variables, String) {
    let ssm = LocalSsm::builder().session_token(TOKEN).start().unwrap();
    bind(vec![secret("A")]);
    ssm.put_secret(APP, STAGE, "A", "value").unwrap();
    let all = variables(&ssm);
    let of = |name| all.value(name).unwrap();
    let body = format!(
        r#"{{"AccessKeyId":"{}","SecretAccessKey":"{}","Token":"{TOKEN}","Expiration":"2099-01-01T00:00:00Z"}}"#,
        of("AWS_ACCESS_KEY_ID"),
        of("AWS_SECRET_ACCESS_KEY")
    );
    let variables = all.without("AWS_ACCESS_KEY_ID").without("AWS_SECRET_ACCESS_KEY").without("AWS_SESSION_TOKEN");
    (ssm, variables, body)
}

#[tokio::test]
async fn a_containers_endpoint_is_asked_with_the_token_of_its_file() {
    let (_ssm, variables, body) = with_session();
    let (url, head) = endpoint("200 OK", body);
    let file = std::env::temp_dir().join(format!("bind-config-token-{}", std::process::id()));
    std::fs::write(&file, "pod token\n").unwrap();

    let variables = variables
        .with("AWS_CONTAINER_CREDENTIALS_FULL_URI", url)
        .with("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", file.to_str().unwrap())
        .with("AWS_CONTAINER_AUTHORIZATION_TOKEN", "the file comes first");
    let config = load(variables).await;
    std::fs::remove_file(&file).unwrap();

    assert_eq!(config.unwrap().value("A"), Some("value"));
    let head = head.join().unwrap();
    assert!(head.starts_with("GET /v1/credentials HTTP/1.1\r\n"), "{head}");
    assert!(head.contains("authorization: pod token\r\n"), "{head}");
}

#[tokio::test]
async fn a_containers_endpoint_is_asked_with_the_token_of_its_variable() {
    let (_ssm, variables, body) = with_session();
    let (url, head) = endpoint("200 OK", body);

    let variables = variables
        .with("AWS_CONTAINER_CREDENTIALS_FULL_URI", url)
        .with("AWS_CONTAINER_AUTHORIZATION_TOKEN", "task token");
    assert_eq!(load(variables).await.unwrap().value("A"), Some("value"));
    assert!(head.join().unwrap().contains("authorization: task token\r\n"));
}

#[tokio::test]
async fn an_endpoint_with_an_error_of_its_own_is_asked_three_times() {
    let error = || ("503 Service Unavailable", "{}".to_owned());
    let (_ssm, variables, body) = with_session();
    let (url, heads) = endpoints(vec![error(), error(), ("200 OK", body)]);

    let config = load(variables.with("AWS_CONTAINER_CREDENTIALS_FULL_URI", url)).await;

    assert_eq!(config.unwrap().value("A"), Some("value"));
    assert_eq!(heads.join().unwrap().len(), 3);

    let (_ssm, variables, body) = with_session();
    let (url, _) = endpoints(vec![error(), error(), error(), ("200 OK", body)]);
    let error = load(variables.with("AWS_CONTAINER_CREDENTIALS_FULL_URI", url.clone())).await.unwrap_err();
    assert_eq!(kinds(&error), [(None, no_credentials(url, EndpointProblem::Refused { status: 503 }))]);
    assert!(error.is_retryable());
}

#[tokio::test]
async fn an_endpoint_that_refuses_is_asked_once() {
    let (_ssm, variables, body) = with_session();
    let (url, _) = endpoints(vec![("403 Forbidden", "{}".to_owned()), ("200 OK", body)]);

    let error = load(variables.with("AWS_CONTAINER_CREDENTIALS_FULL_URI", url.clone())).await.unwrap_err();

    assert_eq!(kinds(&error), [(None, no_credentials(url, EndpointProblem::Refused { status: 403 }))]);
}

#[tokio::test]
async fn an_endpoint_without_credentials_is_named() {
    for (status, body, reason) in [
        ("404 Not Found", "{}", EndpointProblem::Refused { status: 404 }),
        ("200 OK", "not JSON", EndpointProblem::Garbled),
        ("200 OK", "{}", EndpointProblem::Garbled),
    ] {
        let (_ssm, variables, _) = with_session();
        let (url, _head) = endpoint(status, body.to_owned());

        let error = load(variables.with("AWS_CONTAINER_CREDENTIALS_FULL_URI", url.clone())).await.unwrap_err();

        assert_eq!(kinds(&error), [(None, no_credentials(url, reason))]);
        assert!(!error.is_retryable());
    }
    // Nobody listens, and no file has a token.
    let (_ssm, variables, _) = with_session();
    let url = "http://127.0.0.1:1/".to_owned();
    let variables = variables.with("AWS_CONTAINER_CREDENTIALS_FULL_URI", url.clone());
    let error = load(variables.clone()).await.unwrap_err();
    assert_eq!(kinds(&error), [(None, no_credentials(url.clone(), EndpointProblem::NoAnswer))]);
    assert!(error.is_retryable());
    let error = load(variables.with("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "/nowhere")).await.unwrap_err();
    assert_eq!(kinds(&error), [(None, no_credentials(url, EndpointProblem::NoToken))]);
}

// Other systems have one loopback address.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn an_endpoint_that_is_not_a_containers_is_not_asked() {
    let listener = TcpListener::bind(("127.0.0.2", 0)).unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    let plain = format!("http://127.0.0.2:{port}/credentials");
    for (url, shown) in [
        (plain.clone(), plain.clone()),
        (format!("http://127.0.0.1:80@127.0.0.2:{port}/credentials?token=hunter2"), plain.clone()),
        (plain.replace("http", "ftp"), plain.replace("http", "ftp")),
    ] {
        let (_ssm, variables, _) = with_session();

        let error = load(variables.with("AWS_CONTAINER_CREDENTIALS_FULL_URI", url)).await.unwrap_err();

        assert_eq!(kinds(&error), [(None, no_credentials(shown, EndpointProblem::NotAsked))]);
        assert_eq!(listener.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
    }
}

#[tokio::test]
async fn credentials_of_the_environment_come_first() {
    let ssm = store();
    bind(vec![secret("A")]);
    ssm.put_secret(APP, STAGE, "A", "value").unwrap();

    assert!(load(variables(&ssm).with("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:1/")).await.is_ok());
}

#[tokio::test]
async fn a_session_token_of_the_environment_goes_along() {
    let (ssm, _, _) = with_session();

    assert_eq!(variables(&ssm).value("AWS_SESSION_TOKEN"), Some(TOKEN));
    assert_eq!(load(variables(&ssm)).await.unwrap().value("A"), Some("value"));
    let without = load(variables(&ssm).without("AWS_SESSION_TOKEN")).await.unwrap_err();
    assert!(matches!(kinds(&without)[..], [(Some("A"), ProblemKind::Credentials(_))]), "{without}");
}

#[tokio::test]
async fn an_answer_of_a_containers_endpoint_has_an_end() {
    let (_ssm, variables, body) = with_session();
    // Good JSON, behind more blanks than anybody reads.
    let (url, _) = endpoint("200 OK", " ".repeat(4 << 20) + &body);

    let error = load(variables.with("AWS_CONTAINER_CREDENTIALS_FULL_URI", url.clone())).await.unwrap_err();

    assert_eq!(kinds(&error), [(None, no_credentials(url, EndpointProblem::NoAnswer))]);
}

#[tokio::test]
async fn a_refusal_that_is_not_ssms_is_final() {
    let (_ssm, variables, _) = with_session();
    let (url, _head) = endpoint("403 Forbidden", "<html>blocked by policy</html>".to_owned());
    let url = url.strip_suffix("/v1/credentials").unwrap();

    let variables = variables
        .with("AWS_ACCESS_KEY_ID", "key")
        .with("AWS_SECRET_ACCESS_KEY", "secret")
        .with("AWS_ENDPOINT_URL_SSM", url);
    let error = load(variables).await.unwrap_err();

    // Asked once: the endpoint answers no second time.
    assert_eq!(kinds(&error), [(Some("A"), ProblemKind::NotTheStore { status: 403 })]);
    assert!(!error.is_retryable());
    assert!(
        error.to_string().ends_with(
            "\n\nA: what answered is not the store: HTTP 403\n  check AWS_ENDPOINT_URL_SSM, and proxies and firewalls on the way"
        ),
        "{error}"
    );
}

#[tokio::test]
async fn an_endpoint_that_is_no_url_is_named_before_anything_is_sent() {
    for url in ["127.0.0.1:8000", "http://", "http://localhost:99999", "ftp://localhost", "http://user:pass@localhost"]
    {
        let (_ssm, variables, _) = with_session();
        let variables = variables.with("AWS_ACCESS_KEY_ID", "key").with("AWS_SECRET_ACCESS_KEY", "secret");

        let error = load(variables.with("AWS_ENDPOINT_URL_SSM", url)).await.unwrap_err();

        assert_eq!(kinds(&error), [(None, ProblemKind::BadEndpoint { variable: "AWS_ENDPOINT_URL_SSM" })]);
    }
}

#[tokio::test]
async fn a_credential_with_a_line_break_is_named_and_does_not_panic() {
    for variable in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"] {
        let (_ssm, variables, _) = with_session();
        let variables = variables.with("AWS_ACCESS_KEY_ID", "key").with("AWS_SECRET_ACCESS_KEY", "secret");

        let error = load(variables.with(variable, "hunter2\r")).await.unwrap_err();

        assert_eq!(kinds(&error), [(None, ProblemKind::Credentials(CredentialsProblem::Unusable { variable }))]);
        assert!(!error.to_string().contains("hunter2"));
    }
}

// With it the chain of the SDK looks elsewhere.
#[cfg(not(feature = "aws-config"))]
#[tokio::test]
async fn of_half_a_set_of_credentials_the_other_half_is_named() {
    let (_ssm, variables, _) = with_session();

    let error = load(variables.with("AWS_ACCESS_KEY_ID", "key")).await.unwrap_err();

    let missing = "AWS_SECRET_ACCESS_KEY";
    assert_eq!(kinds(&error), [(None, ProblemKind::Credentials(CredentialsProblem::Half { missing }))]);
}

/// The chain of laptops: `cargo test -p bind-config-runtime --features aws-config --test store credentials`
#[cfg(feature = "aws-config")]
mod chain {
    use super::*;
    use crate::bindings::Config;
    use crate::static_config::{in_process_of, is_child, runtime};

    static CONFIG: bind_config_runtime::Bound<Config> = bind_config_runtime::Bound::new("CONFIG");

    /// What a load says in a process whose only profile file is this one.
    fn with_profiles(test: &str, profiles: &str, variables: &[(&str, &str)]) -> String {
        let ssm = store();
        ssm.put_secret(APP, STAGE, "A", "value").unwrap();
        let all = ssm.variables(APP, STAGE);
        let credentials =
            ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"].map(|name| all.value(name).unwrap().to_owned());
        let profiles = profiles.replace("{id}", &credentials[0]).replace("{key}", &credentials[1]);
        let file = std::env::temp_dir().join(format!("bind-config-{test}-{}", std::process::id()));
        std::fs::write(&file, profiles).unwrap();
        let path = file.to_str().unwrap();
        let variables: Vec<(&str, &str)> = [
            ("AWS_CONFIG_FILE", path),
            ("AWS_SHARED_CREDENTIALS_FILE", path),
            ("AWS_EC2_METADATA_DISABLED", "true"),
            ("AWS_ACCESS_KEY_ID", ""),
            ("AWS_SECRET_ACCESS_KEY", ""),
            ("PATH", "/usr/bin:/bin"),
        ]
        .into_iter()
        .chain(variables.iter().copied())
        .collect();
        let output = in_process_of("credentials::chain", test, &ssm, &variables);
        std::fs::remove_file(&file).unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        let said = stderr.lines().find_map(|line| line.strip_prefix("loaded: ")).map(str::to_owned);
        said.unwrap_or_else(|| panic!("{stderr}"))
    }

    #[expect(clippy::print_stderr, reason = "what the parent reads")]
    fn child() {
        bind(vec![secret("A")]);
        let said = runtime().block_on(async {
            match CONFIG.load().await {
                Ok(config) => config.value("A").unwrap().to_owned(),
                Err(error) => format!("{:?}", error.problems()[0].kind()),
            }
        });
        eprintln!("loaded: {said}");
    }

    #[test]
    fn a_profile_has_credentials_and_what_is_wrong_with_it_is_said() {
        const TEST: &str = "a_profile_has_credentials_and_what_is_wrong_with_it_is_said";
        if is_child(TEST) {
            return child();
        }
        let said = |profiles: &str, variables: &[(&str, &str)]| with_profiles(TEST, profiles, variables);
        let keys = "aws_access_key_id = {id}\naws_secret_access_key = {key}\n";
        assert_eq!(said(&format!("[default]\n{keys}"), &[]), "value");
        assert_eq!(said(&format!("[profile shop]\n{keys}"), &[("AWS_PROFILE", "shop")]), "value");
        assert_eq!(said("", &[]), "Credentials(Missing)");
        let half = r#"Credentials(Half { missing: "AWS_SECRET_ACCESS_KEY" })"#;
        assert_eq!(said("", &[("AWS_ACCESS_KEY_ID", "key")]), half);
        let chain = |reason| format!("Credentials(Chain {{ reason: {reason:?} }})");
        let process = |command| format!("[default]\ncredential_process = {command}\n");
        assert_eq!(said(&process("/bin/false"), &[]), chain("a source of it failed"));
        assert_eq!(said(&process("/bin/echo hunter2"), &[]), chain("a source of it failed"));
        let control = process(r#"/bin/echo '{"Version":1,"AccessKeyId":"AK\u000aX","SecretAccessKey":"s"}'"#);
        assert_eq!(said(&control, &[]), chain("what it gave has a character that no credential has"));
        // The region is that of the profile, where the environment has none.
        let with_region = format!("[default]\n{keys}region = us-east-1\n");
        assert_eq!(said(&with_region, &[("AWS_REGION", "")]), "value");
        assert_eq!(said(&format!("[default]\n{keys}"), &[("AWS_REGION", "")]), "NoRegion");
        assert_eq!(said("[default]\nnot a line\n", &[]), chain("its configuration is wrong"));
        // The SDK takes an unknown profile for one without credentials.
        let unknown = chain("the profile that AWS_PROFILE names is not there, or has none");
        assert_eq!(said(&format!("[default]\n{keys}"), &[("AWS_PROFILE", "unknown")]), unknown);
    }
}
