//! The mail servers of all clusters, asked with one pair.

use std::collections::BTreeSet;
use std::sync::Arc;

use common::clock::Clock;
use common::secret::ExposeSecret as _;
use common::ses::{Region, Smarthost, TlsMode, smtp_password};
use rotate_credentials::config::ClusterConfig;
use rotate_credentials::live::Live;
use rotate_credentials::outside::Outside as _;
use rotate_credentials::pair::Pair;
use rotate_credentials::smtp::{Certificate, Trust};
use rotate_credentials::world::{ProbeAnswer, ProbeKind};
use sandbox::mail::{Authority, MailServer, Options};
use scenarios::live;
use scenarios::sdk::CALLER;

use super::{OLD, now};

/// Lets in whoever has one of these passwords.
#[derive(Debug)]
struct Doorman(BTreeSet<String>);

impl Authority for Doorman {
    fn login(&self, user: &str, password: &str) -> sandbox::mail::Login {
        if user == OLD && self.0.contains(password) {
            sandbox::mail::Login::Granted
        } else {
            sandbox::mail::Login::Refused
        }
    }
}

fn pair() -> Pair {
    Pair {
        id: OLD.parse().unwrap(),
        secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".into(),
    }
}

/// A server that knows the pair's password for these regions.
fn server(regions: &[&str], options: Options) -> MailServer {
    let password = |region: &&str| {
        smtp_password(&pair().secret, region)
            .expose_secret()
            .to_owned()
    };
    let doorman: Arc<dyn Authority> = Arc::new(Doorman(regions.iter().map(password).collect()));
    MailServer::start(doorman, options).unwrap()
}

fn cluster(server: &MailServer, region: &str) -> ClusterConfig {
    let address = format!("localhost:{}", server.addr().port());
    ClusterConfig {
        smarthost: Smarthost::with_tls(&address, TlsMode::StartTls).unwrap(),
        region: Region::parse(region).unwrap(),
        ..live::unreachable_cluster()
    }
}

async fn adapters(clusters: Vec<ClusterConfig>, trusted: &MailServer) -> Live {
    // No call to AWS is made.
    let aws = live::aws("http://127.0.0.1:9", CALLER, Clock::fixed(now()));
    let live = live::open(&aws, &live::config(clusters), Clock::fixed(now()), None).await;
    let ca = Certificate::from_pem(trusted.ca_pem().as_bytes()).unwrap();
    live.trusting(Trust::SystemAnd(ca))
}

#[tokio::test]
async fn each_server_is_asked_once_with_the_password_of_its_region() {
    let server = server(&["us-east-1", "eu-west-1"], Options::default());
    let clusters = ["us-east-1", "us-east-1", "eu-west-1"].map(|region| cluster(&server, region));
    let live = adapters(clusters.to_vec(), &server).await;
    assert_eq!(
        live.probe(&pair(), ProbeKind::Auth).await,
        ProbeAnswer::Accepted
    );
    assert_eq!(server.connections(), 2);
    assert!(server.mails().is_empty());
    assert_eq!(
        live.probe(&pair(), ProbeKind::Send).await,
        ProbeAnswer::Accepted
    );
    let mails = server.mails();
    assert_eq!(mails.len(), 2);
    assert_eq!(mails[0].from, "prometheus-alerts@example.com");
    let to = format!("success+{}@simulator.amazonses.com", live::RUN);
    assert_eq!(mails[0].to, [to]);
}

#[tokio::test]
async fn a_login_that_one_region_refuses_is_refused() {
    let server = server(&["us-east-1"], Options::default());
    let clusters = ["us-east-1", "eu-west-1"].map(|region| cluster(&server, region));
    let live = adapters(clusters.to_vec(), &server).await;
    assert_eq!(
        live.probe(&pair(), ProbeKind::Auth).await,
        ProbeAnswer::Refused
    );
}

#[tokio::test]
async fn a_server_that_is_not_there_is_told_by_its_name() {
    let gone = server(&["us-east-1"], Options::default());
    let clusters = vec![cluster(&gone, "us-east-1")];
    let live = adapters(clusters, &gone).await;
    let address = format!("localhost:{}", gone.addr().port());
    drop(gone);
    let ProbeAnswer::Failed(trouble) = live.probe(&pair(), ProbeKind::Auth).await else {
        panic!("it answered");
    };
    assert_eq!(trouble.code, "smtp-unreachable");
    assert!(trouble.text.starts_with(&address), "{trouble}");
}
