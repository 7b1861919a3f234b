//! Who asks: the signature of a request, and what its credentials may do.

use aws_credential_types::Credentials;
use bind_config::{LoadError, Loaded};
use bind_config_interop::{Store, credentials};

use crate::{SHOP, environment, report, secret_path, shop};

/// Stores what `shop` binds. From now on the store answers a reader alone, whose credentials these are.
async fn guard(store: &Store, may_read: bool) -> Credentials {
    store.secure(&secret_path("API_KEY"), "key_canary").await;
    store.secure(&secret_path("DB_PASSWORD"), "canary").await;
    store.secure(&secret_path("LIMIT"), "5").await;
    store.secure(&secret_path("session_key"), "canary").await;
    store.string("/sst/interop/dev/Parameter/CATALOG/value", "canary").await;
    store.reader(may_read)
}

/// Credentials that no store accepts, and what AWS calls that.
fn refused(reader: &Credentials) -> [(Credentials, &'static str); 2] {
    [
        (credentials("AKIANOBODY0000000000", "canary"), "UnrecognizedClientException"),
        (credentials(reader.access_key_id(), "canary"), "InvalidSignatureException"),
    ]
}

async fn load(store: &Store, asking: &Credentials) -> Result<Loaded<shop::Config>, LoadError> {
    let keys = [("AWS_ACCESS_KEY_ID", asking.access_key_id()), ("AWS_SECRET_ACCESS_KEY", asking.secret_access_key())];
    shop::Config::load_from(&environment(store, &[&SHOP[..], &keys].concat())).await
}

#[tokio::test]
async fn a_request_has_the_signature_that_others_compute() {
    for store in [Store::local(), Store::moto(), Store::guarded_ministack()] {
        let reader = guard(&store, true).await;

        let loaded = load(&store, &reader).await;

        assert_eq!(*loaded.unwrap().LIMIT.expose_secret(), 5, "{}", store.name());
    }
}

#[tokio::test]
async fn credentials_that_are_not_accepted_are_reported_with_the_code() {
    for store in [Store::local(), Store::guarded_ministack()] {
        let reader = guard(&store, true).await;
        for (asking, code) in refused(&reader) {
            let error = load(&store, &asking).await.unwrap_err();

            assert_eq!(
                report(&error),
                format!(
                    "\
the configuration could not be loaded (function `shop`, app `interop`, stage `dev`, region `us-east-1`)

API_KEY, CATALOG, DB_PASSWORD, LIMIT, SENTRY_DSN, session_key: AWS does not accept the credentials: {code}
  get new ones where they are expired; else they are of another account or partition, or mistyped; a store that AWS_ENDPOINT_URL_SSM names has its own, and `bind-config local start` others each time"
                ),
                "{}",
                store.name()
            );
        }
    }
}

#[tokio::test]
async fn what_the_credentials_may_not_read_is_denied_and_not_missing() {
    for store in [Store::local(), Store::guarded_ministack()] {
        let reader = guard(&store, false).await;

        let text = report(&load(&store, &reader).await.unwrap_err());

        // MiniStack names no resource: contract.md, "who may not read is told what".
        let prefix = if store.name() == "MiniStack" { "" } else { "arn:aws:ssm:us-east-1:123456789012:parameter" };
        let denied = [
            ("API_KEY", "Secret"),
            ("CATALOG", "Parameter"),
            ("DB_PASSWORD", "Secret"),
            ("LIMIT", "Secret"),
            ("SENTRY_DSN", "Secret"),
            ("session_key", "Secret"),
        ]
        .map(|(name, kind)| {
            format!(
                "{name}: access denied: the credentials may not do `ssm:GetParameters` on \
                 {prefix}/sst/interop/dev/{kind}/{name}/value\n  \
                 `bind-config iam shop` prints the policy that this function needs"
            )
        });
        let expected = format!(
            "the configuration could not be loaded (function `shop`, app `interop`, stage `dev`, region `us-east-1`)\n\n{}",
            denied.join("\n")
        );
        assert_eq!(text, expected, "{}", store.name());
    }
}

#[tokio::test]
async fn a_refusal_in_another_format_is_a_refusal() {
    // moto's refusals are XML: contract.md, "a key that nobody knows is refused" and the two after it.
    let store = Store::moto();
    let reader = guard(&store, false).await;
    let [(nobody, _), (mistyped, _)] = refused(&reader);

    let errors = tokio::join!(load(&store, &nobody), load(&store, &mistyped), load(&store, &reader));

    for error in [errors.0, errors.1, errors.2] {
        assert!(report(&error.unwrap_err()).contains("what answered is not the store: HTTP 403"));
    }
}
