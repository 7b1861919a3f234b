//! How large what is deployed is: release builds with fat LTO, stripped.

use std::fs;
use std::io;
use std::path::Path;

use crate::client::Client;

/// Bytes of each client, and of a Lambda handler without and with `bind-config`.
pub(crate) struct Sizes {
    pub(crate) clients: Vec<(String, u64)>,
    pub(crate) handler: u64,
    pub(crate) handler_with_config: u64,
}

impl Sizes {
    pub(crate) fn read(clients: &[Client], target: &Path) -> io::Result<Self> {
        let size = |path: &Path| Ok::<_, io::Error>(fs::metadata(path)?.len());
        let of_handler = |name: &str| size(&target.join("sizes").join(name));
        let of_client = |client: &Client| Ok((client.id.to_string(), size(client.artifact())?));
        Ok(Self {
            clients: clients.iter().map(of_client).collect::<io::Result<_>>()?,
            handler: of_handler("handler")?,
            handler_with_config: of_handler("handler-config")?,
        })
    }

    /// How much larger a handler becomes.
    pub(crate) fn added(&self) -> u64 {
        self.handler_with_config.saturating_sub(self.handler)
    }
}

#[expect(clippy::cast_precision_loss, reason = "a file has less than 2^52 bytes")]
pub(crate) fn megabytes(bytes: u64) -> String {
    format!("{:.2}", bytes as f64 / 1e6)
}
