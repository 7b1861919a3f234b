//! Names to addresses, on a thread that nobody waits for.
//!
//! The client's own resolver runs on the runtime's pool, and a runtime that ends waits for its pool: where DNS is silent,
//! `main` would return its report only when the system's resolver gave up, beyond Lambda's ten seconds of init.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared, WeakShared};
use hyper_util::client::legacy::connect::dns::Name;
use tokio::sync::oneshot;
use tower_service::Service;

/// The system's resolver. Its clones share what is under way: twenty connections at once to one host ask once.
#[derive(Clone, Default)]
pub(crate) struct System(Arc<Mutex<Option<UnderWay>>>);

struct UnderWay {
    name: String,
    lookup: WeakShared<Lookup>,
}

/// An error is of nobody's own.
type Lookup = BoxFuture<'static, Result<Arc<[SocketAddr]>, io::ErrorKind>>;

impl Service<Name> for System {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = BoxFuture<'static, io::Result<Self::Response>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let lookup = self.lookup(name.as_str());
        Box::pin(async { Ok(lookup.await?.to_vec().into_iter()) })
    }
}

impl System {
    /// What is under way for that name, or a new one. What has ended is not kept: addresses change.
    fn lookup(&self, name: &str) -> Shared<Lookup> {
        let mut under_way = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = under_way.as_ref().filter(|one| one.name == name).and_then(|one| one.lookup.upgrade());
        if let Some(lookup) = known.filter(|lookup| lookup.peek().is_none()) {
            return lookup;
        }
        let lookup: Lookup = Box::pin(addresses(name.to_owned()));
        let lookup = lookup.shared();
        *under_way = lookup.downgrade().map(|lookup| UnderWay { name: name.to_owned(), lookup });
        lookup
    }
}

/// The port is the caller's matter.
async fn addresses(name: String) -> Result<Arc<[SocketAddr]>, io::ErrorKind> {
    let (answer, answered) = oneshot::channel();
    let look_up = move || {
        let found = (name.as_str(), 0).to_socket_addrs().map(Iterator::collect);
        // Nobody may be there any more.
        let _ = answer.send(found.map_err(|error| error.kind()));
    };
    std::thread::Builder::new().name("bind-config-dns".to_owned()).spawn(look_up).map_err(|error| error.kind())?;
    answered.await.unwrap_or(Err(io::ErrorKind::BrokenPipe))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_name_has_its_addresses_and_no_name_has_none() {
        let resolver = System::default();
        let found = resolver.lookup("localhost").await.unwrap();
        assert!(!found.is_empty() && found.iter().all(|address| address.ip().is_loopback()), "{found:?}");
        assert!(resolver.lookup("no name at all").await.is_err());
    }

    #[tokio::test]
    async fn who_asks_for_a_name_while_it_is_looked_up_shares_the_answer_and_nobody_later() {
        let resolver = System::default();
        let (first, second) = (resolver.lookup("localhost"), resolver.clone().lookup("localhost"));
        let other = resolver.lookup("127.0.0.1");
        assert!(first.ptr_eq(&second) && !first.ptr_eq(&other));

        first.clone().await.unwrap();
        assert!(!resolver.lookup("localhost").ptr_eq(&first));
    }
}
