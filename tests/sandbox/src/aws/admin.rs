//! The path by which a scenario looks into the simulator and changes the world while it runs:
//!
//! | request | does |
//! | --- | --- |
//! | `GET /_sandbox/calls` | the call log and its sums as JSON |
//! | `DELETE /_sandbox/calls` | empties the call log |
//! | `PUT /_sandbox/clock` | body: an RFC 3339 instant at which time stands still, or `system` |
//! | `PUT /_sandbox/faults` | body: YAML or JSON, replaces all faults; an empty list removes them |
//! | `PUT /_sandbox/content` | body: a content file |

use common::clock::Clock;
use http::Method;
use http::request::Parts;

use super::calls::CallLog;
use super::content::Content;
use super::faults::Fault;
use super::protocol::Encoded;
use super::state::State;

/// What all admin paths start with.
pub(crate) const PREFIX: &str = "/_sandbox/";

/// Answers an admin request.
pub(crate) fn answer(state: &State, parts: &Parts, body: &[u8]) -> Encoded {
    let path = parts.uri.path().strip_prefix(PREFIX).unwrap_or_default();
    let Ok(text) = std::str::from_utf8(body) else {
        return plain(400, "the body is not UTF-8".to_owned());
    };
    let done = match (&parts.method, path) {
        (&Method::GET, "calls") => return calls(&state.log()),
        (&Method::DELETE, "calls") => {
            *state.log() = CallLog::default();
            Ok(())
        }
        (&Method::PUT, "clock") => set_clock(state, text.trim()),
        (&Method::PUT, "faults") => Fault::list_from_yaml("faults", text)
            .map(|faults| state.set_faults(faults))
            .map_err(|error| error.to_string()),
        (&Method::PUT, "content") => Content::from_yaml("content", text)
            .map(|content| state.set_content(content))
            .map_err(|error| error.to_string()),
        _ => return plain(404, format!("no such admin path: {} {path}", parts.method)),
    };
    match done {
        Ok(()) => plain(204, String::new()),
        Err(message) => plain(400, message),
    }
}

fn set_clock(state: &State, text: &str) -> Result<(), String> {
    let clock = if text == "system" {
        Clock::system()
    } else {
        let at = text
            .parse()
            .map_err(|error| format!("not an RFC 3339 instant: {error}"))?;
        Clock::fixed(at)
    };
    state.set_clock(clock);
    Ok(())
}

fn calls(log: &CallLog) -> Encoded {
    let body = serde_json::json!({
        "totals": log.totals(),
        "operations": log.totals_by_operation(),
        "unrecognised": log.unrecognised,
        "calls": log.calls,
    });
    let headers = vec![("content-type", "application/json".to_owned())];
    Encoded {
        status: 200,
        headers,
        body: body.to_string().into_bytes(),
    }
}

fn plain(status: u16, text: String) -> Encoded {
    let headers = vec![("content-type", "text/plain; charset=utf-8".to_owned())];
    Encoded {
        status,
        headers,
        body: text.into_bytes(),
    }
}
