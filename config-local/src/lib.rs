//! An SSM Parameter Store inside a test, an example or a laptop: it speaks AWS JSON 1.1 on a loopback port, has AWS's limits
//! and texts, and breaks on demand. On the same port is the part of Lambda that a program needs which restarts functions.
//!
//! ```
//! use std::collections::HashMap;
//!
//! use bind_config_local::LocalSsm;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let ssm = LocalSsm::with_secrets("orders", "dev", [("STRIPE_KEY", "sk_test_1")])?;
//!
//! // Name/value pairs: they collect into anything that takes `(String, String)`, an environment to load from above all.
//! let variables: HashMap<String, String> = ssm.variables("orders", "dev").into_iter().collect();
//!
//! assert_eq!(variables["SST_Secret_value_STRIPE_KEY"], "__FETCH_FROM_SSM__");
//! assert_eq!(variables["AWS_ENDPOINT_URL_SSM"], ssm.endpoint());
//! # Ok(())
//! # }
//! ```
//!
//! The store has a thread and a runtime of its own, so it works in `#[test]` and `#[tokio::test]`, with tokio's clock running or
//! paused. Each test starts its own; dropped, it ends at once and closes its connections.
//!
//! # A test of a handler
//!
//! With the configuration that `bind_config!` generates, a whole test is three lines:
//!
//! ```
//! # use std::collections::HashMap;
//! # use bind_config_local::LocalSsm;
//! # struct Config { STRIPE_KEY: String }
//! # impl Config {
//! #     async fn load_from(_: &HashMap<String, String>) -> Result<Self, std::io::Error> {
//! #         Ok(Self { STRIPE_KEY: "sk_test_1".to_owned() })
//! #     }
//! # }
//! # async fn charge(config: &Config) -> usize { config.STRIPE_KEY.len() }
//! #[tokio::test]
//! async fn a_customer_is_charged() -> Result<(), Box<dyn std::error::Error>> {
//!     let ssm = LocalSsm::with_secrets("orders", "dev", [("STRIPE_KEY", "sk_test_1")])?;
//!     let config = Config::load_from(&ssm.variables("orders", "dev").into_iter().collect()).await?;
//!     assert_eq!(charge(&config).await, 9);
//!     Ok(())
//! }
//! ```
//!
//! A program under test takes the variables through its environment:
//!
//! ```
//! # use bind_config_local::LocalSsm;
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let ssm = LocalSsm::start()?;
//! let status = std::process::Command::new("true").envs(ssm.variables("orders", "dev")).status()?;
//! # assert!(status.success());
//! # Ok(())
//! # }
//! ```
//!
//! And any AWS SDK works, because requests are real ones: signed, checked, answered on a socket.
//!
//! ```
//! # use aws_credential_types::Credentials;
//! # use aws_sdk_ssm::config::{BehaviorVersion, Region};
//! # use bind_config_local::{LocalSsm, NewParameter};
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let ssm = LocalSsm::start()?;
//! ssm.put(NewParameter::secure("/orders/KEY", "hunter2"))?;
//!
//! # let variables = ssm.variables("orders", "dev");
//! # let value = |name: &str| variables.value(name).unwrap_or_default().to_owned();
//! # let keys = (value("AWS_ACCESS_KEY_ID"), value("AWS_SECRET_ACCESS_KEY"));
//! # let config = aws_sdk_ssm::Config::builder()
//! #     .behavior_version(BehaviorVersion::latest())
//! #     .http_client(aws_smithy_http_client::Builder::new().build_http())
//! #     .endpoint_url(ssm.endpoint())
//! #     .region(Region::new(value("AWS_REGION")))
//! #     .credentials_provider(Credentials::new(keys.0, keys.1, None, None, "docs"))
//! #     .build();
//! # let client = aws_sdk_ssm::Client::from_conf(config);
//! let got = client.get_parameter().name("/orders/KEY:1").with_decryption(true).send().await?;
//!
//! assert_eq!(got.parameter().and_then(|parameter| parameter.value()), Some("hunter2"));
//! assert_eq!(ssm.calls()[0].names, ["/orders/KEY:1"]);
//! # Ok(())
//! # }
//! ```
//!
//! # What it knows
//!
//! | operation | with |
//! | --- | --- |
//! | `PutParameter` | types, tiers, versions (100 are kept), overwrite, patterns, tags, names and sizes as AWS limits them |
//! | `GetParameter`, `GetParameters` | 10 names, invalid names, `name:version`, `name:label`, ARNs, `/aws/reference/secretsmanager/ID` |
//! | `GetParametersByPath` | one level or all, pages of at most 10, short and empty ones on demand, filters |
//! | `GetParameterHistory`, `DescribeParameters` | pages of 50, filters |
//! | `DeleteParameter`, `DeleteParameters` | |
//! | `LabelParameterVersion`, `UnlabelParameterVersion` | labels that move, `InvalidLabels` |
//! | `AddTagsToResource`, `RemoveTagsFromResource`, `ListTagsForResource` | parameters alone |
//!
//! Of Lambda, whose functions are put there with [`LocalSsm::put_function`], are configured and never run:
//!
//! | operation | with |
//! | --- | --- |
//! | `ListFunctions` | pages of at most 50, `FunctionVersion=ALL`; no state, as AWS's listing has none |
//! | `GetFunctionConfiguration` | names, ARNs and qualifiers; state, `LastUpdateStatus`, environments that cannot be decrypted |
//! | `UpdateFunctionConfiguration` | `Environment`, `KMSKeyArn`, `Description`, `RevisionId`; 4 KB, reserved names, 409 while one is in progress, 412 for an old revision |
//! | `ListAliases`, `ListVersionsByFunction`, `ListProvisionedConcurrencyConfigs` | pages |
//! | `ListTags` | functions alone |
//!
//! An update takes [`Builder::update_time`]. The function has a new revision when it begins, and another when it ends, as on AWS
//! (aws/aws-sdk#377): an id is read again before the next update. A client finds the server by `AWS_ENDPOINT_URL_LAMBDA`, which
//! [`LocalSsm::variables`] does not set; it is the [`endpoint`](LocalSsm::endpoint), too.
//!
//! A request is refused as AWS refuses it, with its code and its text: a wrong key, a signature that does not fit or is more
//! than five minutes off, the wrong region, a value that is empty or too large. KMS keys are names here: nothing checks that
//! there is such a key.
//!
//! # Faults
//!
//! [`LocalSsm::inject`] makes something go wrong, for the requests and the number of times the [`Fault`] says, while the store
//! runs: throttling, 5xx, a 500 for a write that happened, denied names and keys, delays, held answers, silence, resets, half answers,
//! answers that are no JSON, names that are left out, clocks that are off, signatures and credentials that are too old. Each
//! is for both services, with the code and the text of the one that is asked.
//!
//! ```
//! # use bind_config_local::{Fault, LocalSsm, Operation};
//! # let ssm = LocalSsm::start()?;
//! let fault = ssm.inject(Fault::reset_midway().on(Operation::GetParameters).times(1));
//! // … the program loads, is cut off once, tries again …
//! assert_eq!(ssm.hits(fault), 0);
//! # Ok::<_, bind_config_local::StartError>(())
//! ```
//!
//! A program that is to be killed in the middle of a write waits in one of two faults: with [`Fault::unheard`] the write did
//! not happen, with [`Fault::never_answer`] it did.
//!
//! # Who is asked
//!
//! A client that only knows address and keys, because they were left in a file, asks `GET /.bind-config/proof?challenge=HEX`
//! before it sends anything else, and compares the answer with [`proof()`]: nobody who does not have the secret key can give it.
//! The request is not signed, meets no fault and is not logged; what is no challenge is answered with a 400.
//!
//! # In a file
//!
//! With the feature `file`, `Builder::file` keeps the store in a file that is encrypted at rest and survives a kill at any
//! moment; see there. Functions are in memory, whatever the store is in.
//!
//! # Over HTTPS, and as far away as the real one
//!
//! With the feature `tls`, `Builder::tls` makes it speak HTTPS; the certificate is in a temporary file while the store runs.
//! [`Builder::round_trip`] and [`Builder::latency`] make it answer as late as a service across a network, to a tenth of a
//! millisecond, for measurements.
//!
//! # Security
//!
//! It listens on 127.0.0.1 only and wants requests to be signed with its key pair. That pair is the same in every store unless
//! [`Builder::credentials`] sets one, so it keeps out mistakes, not other users of the machine: test values belong here,
//! production's do not. No type prints a value, and neither the log nor an error holds one.

mod api;
mod builder;
mod clock;
mod contract;
mod fault;
mod faults;
#[cfg(feature = "file")]
mod file;
mod filter;
mod hex;
mod http;
mod input;
mod label;
mod lambda;
mod limits;
mod local;
mod log;
mod managed;
mod network;
mod operation;
mod page;
mod parameter;
mod proof;
mod put;
mod refusal;
mod server;
mod service;
mod signature;
mod start_error;
mod state;
mod store;
mod tags;
mod uri;
mod variables;

pub use builder::Builder;
pub use fault::Fault;
pub use faults::FaultId;
pub use lambda::NewFunction;
pub use local::LocalSsm;
pub use log::Call;
pub use operation::Operation;
pub use parameter::Tier;
pub use proof::proof;
pub use put::NewParameter;
pub use refusal::Refusal;
pub use start_error::StartError;
pub use variables::Variables;
