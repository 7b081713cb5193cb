//! What the rotation makes of AWS's answers: every class of error, lost replies, lag of nothing but
//! the network. The simulator answers, the SDK calls, and the adapters judge.
// Marks what follows as test code, in which unwrapping and indexing are welcome.
#![cfg(test)]

mod iam_effects;
mod iam_reading;
mod mail;
mod secret_effects;
mod secret_reading;

use common::clock::Clock;
use jiff::Timestamp;
use rotate_credentials::live::Live;
use rotate_credentials::outside::EffectError;
use rotate_credentials::version::VersionId;
use sandbox::aws::{AwsSim, Content, Fault, FaultKind, Operation, Options};
use scenarios::live;
use scenarios::sdk::CALLER;

const NOW: &str = "2026-11-24T12:00:00Z";
const OLD: &str = "AKIAIOSFODNN7EXAMPLE";
const FIRST: &str = "00000000-0000-4000-8000-000000000001";
const SECOND: &str = "00000000-0000-4000-8000-000000000002";
const THIRD: &str = "00000000-0000-4000-8000-000000000003";

const CONTENT: &str = r#"
users:
  - name: mailer
    tags: { notify_emails: 'ops@example.com dev@example.com' }
    access_keys:
      - id: AKIAIOSFODNN7EXAMPLE
        secret: wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY
        created: 2026-10-14T08:00:00Z
  - name: other
    access_keys:
      - id: AKIAOTHERFODNN7EXAMP
        secret: wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEZ
        created: 2026-10-14T08:00:00Z
secrets:
  - name: prod/monitoring
    versions:
      - id: 00000000-0000-4000-8000-000000000001
        created: 2026-10-14T08:00:00Z
        stages: [AWSCURRENT]
        text: '{"id": "first"}'
"#;

/// A simulator, and the rotation's adapters with their calls going there.
struct Bench {
    sim: AwsSim,
    live: Live,
}

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

async fn start() -> Bench {
    let sim = simulator(CONTENT);
    let live = adapters(&sim.endpoint()).await;
    Bench { sim, live }
}

fn simulator(content: &str) -> AwsSim {
    let content = Content::from_yaml("content.yaml", content).unwrap();
    let options = Options {
        clock: Clock::fixed(now()),
        ..Options::default()
    };
    AwsSim::start(content, options).unwrap()
}

async fn adapters(endpoint: &str) -> Live {
    let aws = live::aws(endpoint, CALLER, Clock::fixed(now()));
    let config = live::config(vec![live::unreachable_cluster()]);
    live::open(&aws, &config, Clock::fixed(now()), None).await
}

impl Bench {
    /// The next `count` calls of an operation go wrong like this.
    fn break_next(&self, operation: Operation, count: u64, kind: FaultKind) {
        let fault = Fault::new(kind).on(operation);
        self.sim.inject(fault.calls(1, Some(count)));
    }

    /// Every call of an operation goes wrong like this.
    fn break_all(&self, operation: Operation, kind: FaultKind) {
        self.sim.inject(Fault::new(kind).on(operation));
    }

    /// How often an operation was called since the last time.
    fn calls(&self, operation: Operation) -> usize {
        let count = self.sim.calls().count(operation);
        self.sim.clear_calls();
        count
    }
}

fn refuse(code: &str, status: u16) -> FaultKind {
    FaultKind::Refuse {
        code: code.to_owned(),
        status,
        message: "no".to_owned(),
    }
}

fn version(id: &str) -> VersionId {
    VersionId::new(id)
}

/// `refused:code`, `overtaken`, `unclear:code` or `done`.
fn outcome<T>(done: Result<T, EffectError>) -> String {
    match done {
        Ok(_) => "done".to_owned(),
        Err(EffectError::Overtaken) => "overtaken".to_owned(),
        Err(EffectError::Refused(trouble)) => format!("refused:{}", trouble.code),
        Err(EffectError::Unclear(trouble)) => format!("unclear:{}", trouble.code),
    }
}
