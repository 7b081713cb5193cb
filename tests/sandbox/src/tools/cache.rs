//! The sandbox's own cache: directories that are either whole or absent.
//!
//! It may be deleted at any time. Nothing in it is ever changed after it was published, except by
//! being replaced as a whole.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use common::env::Env;

use super::entry::Entry;
use super::progress::say;

/// Everything that the sandbox brings, below one directory.
#[derive(Debug, Clone)]
pub(crate) struct Cache {
    root: PathBuf,
}

impl Cache {
    /// `$XDG_CACHE_HOME/monitoring-jobs/tools`, by default below `~/.cache`.
    pub(crate) fn from_env(env: &Env) -> Result<Self> {
        // A relative value is invalid by the XDG specification and counts as unset.
        let xdg = env
            .get("XDG_CACHE_HOME")
            .map(PathBuf::from)
            .filter(|path| path.is_absolute());
        let home = || env.get("HOME").map(|home| Path::new(home).join(".cache"));
        let Some(base) = xdg.or_else(home) else {
            bail!("no place for built tools: set HOME, or XDG_CACHE_HOME to an absolute path")
        };
        Ok(Self {
            root: base.join("monitoring-jobs/tools"),
        })
    }

    /// The finished directory of `entry`, if there is one and it is still what is asked for.
    pub(crate) fn ready(&self, entry: &Entry) -> Option<PathBuf> {
        let directory = self.root.join(entry.directory());
        let stamp = fs::read_to_string(directory.join(Entry::STAMP)).ok()?;
        (stamp == entry.stamp()).then_some(directory)
    }

    /// The finished directory of `entry`; `make` fills it first if need be.
    ///
    /// `make` works in a directory beside it, which gets its final name by one rename: whoever is
    /// killed meanwhile leaves nothing that could be taken for finished. Among several processes,
    /// one makes and the others wait.
    pub(crate) async fn ensure(
        &self,
        entry: &Entry,
        make: impl AsyncFnOnce(&Path) -> Result<()>,
    ) -> Result<PathBuf> {
        if let Some(directory) = self.ready(entry) {
            return Ok(directory);
        }
        fs::create_dir_all(&self.root)
            .with_context(|| format!("creating {}", self.root.display()))?;
        let _lock = self.lock(entry).await?;
        if let Some(directory) = self.ready(entry) {
            return Ok(directory);
        }
        self.sweep(entry)
            .with_context(|| format!("tidying {}", self.root.display()))?;
        let partial = tempfile::Builder::new()
            .prefix(&partial_prefix(entry))
            .tempdir_in(&self.root)
            .with_context(|| format!("creating a directory in {}", self.root.display()))?;
        // Room for the old directory to be moved into, on the same file system.
        let made = partial.path().join("made");
        fs::create_dir(&made).with_context(|| format!("creating {}", made.display()))?;
        make(&made).await?;
        fs::write(made.join(Entry::STAMP), entry.stamp())
            .and_then(|()| self.publish(entry, &made, &partial.path().join("old")))
            .with_context(|| format!("publishing {}", entry.directory()))
    }

    fn publish(&self, entry: &Entry, made: &Path, old: &Path) -> io::Result<PathBuf> {
        let directory = self.root.join(entry.directory());
        match fs::rename(&directory, old) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        fs::rename(made, &directory)?;
        Ok(directory)
    }

    /// Removes what killed processes left of `entry`. The lock must be held.
    fn sweep(&self, entry: &Entry) -> io::Result<()> {
        let prefix = partial_prefix(entry);
        for item in fs::read_dir(&self.root)? {
            let item = item?;
            if item.file_name().to_string_lossy().starts_with(&prefix) {
                fs::remove_dir_all(item.path())?;
            }
        }
        Ok(())
    }

    /// Waits until this process alone may make `entry`. The lock ends with the file, and with the
    /// process at the latest.
    async fn lock(&self, entry: &Entry) -> Result<File> {
        let path = self.root.join(format!("{}.lock", entry.directory()));
        let file = File::create(&path).with_context(|| format!("creating {}", path.display()))?;
        let mut told = false;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(error)) => {
                    return Err(error).with_context(|| format!("locking {}", path.display()));
                }
            }
            if !told {
                say(&format!(
                    "waiting for another process that is making {}",
                    entry.directory()
                ));
                told = true;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

fn partial_prefix(entry: &Entry) -> String {
    format!(".partial-{}-", entry.directory())
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::fs;
    use std::path::Path;

    use anyhow::bail;
    use common::env::Env;
    use tempfile::TempDir;

    use super::{Cache, Entry};

    fn cache(home: &TempDir) -> Cache {
        Cache::from_env(
            &[("HOME", home.path().to_str().unwrap())]
                .into_iter()
                .collect(),
        )
        .unwrap()
    }

    fn names(cache: &Cache) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(&cache.root)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn the_cache_follows_the_xdg_rules() {
        let root = |pairs: &[(&str, &str)]| {
            Cache::from_env(&pairs.iter().copied().collect::<Env>())
                .map(|cache| cache.root.to_str().unwrap().to_owned())
                .map_err(|error| error.to_string())
        };
        let below_home = Ok("/home/ann/.cache/monitoring-jobs/tools".to_owned());
        assert_eq!(root(&[("HOME", "/home/ann")]), below_home);
        assert_eq!(
            root(&[("HOME", "/home/ann"), ("XDG_CACHE_HOME", "here")]),
            below_home
        );
        assert_eq!(
            root(&[("HOME", "/home/ann"), ("XDG_CACHE_HOME", "/var/cache")]),
            Ok("/var/cache/monitoring-jobs/tools".to_owned())
        );
        assert_eq!(
            root(&[]),
            Err("no place for built tools: set HOME, or XDG_CACHE_HOME to an absolute path".into())
        );
    }

    #[tokio::test]
    async fn a_finished_entry_is_made_once_and_found_again() {
        let home = TempDir::new().unwrap();
        let (cache, entry, made) = (
            cache(&home),
            Entry::new("tool", "1.0", &["a"]),
            Cell::new(0),
        );
        for _ in 0..2 {
            let directory = cache
                .ensure(&entry, async |directory: &Path| {
                    made.set(made.get() + 1);
                    Ok(fs::write(directory.join("tool"), "binary")?)
                })
                .await
                .unwrap();
            assert!(directory.ends_with(".cache/monitoring-jobs/tools/tool-1.0"));
            assert_eq!(
                fs::read_to_string(directory.join("tool")).unwrap(),
                "binary"
            );
        }
        assert_eq!(made.get(), 1);
        assert_eq!(names(&cache), ["tool-1.0", "tool-1.0.lock"]);
    }

    #[tokio::test]
    async fn an_entry_made_from_other_inputs_is_replaced_as_a_whole() {
        let home = TempDir::new().unwrap();
        let cache = cache(&home);
        for (input, file) in [("a", "first"), ("b", "second")] {
            let entry = Entry::new("tool", "1.0", &[input]);
            cache
                .ensure(&entry, async |directory: &Path| {
                    Ok(fs::write(directory.join(file), "")?)
                })
                .await
                .unwrap();
        }
        let directory = cache.root.join("tool-1.0");
        assert!(directory.join("second").exists() && !directory.join("first").exists());
        assert!(cache.ready(&Entry::new("tool", "1.0", &["a"])).is_none());
    }

    #[tokio::test]
    async fn neither_a_failed_nor_a_killed_build_leaves_anything_behind() {
        let home = TempDir::new().unwrap();
        let (cache, entry) = (cache(&home), Entry::new("tool", "1.0", &["a"]));
        let error = cache
            .ensure(&entry, async |directory: &Path| {
                fs::write(directory.join("half"), "")?;
                bail!("no space")
            })
            .await
            .unwrap_err();
        assert_eq!(error.to_string(), "no space");
        assert_eq!(names(&cache), ["tool-1.0.lock"]);

        // A process that was killed could not tidy up after itself; the next one does.
        fs::create_dir_all(cache.root.join(".partial-tool-1.0-dead/made")).unwrap();
        assert!(cache.ready(&entry).is_none());
        cache.ensure(&entry, async |_: &Path| Ok(())).await.unwrap();
        assert_eq!(names(&cache), ["tool-1.0", "tool-1.0.lock"]);
    }

    #[tokio::test]
    async fn two_that_want_the_same_entry_at_once_make_it_once() {
        let home = TempDir::new().unwrap();
        let (cache, entry, made) = (
            cache(&home),
            Entry::new("tool", "1.0", &["a"]),
            Cell::new(0),
        );
        let make = async || {
            cache
                .ensure(&entry, async |_: &Path| {
                    made.set(made.get() + 1);
                    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
                    Ok(())
                })
                .await
                .unwrap()
        };
        let (first, second) = tokio::join!(make(), make());
        assert_eq!(first, second);
        assert_eq!(made.get(), 1);
    }
}
