//! A place where parameters are: config-local, moto or MiniStack.

use aws_credential_types::Credentials;
use aws_sdk_ssm::config::retry::RetryConfig;
use aws_sdk_ssm::config::timeout::TimeoutConfig;
use aws_sdk_ssm::config::{BehaviorVersion, Region};
use aws_sdk_ssm::types::ParameterType;
use bind_config_local::{Fault, LocalSsm};
use std::ffi::OsStr;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::server::{Kind, Server, agent};
use crate::{gotten, root};

/// The account of every ARN.
pub(crate) const ACCOUNT: &str = "123456789012";
const REGION: &str = "us-east-1";
const ACCESS_KEY: &str = "AKIALOCALSSM00000000";
const SECRET_KEY: &str = "local-ssm-secret-access-key";

/// A store that was started for one test, empty, in account 123456789012 and us-east-1.
#[derive(Debug)]
pub struct Store {
    system: System,
}

#[derive(Debug)]
enum System {
    Local(LocalSsm),
    Server(Server),
}

impl Store {
    /// config-local.
    pub fn local() -> Self {
        let local = LocalSsm::builder()
            .region(REGION)
            .account(ACCOUNT)
            .credentials(ACCESS_KEY, SECRET_KEY)
            .caller(format!("arn:aws:iam::{ACCOUNT}:user/reader"));
        Store { system: System::Local(local.start().unwrap()) }
    }

    /// moto.
    pub fn moto() -> Self {
        Store { system: System::Server(Server::start(Kind::Moto, &[])) }
    }

    /// MiniStack.
    pub fn ministack() -> Self {
        Store { system: System::Server(Server::start(Kind::MiniStack, &[])) }
    }

    /// MiniStack behind TLS. Only programs that are told its [certificate](Self::account) can ask it.
    pub fn tls_ministack() -> Self {
        Store { system: System::Server(Server::start(Kind::TlsMiniStack, &[])) }
    }

    /// MiniStack that checks signatures and permissions: the others do once there is a [`reader`](Self::reader).
    pub fn guarded_ministack() -> Self {
        let owner = [("AUTH", "true"), ("AWS_ACCESS_KEY_ID", ACCESS_KEY), ("AWS_SECRET_ACCESS_KEY", SECRET_KEY)];
        Store { system: System::Server(Server::start(Kind::MiniStack, &owner)) }
    }

    /// All of them.
    pub fn all() -> [Self; 3] {
        [Self::local(), Self::moto(), Self::ministack()]
    }

    /// Those that others wrote.
    pub fn of_others() -> [Self; 2] {
        [Self::moto(), Self::ministack()]
    }

    /// Its name in messages.
    pub fn name(&self) -> &'static str {
        match &self.system {
            System::Local(_) => "config-local",
            System::Server(server) => match server.kind() {
                Kind::Moto => "moto",
                Kind::MiniStack | Kind::TlsMiniStack => "MiniStack",
            },
        }
    }

    /// `http://127.0.0.1:PORT`
    pub fn endpoint(&self) -> String {
        match &self.system {
            System::Local(local) => local.endpoint(),
            System::Server(server) => server.endpoint(),
        }
    }

    /// What the server has printed, and on MiniStack its functions.
    pub fn log(&self) -> String {
        match &self.system {
            System::Local(_) => String::new(),
            System::Server(server) => server.log(),
        }
    }

    /// Credentials of a user who may read every parameter, or none. From now on the store checks who asks, once it is
    /// [guarded](Self::guarded_ministack).
    pub fn reader(&self, may_read: bool) -> Credentials {
        let server = match &self.system {
            System::Local(local) => {
                if !may_read {
                    local.inject(Fault::deny());
                }
                return credentials(ACCESS_KEY, SECRET_KEY);
            }
            System::Server(server) => server,
        };
        let made = self.python("user.py", may_read.then_some("ssm:GetParameters"));
        let (key, secret) = made.trim().split_once(' ').unwrap();
        if matches!(server.kind(), Kind::Moto) {
            let reset = agent().post(format!("{}/moto-api/reset-auth", self.endpoint()));
            reset.header("content-type", "text/plain").send("0").unwrap();
        }
        credentials(key, secret)
    }

    /// A client that tries once.
    pub fn client(&self) -> aws_sdk_ssm::Client {
        self.client_of(credentials(ACCESS_KEY, SECRET_KEY))
    }

    /// The same with other credentials.
    pub fn client_of(&self, credentials: Credentials) -> aws_sdk_ssm::Client {
        let timeout = TimeoutConfig::builder().operation_timeout(Duration::from_mins(2)).build();
        let config = aws_sdk_ssm::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .endpoint_url(self.endpoint())
            .region(Region::new(REGION))
            .credentials_provider(credentials)
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeout)
            .build();
        aws_sdk_ssm::Client::from_conf(config)
    }

    /// What a program needs to load from here, its bindings apart.
    pub fn variables(&self, app: &str, stage: &str) -> Vec<(String, String)> {
        let pairs = [
            ("AWS_ENDPOINT_URL_SSM", self.endpoint().as_str()),
            ("AWS_REGION", REGION),
            ("AWS_ACCESS_KEY_ID", ACCESS_KEY),
            ("AWS_SECRET_ACCESS_KEY", SECRET_KEY),
            ("SST_APP", app),
            ("SST_STAGE", stage),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
        pairs.to_vec()
    }

    /// What any program needs to use this account: every service is here.
    pub fn account(&self) -> Vec<(String, String)> {
        let mut pairs = vec![
            ("AWS_ENDPOINT_URL".to_owned(), self.endpoint()),
            ("AWS_REGION".to_owned(), REGION.to_owned()),
            ("AWS_ACCESS_KEY_ID".to_owned(), ACCESS_KEY.to_owned()),
            ("AWS_SECRET_ACCESS_KEY".to_owned(), SECRET_KEY.to_owned()),
        ];
        if let System::Server(server) = &self.system
            && matches!(server.kind(), Kind::TlsMiniStack)
        {
            let certificate = server.certificate().display().to_string();
            pairs.extend(["AWS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"].map(|name| (name.to_owned(), certificate.clone())));
        }
        pairs
    }

    /// Runs a Python program of this package against this account, and returns what it printed.
    #[track_caller]
    pub fn python<S: AsRef<OsStr>>(&self, program: &str, arguments: impl IntoIterator<Item = S>) -> String {
        let mut command = Command::new(gotten("python/bin/python"));
        command.arg(root().join(program)).args(arguments).env_clear().envs(self.account());
        command.env("AWS_DEFAULT_REGION", REGION);
        let output = command.stderr(Stdio::inherit()).output().unwrap();
        assert!(output.status.success(), "{}: {program} failed:\n{}", self.name(), self.log());
        String::from_utf8(output.stdout).unwrap()
    }

    /// Stores an encrypted value.
    pub async fn secure(&self, path: &str, value: &str) {
        self.put(path, value, ParameterType::SecureString).await;
    }

    /// Stores a plain value.
    pub async fn string(&self, path: &str, value: &str) {
        self.put(path, value, ParameterType::String).await;
    }

    async fn put(&self, path: &str, value: &str, kind: ParameterType) {
        let put = self.client().put_parameter().name(path).value(value).r#type(kind).overwrite(true).send().await;
        put.unwrap_or_else(|err| panic!("{}: {path}: {err:?}", self.name()));
    }

    /// Stores a secret in Secrets Manager, which SSM serves as `/aws/reference/secretsmanager/NAME`.
    pub fn managed_secret(&self, name: &str, value: &str) {
        match &self.system {
            System::Local(local) => local.put_managed_secret(name, value).unwrap(),
            System::Server(..) => {
                let body = serde_json::json!({ "Name": name, "SecretString": value }).to_string();
                let created = agent()
                    .post(self.endpoint())
                    .header("authorization", authorization("secretsmanager"))
                    .header("content-type", "application/x-amz-json-1.1")
                    .header("x-amz-target", "secretsmanager.CreateSecret")
                    .send(body);
                created.unwrap_or_else(|err| panic!("{}: {name}: {err}", self.name()));
            }
        }
    }
}

/// Credentials that do not expire.
pub fn credentials(key: &str, secret: &str) -> Credentials {
    Credentials::new(key, secret, None, None, "interop")
}

/// The header that says which service is meant. Neither server verifies signatures.
pub(crate) fn authorization(service: &str) -> String {
    format!(
        "AWS4-HMAC-SHA256 Credential={ACCESS_KEY}/20260101/{REGION}/{service}/aws4_request, SignedHeaders=host, Signature=0"
    )
}
