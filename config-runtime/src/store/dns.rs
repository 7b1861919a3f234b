//! Names to addresses, on a thread that nobody waits for.
//!
//! The client's own resolver runs on the runtime's pool, and a runtime that ends waits for its pool: where DNS is silent,
//! `main` would return its report only when the system's resolver gave up, beyond Lambda's ten seconds of init.

use std::io;
use std::net::{IpAddr, ToSocketAddrs};

use aws_smithy_runtime_api::client::dns::{DnsFuture, ResolveDns, ResolveDnsError};
use tokio::sync::oneshot;

/// The system's resolver.
#[derive(Debug, Clone, Copy)]
pub(crate) struct System;

impl ResolveDns for System {
    fn resolve_dns<'a>(&'a self, name: &'a str) -> DnsFuture<'a> {
        DnsFuture::new(async { addresses(name).await.map_err(ResolveDnsError::new) })
    }
}

async fn addresses(name: &str) -> io::Result<Vec<IpAddr>> {
    let (answer, answered) = oneshot::channel();
    let name = name.to_owned();
    std::thread::Builder::new().name("bind-config-dns".to_owned()).spawn(move || {
        let found = (name, 0).to_socket_addrs().map(|found| found.map(|address| address.ip()).collect());
        // Nobody may be there any more.
        let _ = answer.send(found);
    })?;
    answered.await.unwrap_or_else(|_| Err(io::ErrorKind::BrokenPipe.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_name_has_its_addresses_and_no_name_has_none() {
        let found = addresses("localhost").await.unwrap();
        assert!(!found.is_empty() && found.iter().all(IpAddr::is_loopback), "{found:?}");
        assert!(addresses("no name at all").await.is_err());
    }
}
