//! An HTTP client whose answers have an end: an endless one would fill the memory before the deadline.

use aws_sdk_ssm::config::{HttpClient, RuntimeComponents, SharedHttpClient};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use http_body_util::Limited;

/// Ten secrets of Secrets Manager have 64 KB each, six times that if every character is escaped.
const LARGEST_ANSWER: usize = 4 << 20;

/// `client`, with answers that break off where they get too long.
pub(crate) fn client(client: SharedHttpClient) -> SharedHttpClient {
    SharedHttpClient::new(Bounded(client))
}

/// `body`, up to its largest length; an error then.
pub(crate) fn body(body: SdkBody) -> SdkBody {
    SdkBody::from_body_1_x(Limited::new(body, LARGEST_ANSWER))
}

#[derive(Debug)]
struct Bounded<T>(T);

impl HttpClient for Bounded<SharedHttpClient> {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(Bounded(self.0.http_connector(settings, components)))
    }
}

impl HttpConnector for Bounded<SharedHttpConnector> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let answer = self.0.call(request);
        HttpConnectorFuture::new(async { Ok(answer.await?.map(body)) })
    }
}

#[cfg(test)]
mod tests {
    use aws_smithy_types::byte_stream::ByteStream;

    use super::*;

    #[tokio::test]
    async fn an_answer_is_taken_up_to_its_largest_length() {
        for (length, is_taken) in [(0, true), (LARGEST_ANSWER, true), (LARGEST_ANSWER + 1, false)] {
            let answer = ByteStream::new(body(SdkBody::from(vec![b' '; length]))).collect().await;
            assert_eq!(answer.is_ok(), is_taken, "{length}");
        }
    }
}
