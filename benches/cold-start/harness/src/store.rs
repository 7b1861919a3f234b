//! The store of one cell, and what it takes for a client to have fetched its secrets.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bind_config_local::{Fault, LocalSsm, Variables};

use crate::cell::{Cell, Host, Place};
use crate::client::{Client, Id, Roots};

pub(crate) struct Store {
    pub(crate) ssm: LocalSsm,
    /// Requests a second.
    cap: Option<u32>,
    roots: PathBuf,
    host: Host,
    secrets: Vec<Secret>,
}

struct Secret {
    name: String,
    value: String,
    is_in_stage: bool,
}

impl Store {
    /// The roots of clients that trust more than the store are written to `folder`.
    pub(crate) fn start(cell: &Cell, cap: Option<u32>, folder: &Path) -> Result<Self, Box<dyn Error>> {
        let ssm = LocalSsm::builder().tls().round_trip(ROUND_TRIP).latency(cell.latency).start()?;
        let certificate = ssm.certificate_file().ok_or("a store with TLS has a certificate")?;
        let roots = folder.join("roots.pem");
        let system = SYSTEM_ROOTS.iter().find_map(|path| std::fs::read_to_string(path).ok()).unwrap_or_default();
        std::fs::write(&roots, system + &std::fs::read_to_string(certificate)?)?;

        let secrets: Vec<Secret> = (0..cell.secrets).map(|at| Secret::new(at, cell.place)).collect();
        for secret in &secrets {
            if secret.is_in_stage {
                ssm.put_secret(APP, STAGE, &secret.name, &secret.value)?;
            } else {
                ssm.put_fallback_secret(APP, &secret.name, &secret.value)?;
            }
        }
        Ok(Self { ssm, cap, roots, host: cell.host, secrets })
    }

    /// The environment of a client, as Lambda sets it; nothing of the machine's.
    pub(crate) fn variables(&self, roots: Roots) -> Variables {
        let endpoint = match self.host {
            Host::Address => self.ssm.endpoint(),
            Host::Name => format!("https://localhost:{}", self.ssm.address().port()),
        };
        let variables = self
            .ssm
            .variables(APP, STAGE)
            .with("SST_SSM_PREFIX", format!("/sst/{APP}/{STAGE}/"))
            .with("AWS_ENDPOINT_URL_SSM", endpoint)
            .with("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand");
        let certificate = variables.value("AWS_CA_BUNDLE").unwrap_or_default().to_owned();
        match roots {
            Roots::Store => variables,
            Roots::System => variables.without("AWS_CA_BUNDLE").with("SSL_CERT_FILE", self.roots.display().to_string()),
            Roots::Node => variables.without("AWS_CA_BUNDLE").with("NODE_EXTRA_CA_CERTS", certificate),
        }
    }

    /// The digest of what this client must have fetched.
    pub(crate) fn digest(&self, client: &Client) -> String {
        let is_floor = client.id == Id::Floor;
        let asked = self.secrets.iter().take(if is_floor { 10 } else { usize::MAX });
        let fetched = asked.filter(|secret| secret.is_in_stage || !is_floor);
        contract::digest(fetched.map(|secret| (&secret.name, &secret.value)))
    }

    /// A process finds a store that nobody has asked for a while.
    pub(crate) fn rest(&self) {
        self.ssm.clear_calls();
        self.ssm.clear_faults();
        if let Some(cap) = self.cap {
            self.ssm.inject(Fault::throttle(f64::from(cap), cap).on_reads());
        }
    }
}

impl Secret {
    fn new(at: usize, place: Place) -> Self {
        let name = format!("SECRET_{at:03}");
        // As long as keys usually are.
        let value = format!("sk_test_{}_{at:032x}", name.to_lowercase());
        Self { name, value, is_in_stage: place == Place::Stage || at.is_multiple_of(2) }
    }
}

const APP: &str = "bench";
const STAGE: &str = "dev";
/// Within one region.
const ROUND_TRIP: Duration = Duration::from_micros(500);
/// Debian's and Amazon Linux's.
const SYSTEM_ROOTS: [&str; 2] = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"];
