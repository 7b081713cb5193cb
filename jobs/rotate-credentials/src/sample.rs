//! Worlds for tests: a quiet one, and the ways in which it can differ.

use common::alertmanager::SmtpUsers;
use jiff::{SignedDuration, Timestamp};

use crate::key::{AccessKeyId, Key, KeyStatus, LastUsed};
use crate::marks::{KeyMark, Marks, RunId, Stage};
use crate::version::VersionId;
use crate::world::{
    Asked, Cluster, ClusterState, Contents, Earlier, Fit, Generated, Held, Iam, MailFlow,
    ProbeAnswer, Reading, Replica, ReplicaState, Run, Source, Store, Version, World,
};
use common::trouble::Trouble;

pub(crate) const NOW: &str = "2026-11-24T12:00:00Z";

pub(crate) fn now() -> Timestamp {
    NOW.parse().unwrap()
}

pub(crate) fn ago(span: SignedDuration) -> Timestamp {
    now() - span
}

pub(crate) fn days(count: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * count)
}

pub(crate) fn hours(count: i64) -> SignedDuration {
    SignedDuration::from_hours(count)
}

pub(crate) fn minutes(count: i64) -> SignedDuration {
    SignedDuration::from_mins(count)
}

/// A key named after a letter.
pub(crate) fn id(letter: char) -> AccessKeyId {
    format!("AKIA{}", letter.to_string().repeat(16))
        .parse()
        .unwrap()
}

/// A version named after a digit.
pub(crate) fn version(digit: char) -> VersionId {
    let text = |length: usize| digit.to_string().repeat(length);
    VersionId::new(format!(
        "{}-{}-{}-{}-{}",
        text(8),
        text(4),
        text(4),
        text(4),
        text(12)
    ))
}

pub(crate) fn key(letter: char, age: SignedDuration) -> Key {
    Key {
        id: id(letter),
        status: KeyStatus::Active,
        created: ago(age),
        last_used: LastUsed::At {
            at: ago(age - minutes(1)),
            service: "ses".into(),
            region: "us-east-1".into(),
        },
    }
}

pub(crate) fn mark(stage: Stage, since: SignedDuration) -> KeyMark {
    KeyMark {
        stage,
        run: RunId::new("earlier-run"),
        replaces: None,
        base: Some(version('0')),
        at: ago(since),
        since: ago(since),
        short: false,
    }
}

fn cluster(name: &str, runs: &AccessKeyId) -> Cluster {
    let users = SmtpUsers::one(runs.as_str());
    let replica = |index: u8| Replica {
        pod: format!("alertmanager-main-{index}"),
        state: Ok(ReplicaState {
            loaded: Some(true),
            reload_ok: Some(true),
            users: SmtpUsers::one(runs.as_str()),
            ready: true,
        }),
    };
    Cluster {
        name: name.parse().unwrap(),
        state: Ok(ClusterState {
            paused: false,
            source: Source {
                revision: "100".into(),
                users,
                fit: Fit::Same,
                manager: Some("monitoring-jobs".into()),
            },
            generated: Some(Generated {
                users: SmtpUsers::one(runs.as_str()),
            }),
            replicas: vec![replica(0), replica(1)],
            mail: MailFlow::Flowing {
                since: ago(days(30)),
                sent: 3,
            },
        }),
    }
}

/// Key A is current and ten days old, both clusters run it, and nothing else is there.
pub(crate) fn quiet() -> World {
    let current = id('A');
    let iam = Iam {
        keys: [(id('A'), key('A', days(10)))].into(),
        marks: Marks {
            keys: [(id('A'), Ok(mark(Stage::Live, days(10))))].into(),
            ..Marks::default()
        },
        stranger: None,
    };
    let mut run = Run::new(RunId::new("this-run"), Asked::Scheduled);
    run.lease_held = Some(true);
    World {
        now: now(),
        skew: SignedDuration::ZERO,
        iam: Reading::Known(iam),
        store: Reading::Known(Store {
            current: Held {
                version: version('1'),
                key: current.clone(),
            },
            previous: None,
            pending: None,
            others: std::collections::BTreeMap::new(),
            searched: std::collections::BTreeSet::new(),
        }),
        clusters: vec![
            cluster("remoting-prod-e1-1", &current),
            cluster("prod-e1-1", &current),
        ],
        run,
    }
}

/// The same with the login of the current key tried, and IAM read a minute ago as well.
pub(crate) fn tried() -> World {
    let mut world = quiet();
    world.allow('A');
    world.confirm();
    world
}

/// Key B is the old one, soaking for 25 hours and unused since; all that is needed was tried.
pub(crate) fn soaked() -> World {
    let mut world = tried();
    let mut old = key('B', days(50));
    old.last_used = LastUsed::At {
        at: ago(hours(25)),
        service: "ses".into(),
        region: "us-east-1".into(),
    };
    world.add(old, Some(mark(Stage::Soaking, hours(25))));
    world.mark_of('A').replaces = Some(id('B'));
    for cluster in &mut world.clusters {
        cluster.state.as_mut().unwrap().mail = MailFlow::Flowing {
            since: ago(hours(24)),
            sent: 2,
        };
    }
    world.confirm();
    world
}

/// Key B was deactivated eight days ago.
pub(crate) fn watched() -> World {
    let mut world = soaked();
    world.key_of('B').status = KeyStatus::Inactive;
    *world.mark_of('B') = mark(Stage::Inactive, days(8));
    world.key_of('B').last_used = LastUsed::At {
        at: ago(days(9)),
        service: "ses".into(),
        region: "us-east-1".into(),
    };
    world.confirm();
    world
}

/// Key N is stored as pending on the current version, and marked.
pub(crate) fn staged() -> World {
    let mut world = quiet();
    let mut new = key('N', minutes(1));
    new.last_used = LastUsed::Never;
    let mut new_mark = mark(Stage::New, minutes(1));
    new_mark.replaces = Some(id('A'));
    new_mark.base = Some(version('1'));
    world.add(new, Some(new_mark));
    world.key_of('A').created = ago(days(41));
    world.store().pending = Some(Version {
        version: VersionId::token(&id('N'), &version('1')),
        contents: Contents::Pair(id('N')),
    });
    world
}

pub(crate) fn trouble(code: &'static str, exit: common::exit::Exit) -> Trouble {
    Trouble {
        exit,
        code,
        text: format!("{code} happened"),
        hint: None,
    }
}

impl World {
    pub(crate) fn iam(&mut self) -> &mut Iam {
        match &mut self.iam {
            Reading::Known(iam) => iam,
            Reading::Failed(_) | Reading::NotMine => panic!("IAM was not read"),
        }
    }

    pub(crate) fn store(&mut self) -> &mut Store {
        match &mut self.store {
            Reading::Known(store) => store,
            Reading::Failed(_) | Reading::NotMine => panic!("the secret was not read"),
        }
    }

    pub(crate) fn key_of(&mut self, letter: char) -> &mut Key {
        self.iam().keys.get_mut(&id(letter)).unwrap()
    }

    pub(crate) fn mark_of(&mut self, letter: char) -> &mut KeyMark {
        let marks = &mut self.iam().marks.keys;
        marks.get_mut(&id(letter)).unwrap().as_mut().unwrap()
    }

    pub(crate) fn add(&mut self, key: Key, mark: Option<KeyMark>) {
        if let Some(mark) = mark {
            self.iam().marks.keys.insert(key.id.clone(), Ok(mark));
        }
        self.iam().keys.insert(key.id.clone(), key);
    }

    pub(crate) fn cluster(&mut self, index: usize) -> &mut ClusterState {
        self.clusters[index].state.as_mut().unwrap()
    }

    /// The mail server accepts the key's login and mail.
    pub(crate) fn allow(&mut self, letter: char) {
        let probes = self.run.probes.entry(id(letter)).or_default();
        probes.auth = Some(ProbeAnswer::Accepted);
        probes.send = Some(ProbeAnswer::Accepted);
    }

    /// The mail server refuses the key's login.
    pub(crate) fn refuse(&mut self, letter: char) {
        let probes = self.run.probes.entry(id(letter)).or_default();
        probes.auth = Some(ProbeAnswer::Refused);
        probes.tries += 1;
        probes.first.get_or_insert(now());
    }

    /// IAM said the same a minute ago.
    pub(crate) fn confirm(&mut self) {
        let at = ago(SignedDuration::from_secs(60));
        self.run.earlier = Earlier::of(self).map(|earlier| Earlier { at, ..earlier });
    }
}
