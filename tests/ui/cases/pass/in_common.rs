#![deny(warnings)]

use std::future::Future;
use std::task::{Context, Poll, Waker};

bind_config::bind_config!(#[allow(dead_code)] "manifests/app.json", functions = ["api", "worker"], strict);

mod everything {
    bind_config::bind_config!(#[allow(dead_code)] pub struct Everything, pub static EVERYTHING, "manifests/app.json", function = *, strict);
}

fn main() {
    // Several functions are none: nothing is compared with one's fingerprint, and the report names none.
    let environment = [("SST_APP", "orders"), ("SST_STAGE", "dev"), ("BIND_FINGERPRINT", "0123")];
    let environment = environment.into_iter().collect();
    for err in [
        now(Config::load_from(&environment)).err().unwrap(),
        now(everything::Everything::load_from(&environment)).err().unwrap(),
    ] {
        assert_eq!(err.function(), None);
        assert!(err.problems().iter().all(|problem| problem.name().is_some()), "{err}");
    }
}

/// Plain values are there at once.
fn now<T>(future: impl Future<Output = T>) -> T {
    match std::pin::pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("nothing is fetched"),
    }
}
