//! Names to addresses, on a thread that nobody waits for.
//!
//! The client's own resolver runs on the runtime's pool, and a runtime that ends waits for its pool: where DNS is silent,
//! `main` would return its report only when the system's resolver gave up, beyond Lambda's ten seconds of init.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::task::{Context, Poll};

use futures_util::future::BoxFuture;
use hyper_util::client::legacy::connect::dns::Name;
use tokio::sync::oneshot;
use tower_service::Service;

/// The system's resolver.
#[derive(Debug, Clone, Copy)]
pub(crate) struct System;

impl Service<Name> for System {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = BoxFuture<'static, io::Result<Self::Response>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        Box::pin(addresses(name.as_str().to_owned()))
    }
}

/// The port is the caller's matter.
async fn addresses(name: String) -> io::Result<std::vec::IntoIter<SocketAddr>> {
    let (answer, answered) = oneshot::channel();
    std::thread::Builder::new().name("bind-config-dns".to_owned()).spawn(move || {
        // Nobody may be there any more.
        let _ = answer.send((name.as_str(), 0).to_socket_addrs());
    })?;
    answered.await.unwrap_or_else(|_| Err(io::ErrorKind::BrokenPipe.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_name_has_its_addresses_and_no_name_has_none() {
        let found: Vec<_> = addresses("localhost".to_owned()).await.unwrap().collect();
        assert!(!found.is_empty() && found.iter().all(|address| address.ip().is_loopback()), "{found:?}");
        assert!(addresses("no name at all".to_owned()).await.is_err());
    }
}
