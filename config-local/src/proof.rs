//! Who listens on a port: whoever has the secret key can answer a challenge with it, and nobody else can.

use crate::hex::hex;
use crate::http::Request;
use crate::{signature, uri};

/// What a server answers to `GET /.bind-config/proof?challenge=CHALLENGE`: the HMAC-SHA256 of the challenge under its secret
/// key, as hexadecimal digits.
///
/// A client that finds address and keys in a file cannot know whether the server that was there still is: another program may
/// have taken its port. It sends a challenge that was never sent before, 32 to 128 hexadecimal digits, and nothing else until
/// the answer is this one.
///
/// ```
/// use bind_config_local::proof;
///
/// let proven = proof("local-ssm-secret-access-key", "000102030405060708090a0b0c0d0e0f");
///
/// assert_eq!(proven.len(), 64);
/// assert_ne!(proven, proof("another", "000102030405060708090a0b0c0d0e0f"));
/// ```
pub fn proof(secret_access_key: &str, challenge: &str) -> String {
    hex(&signature::hmac(secret_access_key.as_bytes(), challenge.as_bytes()))
}

/// Whether a request asks for a proof. It is not signed: what it gives away is of no use to anybody else, because what is
/// signed begins with another key (`AWS4` and the secret one).
pub(crate) fn is_asked(request: &Request) -> bool {
    request.path() == PATH
}

/// The proof, where the challenge is one.
pub(crate) fn answer(request: &Request, secret_key: &str) -> Option<String> {
    let pairs = uri::pairs(request.query())?;
    let [(name, challenge)] = pairs.as_slice() else { return None };
    let is_challenge = (32..=128).contains(&challenge.len()) && challenge.bytes().all(|byte| byte.is_ascii_hexdigit());
    (request.method == "GET" && name == "challenge" && is_challenge).then(|| proof(secret_key, challenge))
}

const PATH: &str = "/.bind-config/proof";
