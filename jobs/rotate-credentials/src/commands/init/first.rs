//! The way to the first pair, one effect after the other.

use common::cancel::Cancellation;
use common::secret::{ExposeSecret as _, SecretString};
use jiff::{SignedDuration, Timestamp};

use super::look::{Empty, Look, Stored, look, malformed, refused};
use crate::commands::hold;
use crate::commands::narrator::Narrator;
use crate::document::{SIZE_LIMIT_BYTES, upper_bound, with_first_pair};
use crate::engine::put_pending;
use crate::key::{AccessKeyId, Key};
use crate::marks::{HOLD, Intent, KeyMark, Marks, RunId, Stage, intent_name};
use crate::outside::{Effect, EffectError, IamReading, Outside};
use crate::pair::Pair;
use crate::policy::Policy;
use crate::report::audit::Entry;
use crate::verdict;
use crate::version::VersionId;
use crate::world::{ProbeAnswer, ProbeKind};
use common::trouble::Trouble;

/// AWS's limit of keys of one user.
const KEYS_MAX: usize = 2;

/// Pauses between logins with a key that may be too fresh; the last one repeats.
const LOGIN_PAUSES_SECONDS: [i64; 5] = [2, 4, 8, 16, 30];

/// How it went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Made {
    /// The pair of this key is current now.
    Now(AccessKeyId),
    /// It was before, by an earlier `init` whose end was not seen.
    Before(AccessKeyId),
}

/// Why it went no further.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stop {
    /// Told to.
    Told,
    /// Something is wrong.
    Trouble(Trouble),
}

/// One attempt.
pub(super) struct First<'a, 'n, O> {
    pub(super) outside: &'a O,
    pub(super) policy: &'a Policy,
    pub(super) run: RunId,
    pub(super) cancel: &'a Cancellation,
    pub(super) narrator: &'a mut Narrator<'n>,
}

impl<O: Outside> First<'_, '_, O> {
    pub(super) async fn make(mut self) -> Result<Made, Stop> {
        let iam = self.outside.read_iam().await?;
        not_held(&iam)?;
        let names = self.outside.field_names();
        let secret = self.outside.read_secret().await?;
        let (empty, pending) = match look(secret, names)? {
            Look::Made(key) => return Ok(Made::Before(key)),
            Look::Empty(empty, pending) => (empty, pending),
        };
        let stored = match pending {
            Some(stored) if self.is_listed(&iam, &stored.pair.id).await? => stored,
            Some(gone) => {
                let version = gone.version;
                let what = ("remove AWSPENDING".to_owned(), format!("version {version}"));
                let outside = self.outside;
                self.effect(what, "its key is gone", outside.drop_pending(&version))
                    .await?;
                self.create(&iam, &empty).await?
            }
            None => self.create(&iam, &empty).await?,
        };
        self.mark_new(&empty, &stored.pair.id).await?;
        let created = created(&self.outside.read_iam().await?, &stored.pair.id);
        self.try_pair(&stored.pair, created).await?;
        let what = (
            "make it AWSCURRENT".to_owned(),
            format!("version {}", stored.version),
        );
        let because = "the mail server took a login and a mail";
        let outside = self.outside;
        let moving = outside.move_current(&empty.version, &stored.version);
        self.effect(what, because, moving).await?;
        Ok(Made::Now(stored.pair.id))
    }

    /// Whether the pending key still exists. That it does not, counts the second time.
    async fn is_listed(&self, iam: &IamReading, id: &AccessKeyId) -> Result<bool, Stop> {
        let listed = |iam: &IamReading| iam.keys.iter().any(|key| key.id == *id);
        if listed(iam) {
            return Ok(true);
        }
        self.pause(self.policy.reread).await?;
        Ok(listed(&self.outside.read_iam().await?))
    }

    /// Announces, creates and stores.
    async fn create(&mut self, iam: &IamReading, empty: &Empty) -> Result<Stored, Stop> {
        has_room(iam)?;
        let names = self.outside.field_names().clone();
        let most = upper_bound(empty.text.expose_secret().len(), &names);
        if most > SIZE_LIMIT_BYTES {
            let text = format!("the secret would have up to {most} bytes");
            return Err(verdict::SECRET_TOO_LARGE.because(text).into());
        }
        let outside = self.outside;
        let intent = Intent {
            at: outside.now(),
            base: empty.version.clone(),
            known: iam.keys.iter().map(|key| key.id.clone()).collect(),
        };
        let tag = intent.tag(&self.run);
        let what = (
            "announce that a key is created".to_owned(),
            tag.name.clone(),
        );
        self.effect(what, "the secret has no pair", outside.tag(&tag))
            .await?;
        let pair = self.create_key(&intent).await?;
        // From here to the end of the store nothing asks whether to stop: the pair is in this process
        // alone.
        let text = with_first_pair(&empty.text, &names, &pair)
            .map_err(|error| malformed(&error.to_string()))?;
        let version = VersionId::token(&pair.id, &empty.version);
        self.store(&version, &text, &pair.id, empty).await?;
        Ok(Stored { version, pair })
    }

    /// Creates the key, if what allowed its announcement still holds right before.
    async fn create_key(&mut self, intent: &Intent) -> Result<Pair, Stop> {
        self.may_go_on().await?;
        let iam = self.outside.read_iam().await?;
        if let Err(trouble) = self.may_create(&iam, intent) {
            self.withdraw("a key cannot be created now").await;
            return Err(trouble.into());
        }
        let done = self.outside.create_key().await;
        let told = done.as_ref().map(|_| ()).map_err(Clone::clone);
        let what = ("create".to_owned(), "a new access key".to_owned());
        let entry = Entry::new("init", what, "it was announced", &told);
        let created = done.as_ref().ok().map(|pair| &pair.id);
        self.narrator.tell(entry.creating(created));
        match done {
            Ok(pair) => Ok(pair),
            Err(EffectError::Unclear(trouble)) => {
                Err(verdict::NEW_KEY_UNCLEAR.because(trouble.text).into())
            }
            Err(error) => {
                self.withdraw("AWS refused to create a key").await;
                Err(hold::failure(error).into())
            }
        }
    }

    /// What `init` has of the guard of a creation: the rest of it speaks of a current pair.
    fn may_create(&self, iam: &IamReading, intent: &Intent) -> Result<(), Trouble> {
        not_held(iam)?;
        let skew = iam.time.skew;
        if skew.abs() > self.policy.skew_limit {
            let seconds = skew.as_secs();
            let text = format!("our clock is {seconds} s ahead of AWS's");
            return Err(verdict::CLOCK_SKEW.because(text));
        }
        has_room(iam)?;
        let mut keys = iam.keys.iter();
        match keys.find(|key| !intent.known.contains(&key.id)) {
            None => Ok(()),
            Some(key) => {
                let text = format!("somebody has just created {}", key.id.short());
                Err(verdict::FOREIGN_KEY.because(text))
            }
        }
    }

    /// No key was created: one that a person creates now must not look like ours.
    async fn withdraw(&mut self, because: &str) {
        let name = intent_name(&self.run);
        let withdrawn = self.outside.untag(&name).await;
        let what = ("take back the announcement".to_owned(), name);
        self.tell(what, because, &withdrawn);
    }

    async fn store(
        &mut self,
        version: &VersionId,
        text: &SecretString,
        key: &AccessKeyId,
        empty: &Empty,
    ) -> Result<(), Stop> {
        let done = put_pending(self.outside, version, text).await;
        let what = (
            "store the new pair as AWSPENDING".to_owned(),
            format!("version {version}"),
        );
        self.tell(what, "the new pair is in this process alone", &done);
        match done {
            Ok(()) => Ok(()),
            Err(EffectError::Unclear(trouble)) => {
                Err(verdict::UNSTORED.because(trouble.text).into())
            }
            Err(error) => {
                // Nobody will ever have its secret: `apply` retires it. Unmarked, its announcement says
                // the same.
                let because = "its pair was refused";
                let marked = self.mark(key, Stage::Orphan, empty, because).await;
                marked.unwrap_or_default();
                Err(hold::failure(error).into())
            }
        }
    }

    async fn mark_new(&mut self, empty: &Empty, key: &AccessKeyId) -> Result<(), Stop> {
        let iam = self.outside.read_iam().await?;
        let tags = iam.tags.iter();
        let marks = Marks::read(tags.map(|(name, value)| (name.as_str(), value.as_str())));
        if marks.of(key).is_some() {
            return Ok(());
        }
        self.may_go_on().await?;
        match self.mark(key, Stage::New, empty, "it is ours").await {
            Ok(()) => Ok(()),
            Err(error) => Err(hold::failure(error).into()),
        }
    }

    async fn mark(
        &mut self,
        key: &AccessKeyId,
        stage: Stage,
        empty: &Empty,
        because: &str,
    ) -> Effect {
        let now = self.outside.now();
        let mark = KeyMark {
            stage,
            run: self.run.clone(),
            replaces: None,
            base: Some(empty.version.clone()),
            at: now,
            since: now,
            short: stage == Stage::Orphan,
        };
        let tag = mark.tag(key);
        let done = self.outside.tag(&tag).await;
        let what = (format!("mark as {}", stage.word()), tag.name);
        self.tell(what, because, &done);
        done
    }

    /// A login, again and again while the key may be too fresh, then a mail.
    async fn try_pair(&self, pair: &Pair, created: Option<Timestamp>) -> Result<(), Stop> {
        let began = self.outside.now();
        let mut pauses = LOGIN_PAUSES_SECONDS.into_iter();
        let mut pause = SignedDuration::ZERO;
        loop {
            match self.outside.probe(pair, ProbeKind::Auth).await {
                ProbeAnswer::Accepted => break,
                ProbeAnswer::Failed(trouble) => return Err(trouble.into()),
                ProbeAnswer::Refused => {}
            }
            let now = self.outside.now();
            let age = now.duration_since(created.unwrap_or(began));
            if age >= self.policy.fresh {
                let text = format!("the mail server refuses {}", pair.id.short());
                return Err(verdict::PROBE_FAILED.because(text).into());
            }
            if now.duration_since(began) >= self.policy.probe_window {
                let text = format!("the mail server does not know {} yet", pair.id.short());
                return Err(verdict::TOO_FRESH.because(text).into());
            }
            pause = pauses.next().map_or(pause, SignedDuration::from_secs);
            self.pause(pause).await?;
        }
        match self.outside.probe(pair, ProbeKind::Send).await {
            ProbeAnswer::Accepted => Ok(()),
            ProbeAnswer::Failed(trouble) => Err(trouble.into()),
            ProbeAnswer::Refused => {
                let text = format!("the mail server takes no mail from {}", pair.id.short());
                Err(verdict::PROBE_FAILED.because(text).into())
            }
        }
    }

    /// Makes one effect, unless told to stop, and tells of it.
    async fn effect(
        &mut self,
        what: (String, String),
        because: &str,
        work: impl Future<Output = Effect>,
    ) -> Result<(), Stop> {
        self.may_go_on().await?;
        let done = work.await;
        self.tell(what, because, &done);
        done.map_err(|error| hold::failure(error).into())
    }

    fn tell(&mut self, what: (String, String), because: &str, done: &Effect) {
        let entry = Entry::new("init", what, because, done);
        self.narrator.tell(entry);
    }

    async fn may_go_on(&self) -> Result<(), Stop> {
        if self.cancel.is_cancelled() {
            return Err(Stop::Told);
        }
        match self.outside.check_lease().await {
            Some(Err(trouble)) => Err(trouble.into()),
            Some(Ok(())) | None => Ok(()),
        }
    }

    async fn pause(&self, length: SignedDuration) -> Result<(), Stop> {
        let sleep = self.outside.sleep(length.unsigned_abs());
        match self.cancel.bound(sleep).await {
            Some(()) => self.may_go_on().await,
            None => Err(Stop::Told),
        }
    }
}

fn not_held(iam: &IamReading) -> Result<(), Trouble> {
    if iam.tags.contains_key(HOLD) {
        return Err(refused("a person holds the rotation", "run `unhold` first"));
    }
    Ok(())
}

fn has_room(iam: &IamReading) -> Result<(), Trouble> {
    if iam.keys.len() >= KEYS_MAX {
        let text = "the user has two keys, and AWS allows no third";
        return Err(verdict::FOREIGN_KEY.because(text));
    }
    Ok(())
}

fn created(iam: &IamReading, id: &AccessKeyId) -> Option<Timestamp> {
    let key: Option<&Key> = iam.keys.iter().find(|key| key.id == *id);
    key.map(|key| key.created)
}
