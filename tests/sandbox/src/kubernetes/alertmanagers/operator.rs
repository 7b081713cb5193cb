//! The Prometheus operator, the kubelet and the config-reloader, as far as a configuration meets
//! them.
//!
//! The source Secret that the Alertmanager resource names becomes the generated Secret (operator),
//! that becomes each replica's file (kubelet, minutes later in production, at once here), and the
//! replica is told to load it (reloader). As in production, a missing source gives a configuration
//! that notifies no one, a paused resource moves nothing, and a refused reload is tried again.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read as _, Write as _};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde_json::Value;
use tokio::time::{Instant, sleep};

use super::super::client::{Change, Client};
use super::objects::{self, Names};
use super::replica::ConfigFile;

/// As whom it talks to the API server.
pub(super) const USER: &str = "prometheus-operator";

/// The key of the source Secret.
pub(super) const SOURCE_KEY: &str = "alertmanager.yaml";

/// The key of the generated Secret.
const GENERATED_KEY: &str = "alertmanager.yaml.gz";

/// What the operator generates from a source that is missing or empty: mail to no one, in silence.
const NULL: &[u8] = b"route:\n  receiver: \"null\"\nreceivers:\n- name: \"null\"\n";

/// Time between two looks at the objects.
const PERIOD: Duration = Duration::from_millis(200);

/// Time until a refused reload is tried again (five seconds in production).
const RETRY: Duration = Duration::from_secs(1);

/// What tests switch and see.
#[derive(Debug, Default)]
pub(super) struct Switches(Mutex<State>);

#[derive(Debug, Default)]
pub(super) struct State {
    /// Replicas that get nothing.
    pub(super) stuck: BTreeSet<usize>,
    /// What each replica loaded last.
    pub(super) loaded: BTreeMap<usize, Vec<u8>>,
    /// What went wrong in the last round.
    pub(super) trouble: Option<String>,
}

impl Switches {
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// All three in one loop.
#[derive(Debug)]
pub(super) struct Operator {
    pub(super) names: Names,
    pub(super) files: Vec<ConfigFile>,
    pub(super) switches: Arc<Switches>,
    mounted: Option<Mounted>,
}

/// The generated configuration as the replicas' volumes have it.
#[derive(Debug)]
struct Mounted {
    bytes: Vec<u8>,
    refused: BTreeMap<usize, Instant>,
}

impl Operator {
    pub(super) fn new(names: Names, files: Vec<ConfigFile>, switches: Arc<Switches>) -> Self {
        Self {
            names,
            files,
            switches,
            mounted: None,
        }
    }

    /// Works until dropped.
    pub(super) async fn run(mut self, kubeconfig: String) {
        loop {
            let round = async {
                let client = Client::new(&kubeconfig).await?;
                loop {
                    self.round(&client).await?;
                    self.switches.lock().trouble = None;
                    sleep(PERIOD).await;
                }
            };
            let ended: Result<()> = round.await;
            if let Err(error) = ended {
                self.switches.lock().trouble = Some(format!("{error:#}"));
            }
            sleep(PERIOD).await;
        }
    }

    async fn round(&mut self, client: &Client) -> Result<()> {
        let resource = client.get(&self.names.cr_path()).await?;
        let paused = resource.pointer("/spec/paused").and_then(Value::as_bool);
        if paused != Some(true) {
            generate(client, &self.names, &resource).await?;
        }
        if let Some(bytes) = generated(client, &self.names).await? {
            self.deliver(bytes).await?;
        }
        Ok(())
    }

    /// Brings `bytes` to every replica that has not loaded them.
    async fn deliver(&mut self, bytes: Vec<u8>) -> Result<()> {
        let now = Instant::now();
        let unchanged = self.mounted.take().filter(|mounted| mounted.bytes == bytes);
        let mounted = self.mounted.insert(unchanged.unwrap_or(Mounted {
            bytes,
            refused: BTreeMap::new(),
        }));
        let mut result = Ok(());
        for (ordinal, file) in self.files.iter().enumerate() {
            let refused = mounted.refused.get(&ordinal);
            let resting = refused.is_some_and(|at| now.duration_since(*at) < RETRY);
            let wanting = {
                let state = self.switches.lock();
                let loaded = state.loaded.get(&ordinal);
                !state.stuck.contains(&ordinal) && loaded != Some(&mounted.bytes)
            };
            if resting || !wanting {
                continue;
            }
            file.write(&mounted.bytes)?;
            match file.reload().await {
                Ok(()) => {
                    let mut state = self.switches.lock();
                    state.loaded.insert(ordinal, mounted.bytes.clone());
                }
                Err(error) => {
                    mounted.refused.insert(ordinal, now);
                    result = Err(error.context(format!("replica {ordinal}")));
                }
            }
        }
        result
    }
}

/// Makes the generated Secret what the source says, and returns its content.
pub(super) async fn generate(client: &Client, names: &Names, resource: &Value) -> Result<Vec<u8>> {
    let source = match resource.pointer("/spec/configSecret") {
        Some(Value::String(name)) if !name.is_empty() => name.clone(),
        _ => names.set(),
    };
    let secret = client.find(&names.secret_path(&source)).await?;
    let bytes = secret
        .and_then(|secret| key(&secret, SOURCE_KEY))
        .filter(|bytes| !bytes.is_empty())
        .unwrap_or_else(|| NULL.to_vec());
    if generated(client, names).await?.as_ref() != Some(&bytes) {
        let name = names.generated();
        let packed = STANDARD.encode(pack(&bytes)?);
        let object = objects::secret(names, &name, GENERATED_KEY, &packed);
        let path = names.secret_path(&name);
        client.patch(&path, Change::Apply(USER), &object).await?;
    }
    Ok(bytes)
}

/// What the generated Secret holds.
async fn generated(client: &Client, names: &Names) -> Result<Option<Vec<u8>>> {
    let path = names.secret_path(&names.generated());
    let secret = client.find(&path).await?;
    let packed = secret.and_then(|secret| key(&secret, GENERATED_KEY));
    packed.map(|packed| unpack(&packed)).transpose()
}

/// The value of a Secret's key.
fn key(secret: &Value, key: &str) -> Option<Vec<u8>> {
    STANDARD
        .decode(secret.get("data")?.get(key)?.as_str()?)
        .ok()
}

fn pack(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).context("compressing")?;
    encoder.finish().context("compressing")
}

fn unpack(packed: &[u8]) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    GzDecoder::new(packed)
        .read_to_end(&mut bytes)
        .context("unpacking the generated configuration")?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{NULL, key, pack, unpack};

    #[test]
    fn what_is_packed_comes_back() {
        assert_eq!(unpack(&pack(NULL).unwrap()).unwrap(), NULL);
        assert!(unpack(b"no gzip").is_err());
    }

    #[test]
    fn a_key_is_decoded_or_absent() {
        let secret = json!({"data": {"a": "aGk=", "bad": "*"}});
        assert_eq!(key(&secret, "a").as_deref(), Some(&b"hi"[..]));
        assert_eq!(key(&secret, "bad"), None);
        assert_eq!(key(&secret, "b"), None);
        assert_eq!(key(&json!({}), "a"), None);
    }
}
