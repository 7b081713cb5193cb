//! A cluster: the Secret that is written, what the operator makes of it, and replicas that load it
//! some time later. A configuration is told by the key that it logs in with.

use common::cluster::ClusterName;

use super::{By, Seconds};

/// The operator's Secret follows after this time.
const GENERATED_AFTER: Seconds = 5;
/// Each replica loads it after this time.
const LOADED_AFTER: [Seconds; 2] = [15, 25];

/// A cluster.
#[expect(
    clippy::struct_excessive_bools,
    reason = "troubles that come and go independently of each other"
)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cluster {
    /// Its name.
    pub name: ClusterName,
    /// The key in the Secret that is written, by its place in the user.
    pub source: usize,
    /// Who wrote it.
    pub source_by: By,
    /// Counts its writes.
    pub revision: u64,
    /// Whether somebody edited more than the login in it.
    pub edited: bool,
    /// The key in the operator's Secret.
    pub generated: usize,
    /// The replicas.
    pub replicas: Vec<Replica>,
    /// What is still on its way to them.
    pub on_its_way: Vec<OnItsWay>,
    /// Whether its API server does not answer.
    pub unreachable: bool,
    /// Whether the operator was told to do nothing.
    pub paused: bool,
    /// Whether the second replica loads nothing.
    pub stuck: bool,
    /// Whether no mail goes out.
    pub silent: bool,
    /// Mails that went out.
    pub sent: u64,
    /// Mails that were refused.
    pub refused: u64,
    /// The key of the last mail that went out.
    pub last_sender: usize,
    /// How many went out with it, one after the other.
    pub in_a_row: u64,
    /// What the job noted of these counters.
    pub note: Option<Note>,
}

/// A replica.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Replica {
    /// The key that it runs with.
    pub runs: usize,
    /// Who wrote that.
    pub by: By,
}

/// A configuration on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct OnItsWay {
    /// When it arrives.
    pub at: Seconds,
    /// Where: a replica's place, or `None` for the operator's Secret.
    pub to: Option<usize>,
    /// Its key.
    pub key: usize,
    /// Who wrote it.
    pub by: By,
}

/// Counters of mails at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Note {
    /// When.
    pub at: Seconds,
    /// Sent until then.
    pub sent: u64,
    /// Refused until then.
    pub refused: u64,
}

impl Cluster {
    /// A cluster that runs a key.
    pub fn running(name: &str, key: usize) -> Self {
        let replica = Replica {
            runs: key,
            by: By::Us,
        };
        #[expect(clippy::expect_used, reason = "names of the model are well formed")]
        let name = name.parse().expect("the name of a model cluster");
        Self {
            name,
            source: key,
            source_by: By::Us,
            revision: 1,
            edited: false,
            generated: key,
            replicas: vec![replica; LOADED_AFTER.len()],
            on_its_way: Vec::new(),
            unreachable: false,
            paused: false,
            stuck: false,
            silent: false,
            sent: 0,
            refused: 0,
            last_sender: key,
            in_a_row: 0,
            note: None,
        }
    }

    /// Writes another login.
    pub fn write(&mut self, key: usize, by: By, now: Seconds) {
        self.source = key;
        self.source_by = by;
        self.revision += 1;
        let replicas = LOADED_AFTER.iter().enumerate();
        let replicas = replicas.map(|(index, after)| (Some(index), *after));
        // What is held back looks at the newest once it goes on.
        let (paused, stuck) = (self.paused, self.stuck);
        self.on_its_way.retain(|it| !held_back(paused, stuck, it));
        for (to, after) in replicas.chain([(None, GENERATED_AFTER)]) {
            self.on_its_way.push(OnItsWay {
                at: now + after,
                to,
                key,
                by,
            });
        }
    }

    /// When the next configuration arrives somewhere.
    pub fn next_reload(&self) -> Option<Seconds> {
        self.on_its_way
            .iter()
            .filter(|it| !self.holds_back(it))
            .map(|it| it.at)
            .min()
    }

    /// Lets arrive what is due.
    pub fn reload(&mut self, now: Seconds) {
        let (paused, stuck) = (self.paused, self.stuck);
        let arrived = self
            .on_its_way
            .extract_if(.., |it| it.at <= now && !held_back(paused, stuck, it));
        for it in arrived.collect::<Vec<_>>() {
            match it.to.map(|index| self.replicas.get_mut(index)) {
                None => self.generated = it.key,
                Some(Some(replica)) => {
                    replica.runs = it.key;
                    replica.by = it.by;
                }
                Some(None) => {}
            }
        }
    }

    fn holds_back(&self, it: &OnItsWay) -> bool {
        held_back(self.paused, self.stuck, it)
    }
}

fn held_back(paused: bool, stuck: bool, it: &OnItsWay) -> bool {
    paused || (stuck && it.to == Some(1))
}
