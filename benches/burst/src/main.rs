//! Cold starts within one second on a store that answers 40 requests a second, as AWS does by default: bind-config, and the SDK's
//! client with its defaults, one after the other in one run. Each start has a client of its own; all are in one process.
#![expect(clippy::print_stdout, reason = "a program that prints figures")]

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant, SystemTime};

use aws_credential_types::Credentials;
use aws_sdk_ssm::config::{BehaviorVersion, Region};
use bind_config::Environment;
use bind_config_local::{Call, Fault, LocalSsm, NewParameter, Variables};
use futures_util::future::try_join_all;

mod five {
    bind_config::bind_config!(
        #[allow(dead_code)]
        "bindings.json",
        function = "five"
    );
}

mod ten {
    bind_config::bind_config!(
        #[allow(dead_code)]
        "bindings.json",
        function = "ten"
    );
}

mod twenty {
    bind_config::bind_config!(
        #[allow(dead_code)]
        "bindings.json",
        function = "twenty"
    );
}

const STARTS: [u32; 2] = [100, 1000];
const SECRETS: [usize; 3] = [5, 10, 20];
/// AWS's default for an account and region, and as many at once.
/// <https://docs.aws.amazon.com/general/latest/gr/ssm.html>
const QUOTA: u32 = 40;
/// All starts begin within it.
const WITHIN: Duration = Duration::from_secs(1);
/// What a start has in Lambda's init.
const DEADLINE: Duration = Duration::from_secs(8);
/// How many names a request takes.
const BATCH: usize = 10;

#[derive(Clone, Copy)]
enum Client {
    Ours,
    Sdk,
}

/// What became of the starts.
struct Outcome {
    starts: u32,
    secrets: usize,
    /// How long those took that have everything, sorted.
    succeeded: Vec<Duration>,
    requests: usize,
    /// Of the start that asked longest, after it began.
    last_request: Duration,
}

#[tokio::main]
async fn main() {
    println!("| starts × secrets | client | succeeded | of what the quota allows | requests | p50 | p99 | asked for |");
    println!("| --- | --- | --- | --- | --- | --- | --- | --- |");
    let mut goals = Vec::new();
    for starts in STARTS {
        for secrets in SECRETS {
            for client in [Client::Ours, Client::Sdk] {
                let outcome = burst(client, starts, secrets).await;
                println!("{}", outcome.row(client));
                if matches!(client, Client::Ours) {
                    goals.extend(outcome.goals());
                }
            }
        }
    }
    println!("\n| goal | measured | |\n| --- | --- | --- |");
    for (goal, measured, is_held) in goals {
        println!("| {goal} | {measured} | {} |", if is_held { "held" } else { "**NOT held**" });
    }
}

async fn burst(client: Client, starts: u32, secrets: usize) -> Outcome {
    let ssm = LocalSsm::start().expect("a store");
    for path in (0..starts).flat_map(|number| paths(secrets, number)).collect::<BTreeSet<_>>() {
        ssm.put(NewParameter::secure(path.clone(), format!("value of {path}"))).expect("a secret");
    }
    ssm.inject(Fault::throttle(f64::from(QUOTA), QUOTA).on_reads());
    let variables = ssm.variables("burst", "dev").with("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand");
    let begun = Instant::now();

    let tasks: Vec<_> = (0..starts)
        .map(|number| {
            let of = |variables: Variables, (name, path): (String, String)| {
                variables.with(format!("SST_Secret_value_{name}"), format!("__FETCH_FROM_SSM__:{path}"))
            };
            let paths = paths(secrets, number);
            let variables = names(secrets).into_iter().zip(paths.clone()).fold(variables.clone(), of);
            tokio::spawn(async move {
                tokio::time::sleep_until((begun + WITHIN * number / starts).into()).await;
                let (own, by_the_clock) = (Instant::now(), SystemTime::now());
                let has_all = match client {
                    Client::Ours => ours(&variables, secrets).await,
                    Client::Sdk => sdk(&variables, &paths).await,
                };
                (has_all.then(|| own.elapsed()), by_the_clock)
            })
        })
        .collect();
    let (mut succeeded, mut beginnings) = (Vec::new(), BTreeMap::new());
    for (number, task) in (0..starts).zip(tasks) {
        let (took, when) = task.await.expect("a start does not panic");
        succeeded.extend(took);
        beginnings.insert(number, when);
    }
    succeeded.sort_unstable();
    let calls = ssm.calls();
    let asked_for = |call: &Call| {
        let whose = call.names.iter().find_map(|name| name.rsplit_once("/of-")?.1.parse::<u32>().ok());
        let own = beginnings.get(&whose.expect("each batch says whose it is")).expect("it is a start");
        call.time.duration_since(*own).ok()
    };
    let last_request = calls.iter().filter_map(asked_for).max().unwrap_or_default();
    Outcome { starts, secrets, succeeded, requests: calls.len(), last_request }
}

/// Whether a start of bind-config has everything.
async fn ours(variables: &Variables, secrets: usize) -> bool {
    let environment: Environment = variables.clone().into_iter().collect();
    let failed = match secrets {
        5 => five::Config::load_from(&environment).await.err(),
        10 => ten::Config::load_from(&environment).await.err(),
        _ => twenty::Config::load_from(&environment).await.err(),
    };
    if let Some(report) = &failed {
        assert!(report.problems().iter().all(bind_config::Problem::is_retryable), "{report}");
    }
    failed.is_none()
}

/// The same with the SDK's defaults, all batches at once.
async fn sdk(variables: &Variables, paths: &[String]) -> bool {
    let value = |name: &str| variables.value(name).unwrap_or_default().to_owned();
    let keys = (value("AWS_ACCESS_KEY_ID"), value("AWS_SECRET_ACCESS_KEY"));
    let config = aws_sdk_ssm::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .endpoint_url(value("AWS_ENDPOINT_URL_SSM"))
        .region(Region::new(value("AWS_REGION")))
        .credentials_provider(Credentials::new(keys.0, keys.1, None, None, "burst"))
        .build();
    let client = aws_sdk_ssm::Client::from_conf(config);
    let batch = |names: &[String]| client.get_parameters().set_names(Some(names.to_vec())).with_decryption(true).send();
    let Ok(answers) = try_join_all(paths.chunks(BATCH).map(batch)).await else { return false };
    answers.iter().map(|answer| answer.parameters().len()).sum::<usize>() == paths.len()
}

/// Where the secrets of a start are: the first of each batch in a place of its own, so that each request says whose it is.
fn paths(secrets: usize, start: u32) -> Vec<String> {
    let path = |(at, name): (usize, String)| match at % BATCH {
        0 => format!("/sst/burst/dev/Secret/{name}/of-{start}"),
        _ => format!("/sst/burst/dev/Secret/{name}/value"),
    };
    names(secrets).into_iter().enumerate().map(path).collect()
}

fn names(secrets: usize) -> Vec<String> {
    (0..secrets).map(|at| format!("SECRET_{at:02}")).collect()
}

impl Outcome {
    /// How many starts could have everything: until the last one's deadline the bucket gives so many answers.
    fn allowed(&self) -> usize {
        let answers = u64::from(QUOTA) + u64::from(QUOTA) * (WITHIN + DEADLINE).as_secs();
        let starts = usize::try_from(answers).unwrap_or(usize::MAX) / self.batches();
        starts.min(self.starts as usize)
    }

    fn batches(&self) -> usize {
        self.secrets.div_ceil(BATCH)
    }

    fn row(&self, client: Client) -> String {
        let at = |percent: usize| match self.succeeded.len() {
            0 => "-".to_owned(),
            count => format!("{:.2} s", self.succeeded[(count * percent / 100).min(count - 1)].as_secs_f64()),
        };
        format!(
            "| {} × {} | {} | {} | {} % | {} | {} | {} | {:.1} s |",
            self.starts,
            self.secrets,
            match client {
                Client::Ours => "bind-config",
                Client::Sdk => "aws-sdk-ssm",
            },
            self.succeeded.len(),
            self.succeeded.len() * 100 / self.allowed(),
            self.requests,
            at(50),
            at(99),
            self.last_request.as_secs_f64()
        )
    }

    fn goals(&self) -> Vec<(String, String, bool)> {
        let cell = format!("{} × {}", self.starts, self.secrets);
        let (count, allowed) = (self.succeeded.len(), self.allowed());
        let mut goals = vec![
            (
                format!("{cell}: as many as the quota allows, within 10 %"),
                format!("{count} of {allowed}"),
                count * 10 >= allowed * 9,
            ),
            (
                format!("{cell}: no request after the deadline"),
                format!("{:.2} s", self.last_request.as_secs_f64()),
                // A request takes a moment to be read.
                self.last_request < DEADLINE + Duration::from_millis(250),
            ),
        ];
        if (self.starts, self.secrets) == (100, 10) {
            let needed = self.starts as usize * self.batches();
            goals.push((
                format!("{cell}: at most 1.5 requests for each that is needed"),
                format!("{} for {needed}", self.requests),
                self.requests * 2 <= needed * 3,
            ));
        }
        goals
    }
}
