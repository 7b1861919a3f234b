//! How large what is deployed is: release builds with fat LTO, stripped.

use std::fs;
use std::io;
use std::path::Path;

use crate::client::Client;

/// Bytes of each client, and of a Lambda handler without and with `bind-config`.
pub(crate) struct Sizes {
    pub(crate) clients: Vec<(String, u64)>,
    pub(crate) handler: [u64; 2],
}

impl Sizes {
    pub(crate) fn read(clients: &[Client], target: &Path) -> io::Result<Self> {
        let size = |path: &Path| Ok::<_, io::Error>(fs::metadata(path)?.len());
        let [without, with] = ["handler", "handler-config"].map(|name| target.join("sizes").join(name));
        let of_client = |client: &Client| Ok((client.id.to_string(), size(client.artifact())?));
        Ok(Self {
            clients: clients.iter().map(of_client).collect::<io::Result<_>>()?,
            handler: [size(&without)?, size(&with)?],
        })
    }

    /// How much larger a handler becomes.
    pub(crate) fn added(&self) -> u64 {
        let [without, with] = self.handler;
        with.saturating_sub(without)
    }
}
