//! Who listens: a proof for whoever knows the secret key, and nothing else without a signature.
#![expect(clippy::unwrap_used, reason = "a helper of tests is a test")]

mod raw;

use bind_config_local::{Fault, LocalSsm, proof};
use raw::{Answer, exchange};

const CHALLENGE: &str = "000102030405060708090a0b0c0d0e0f";

fn ask(ssm: &LocalSsm, method: &str, target: &str) -> Answer {
    exchange(ssm, format!("{method} {target} HTTP/1.1\r\nhost: x\r\n\r\n").as_bytes())
}

#[test]
fn a_server_proves_that_it_has_the_secret_key() {
    let ssm = LocalSsm::builder().credentials("AKIDTEST", "Jefe").start().unwrap();
    ssm.inject(Fault::deny());

    let answer = ask(&ssm, "GET", &format!("/.bind-config/proof?challenge={CHALLENGE}"));

    // printf 000102030405060708090a0b0c0d0e0f | openssl dgst -sha256 -hmac Jefe
    let expected = "a9d00bf3db331d1564bfaa8edba7a619012a2badd90bd86fa20047e1de772c2d";
    assert_eq!((answer.status, answer.body.as_str()), (200, expected));
    assert_eq!(proof("Jefe", CHALLENGE), expected);
    assert_ne!(proof("AWS4Jefe", CHALLENGE), expected);
    assert!(ssm.calls().is_empty(), "it is no call of a service");
}

#[test]
fn what_is_no_challenge_is_not_answered_with_a_proof() {
    let ssm = LocalSsm::start().unwrap();
    let of = |challenge: &str| format!("/.bind-config/proof?challenge={challenge}");
    for (method, target) in [
        ("GET", "/.bind-config/proof".to_owned()),
        ("GET", of("")),
        ("GET", of(&CHALLENGE[1..])),
        ("GET", of(&CHALLENGE.repeat(5))),
        ("GET", of(&CHALLENGE.replace('0', "g"))),
        ("GET", of(&format!("{CHALLENGE}&challenge={CHALLENGE}"))),
        ("GET", format!("/.bind-config/proof?other={CHALLENGE}")),
        ("POST", of(CHALLENGE)),
    ] {
        let answer = ask(&ssm, method, &target);
        assert_eq!((answer.status, answer.body.as_str()), (400, ""), "{method} {target}");
    }
}
