//! Who asks.

use bind_config_interop::{Store, credentials};

use crate::observed::Source::Quoted;
use crate::observed::{Observed, refusal};

pub(crate) async fn observe(store: &Store, observed: &mut Observed) {
    store.secure("/access/KEY", "x").await;
    let reader = store.reader(false);
    let key = reader.access_key_id().to_owned();
    for (title, asking, aws) in [
        (
            "a key that nobody knows is refused",
            credentials("AKIANOBODY0000000000", "x"),
            "UnrecognizedClientException: The security token included in the request is invalid.",
        ),
        (
            "a signature by another secret is refused",
            credentials(&key, "x"),
            "InvalidSignatureException: The request signature we calculated does not match the signature you provided. \
             Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
        ),
        (
            "who may not read is told what",
            reader,
            "AccessDeniedException: User: arn:aws:iam::123456789012:user/reader is not authorized to perform: \
             ssm:GetParameters on resource: arn:aws:ssm:us-east-1:123456789012:parameter/access/KEY because no \
             identity-based policy allows the ssm:GetParameters action",
        ),
    ] {
        let got = store.client_of(asking).get_parameters().names("/access/KEY").with_decryption(true).send().await;
        observed.add(title, Quoted, aws, refusal(got));
    }
}
