//! How large what is deployed is: release builds with fat LTO, stripped.

use std::fs;
use std::io;
use std::path::Path;

use crate::client::{Client, Id};

/// Bytes of each client, and of a Lambda handler.
pub(crate) struct Sizes {
    pub(crate) clients: Vec<(String, u64)>,
    pub(crate) handler: u64,
    /// The same handler with it, by transport.
    pub(crate) with: [(Id, u64); 2],
}

impl Sizes {
    pub(crate) fn read(clients: &[Client], target: &Path) -> io::Result<Self> {
        let size = |path: &Path| Ok::<_, io::Error>(fs::metadata(path)?.len());
        let of_handler = |name: &str| size(&target.join("sizes").join(name));
        let of_client = |client: &Client| Ok((client.id.to_string(), size(client.artifact())?));
        Ok(Self {
            clients: clients.iter().map(of_client).collect::<io::Result<_>>()?,
            handler: of_handler("handler")?,
            with: [(Id::Ours, of_handler("handler-ssm")?), (Id::Lean, of_handler("handler-lean")?)],
        })
    }

    /// How much larger a handler becomes.
    pub(crate) fn added(&self) -> [(Id, u64); 2] {
        self.with.map(|(id, size)| (id, size.saturating_sub(self.handler)))
    }
}

#[expect(clippy::cast_precision_loss, reason = "a file has less than 2^52 bytes")]
pub(crate) fn megabytes(bytes: u64) -> String {
    format!("{:.2}", bytes as f64 / 1e6)
}
