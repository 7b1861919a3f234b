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
        let fetched = self.asked(client).iter().filter(|secret| secret.is_in_stage || !is_floor);
        contract::digest(fetched.map(|secret| (&secret.name, &secret.value)))
    }

    /// With fewer requests this client cannot have asked for all that it must fetch.
    pub(crate) fn least_requests(&self, client: &Client) -> usize {
        self.asked(client).len().div_ceil(NAMES)
    }

    /// The floor asks for no more than one request has room for.
    fn asked(&self, client: &Client) -> &[Secret] {
        let most = if client.id == Id::Floor { NAMES } else { usize::MAX };
        &self.secrets[..self.secrets.len().min(most)]
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
        // As long as keys usually are, and drawn anew for each store and place: only who fetches it knows it.
        let value = format!("sk_test_{}_{:032x}", name.to_lowercase(), fastrand::u128(..));
        Self { name, value, is_in_stage: place == Place::Stage || at.is_multiple_of(2) }
    }
}

const APP: &str = "bench";
const STAGE: &str = "dev";
/// As many as SSM takes in one request.
const NAMES: usize = 10;
/// Within one region.
const ROUND_TRIP: Duration = Duration::from_micros(500);
/// Debian's and Amazon Linux's.
const SYSTEM_ROOTS: [&str; 2] = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client;

    #[test]
    fn who_knows_the_names_does_not_know_the_digest() {
        let clients = client::all(Path::new(""));
        let digests = |place| {
            let store = started(20, place);
            clients.iter().map(|client| store.digest(client)).collect::<Vec<_>>()
        };
        let (one, other, half) = (digests(Place::Stage), digests(Place::Stage), digests(Place::Half));
        for at in 0..clients.len() {
            assert!(one[at] != other[at] && one[at] != half[at], "{}", clients[at].id);
        }
        assert_ne!(Secret::new(1, Place::Stage).value, Secret::new(1, Place::Half).value);
    }

    #[test]
    fn a_request_has_room_for_ten_names() {
        let clients = client::all(Path::new(""));
        let least = |secrets, id| {
            let client = clients.iter().find(|client| client.id == id).expect("it is a client");
            started(secrets, Place::Half).least_requests(client)
        };
        assert_eq!([0, 1, 10, 11, 200].map(|secrets| least(secrets, Id::Ours)), [0, 1, 1, 2, 20]);
        assert_eq!([0, 1, 200].map(|secrets| least(secrets, Id::Floor)), [0, 1, 1]);
    }

    fn started(secrets: usize, place: Place) -> Store {
        let folder = crate::target().and_then(|target| Ok(crate::store_folder(&target)?)).expect("a folder");
        Store::start(&Cell::usual(secrets, place), None, &folder).expect("a store")
    }
}
