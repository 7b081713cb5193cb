//! Stand-ins for those who are told of alerts by HTTP: Slack, and the snitch that misses a Watchdog.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use http::StatusCode;

use super::listener::Listener;

/// Everything that they were told.
#[derive(Debug)]
pub struct Receivers {
    listener: Listener,
    told: Arc<Mutex<Vec<Told>>>,
}

/// One message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Whom it was for: the path of the receiver's address.
    pub path: String,
    /// What it says: JSON.
    pub body: String,
}

impl Receivers {
    /// Starts them; they take everything.
    pub(super) fn start() -> Result<Self> {
        let told = Arc::new(Mutex::new(Vec::new()));
        let listener = Listener::start("receivers", {
            let told = Arc::clone(&told);
            Arc::new(move |path: &str, body: &[u8]| {
                let message = Told {
                    path: path.to_owned(),
                    body: String::from_utf8_lossy(body).into_owned(),
                };
                told.lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(message);
                // Slack's own word.
                (StatusCode::OK, "ok".to_owned())
            })
        })?;
        Ok(Self { listener, told })
    }

    /// What the receiver at `path` was told, in this order.
    pub fn told(&self, path: &str) -> Vec<Told> {
        let told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.iter().filter(|it| it.path == path).cloned().collect()
    }

    pub(super) fn address(&self) -> std::net::SocketAddr {
        self.listener.address()
    }
}
