//! Tokens against vectors of an independent implementation of AWS's signatures.

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::Url;

use super::{TokenError, Tokens, eks_token};
use crate::clock::Clock;
use crate::secret::ExposeSecret as _;

const SESSION_TOKEN: &str = "IQoJb3JpZ2luX2VjEXAMPLE+token/with=chars";

fn credentials(session_token: Option<&str>) -> Credentials {
    Credentials::new(
        "AKIDEXAMPLE",
        "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
        session_token.map(str::to_owned),
        None,
        "test",
    )
}

fn url(token: &str) -> Url {
    let url = URL_SAFE_NO_PAD.decode(token.strip_prefix("k8s-aws-v1.").unwrap());
    String::from_utf8(url.unwrap()).unwrap().parse().unwrap()
}

/// The parameters in the order of their names, but for the signature.
fn parameters(url: &Url) -> (Vec<(String, String)>, String) {
    let mut parameters: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    parameters.sort();
    let (signature, rest): (Vec<_>, Vec<_>) = parameters
        .into_iter()
        .partition(|(name, _)| name == "X-Amz-Signature");
    assert_eq!(signature.len(), 1);
    (rest, signature[0].1.clone())
}

#[test]
fn tokens_carry_the_published_signatures() {
    let at = "2026-01-02T03:04:05Z".parse().unwrap();
    let table = [
        (
            "prod-e1-1",
            None,
            "f917317a4502feac290d358984c8f80335cfc331e73c8cfe9112e203a5709f85",
        ),
        (
            "remoting-prod-e1-1",
            Some(SESSION_TOKEN),
            "4afc9a244bff6bb7dbaac25daf6f2a9d1238619bf6dfb4b3e9e983be370e6518",
        ),
    ];
    for (cluster, session_token, expected) in table {
        let token = eks_token(&credentials(session_token), cluster, "us-east-1", at).unwrap();
        let url = url(token.expose_secret());
        assert!(token.expose_secret().len() <= 4096);
        assert_eq!(url.host_str(), Some("sts.us-east-1.amazonaws.com"));
        assert_eq!((url.scheme(), url.path()), ("https", "/"));
        let (parameters, signature) = parameters(&url);
        assert_eq!(signature, expected, "{cluster}");
        let mut expected = vec![
            ("Action", "GetCallerIdentity"),
            ("Version", "2011-06-15"),
            ("X-Amz-Algorithm", "AWS4-HMAC-SHA256"),
            (
                "X-Amz-Credential",
                "AKIDEXAMPLE/20260102/us-east-1/sts/aws4_request",
            ),
            ("X-Amz-Date", "20260102T030405Z"),
            ("X-Amz-Expires", "60"),
        ];
        expected.extend(session_token.map(|token| ("X-Amz-Security-Token", token)));
        expected.push(("X-Amz-SignedHeaders", "host;x-k8s-aws-id"));
        let parameters: Vec<_> = parameters
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        assert_eq!(parameters, expected, "{cluster}");
    }
}

#[test]
fn china_has_a_domain_of_its_own() {
    let at = "2026-01-02T03:04:05Z".parse().unwrap();
    let token = eks_token(&credentials(None), "c", "cn-north-1", at).unwrap();
    let host = url(token.expose_secret());
    assert_eq!(host.host_str(), Some("sts.cn-north-1.amazonaws.com.cn"));
}

#[test]
fn what_cannot_stand_in_a_request_is_an_error_and_no_panic() {
    let at = "2026-01-02T03:04:05Z".parse().unwrap();
    for (cluster, region) in [("a\nb", "us-east-1"), ("a", "us east"), ("a", "x/y#")] {
        let token = eks_token(&credentials(None), cluster, region, at);
        assert!(
            matches!(token, Err(TokenError::Unsignable)),
            "{cluster:?} {region:?}"
        );
    }
}

fn tokens(now: &str, credentials: Credentials) -> Tokens {
    let clock = Clock::fixed(now.parse().unwrap());
    let provider = SharedCredentialsProvider::new(credentials);
    Tokens::new("prod-e1-1".into(), "us-east-1".into(), provider, clock)
}

async fn date_after(tokens: &mut Tokens, now: &str) -> String {
    tokens.clock = Clock::fixed(now.parse().unwrap());
    let token = tokens.current().await.unwrap();
    let (parameters, _) = parameters(&url(token.expose_secret()));
    let date = parameters
        .into_iter()
        .find(|(name, _)| name == "X-Amz-Date");
    date.unwrap().1
}

#[tokio::test]
async fn a_token_serves_fourteen_minutes_and_never_before_it_was_made() {
    let mut tokens = tokens("2026-01-02T03:00:00Z", credentials(None));
    let table = [
        ("2026-01-02T03:00:00Z", "20260102T030000Z"),
        ("2026-01-02T03:13:59Z", "20260102T030000Z"),
        ("2026-01-02T03:14:00Z", "20260102T031400Z"),
        // The clock was set back.
        ("2026-01-02T02:00:00Z", "20260102T020000Z"),
    ];
    for (now, made) in table {
        assert_eq!(date_after(&mut tokens, now).await, made, "{now}");
    }
}

#[tokio::test]
async fn a_token_does_not_outlive_its_credentials() {
    let expiry: jiff::Timestamp = "2026-01-02T03:05:00Z".parse().unwrap();
    let mut credentials = credentials(Some(SESSION_TOKEN));
    *credentials.expiry_mut() = Some(expiry.into());
    let mut tokens = tokens("2026-01-02T03:00:00Z", credentials);
    let table = [
        ("2026-01-02T03:00:00Z", "20260102T030000Z"),
        ("2026-01-02T03:04:59Z", "20260102T030000Z"),
        ("2026-01-02T03:05:00Z", "20260102T030500Z"),
    ];
    for (now, made) in table {
        assert_eq!(date_after(&mut tokens, now).await, made, "{now}");
    }
}

#[tokio::test]
async fn only_the_refused_token_is_forgotten() {
    let mut tokens = tokens("2026-01-02T03:00:00Z", credentials(None));
    let first = tokens.current().await.unwrap();
    tokens.refused(&"another".into()).await;
    assert_eq!(
        date_after(&mut tokens, "2026-01-02T03:01:00Z").await,
        "20260102T030000Z"
    );
    tokens.refused(&first).await;
    assert_eq!(
        date_after(&mut tokens, "2026-01-02T03:01:00Z").await,
        "20260102T030100Z"
    );
}

#[tokio::test]
async fn nothing_of_a_token_prints() {
    let tokens = tokens("2026-01-02T03:00:00Z", credentials(Some(SESSION_TOKEN)));
    let token = tokens.current().await.unwrap();
    let printed = format!("{tokens:?} {token:?}");
    for secret in [
        token.expose_secret(),
        SESSION_TOKEN,
        "wJalrXUtnFEMI",
        "X-Amz",
    ] {
        assert!(!printed.contains(secret), "{printed}");
    }
}
