//! An HTTP client whose answers have bounds: an endless one would fill the memory before the deadline, and at a date beyond
//! reckoning the SDK panics.

use aws_sdk_ssm::config::{HttpClient, RuntimeComponents, SharedHttpClient};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::date_time::{DateTime, Format};
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

/// Whether a date is in this century or the next.
fn is_sensible(date: &str) -> bool {
    DateTime::from_str(date, Format::HttpDate).is_ok_and(|date| (946_684_800..7_258_118_400).contains(&date.secs()))
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
        HttpConnectorFuture::new(async {
            let mut answer = answer.await?.map(body);
            // The SDK signs the next request with the difference to this date.
            if answer.headers().get("date").is_some_and(|date| !is_sensible(date)) {
                answer.headers_mut().remove("date");
            }
            Ok(answer)
        })
    }
}

#[cfg(test)]
mod tests {
    use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
    use aws_smithy_runtime_api::http::StatusCode;
    use aws_smithy_types::byte_stream::ByteStream;

    use super::*;

    #[tokio::test]
    async fn an_answer_is_taken_up_to_its_largest_length() {
        // Ten secrets of 64 KB, every character of them escaped.
        assert!((10 * 64 * 1024 * 6..=4 << 20).contains(&LARGEST_ANSWER));
        for (length, is_taken) in [(0, true), (LARGEST_ANSWER, true), (LARGEST_ANSWER + 1, false)] {
            let answer = ByteStream::new(body(SdkBody::from(vec![b' '; length]))).collect().await;
            assert_eq!(answer.is_ok(), is_taken, "{length}");
        }
    }

    /// A connector whose every answer is too long, and from the end of time.
    #[derive(Debug)]
    struct Endless;

    impl HttpConnector for Endless {
        fn call(&self, _: HttpRequest) -> HttpConnectorFuture {
            let body = SdkBody::from(vec![b' '; LARGEST_ANSWER + 1]);
            let mut answer = HttpResponse::new(StatusCode::try_from(200).unwrap(), body);
            answer.headers_mut().insert("date", "Fri, 31 Dec 9999 23:59:59 GMT");
            HttpConnectorFuture::ready(Ok(answer))
        }
    }

    #[tokio::test]
    async fn every_answer_of_a_bounded_client_has_bounds() {
        let bounded = Bounded(SharedHttpConnector::new(Endless));

        let answer = bounded.call(HttpRequest::get("http://localhost").unwrap()).await.unwrap();

        assert_eq!(answer.headers().get("date"), None);
        assert!(ByteStream::new(answer.into_body()).collect().await.is_err());
    }

    #[test]
    fn a_date_is_one_of_the_times_in_which_this_runs() {
        for (date, expected) in [
            ("Wed, 25 Nov 2026 13:00:00 GMT", true),
            ("Sat, 01 Jan 2000 00:00:00 GMT", true),
            ("Fri, 31 Dec 1999 23:59:59 GMT", false),
            ("Tue, 31 Dec 2199 23:59:59 GMT", true),
            ("Fri, 31 Dec 9999 23:59:59 GMT", false),
            ("yesterday", false),
        ] {
            assert_eq!(is_sensible(date), expected, "{date}");
        }
    }
}
