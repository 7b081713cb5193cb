//! JSON lines whose keys are flat and the same on every line, so that a log store can index them.

use std::fmt;

use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use crate::clock::Clock;
use crate::env::Env;
use crate::report::Identity;

/// A layer that writes each event with the run's identity and the fields of its spans.
pub(super) fn layer<S, W>(identity: &Identity, env: &Env, writer: W) -> impl Layer<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + 'static,
{
    let text = |value: &str| Value::from(value);
    let fixed = [
        ("job", text(identity.job)),
        ("run", text(&identity.run)),
        ("cluster", text(&identity.cluster)),
        ("namespace", text(&identity.namespace)),
        ("pod", text(&identity.pod)),
        ("mode", text(identity.mode.word())),
        ("attempt", text(env.get("JOB_ATTEMPT").unwrap_or("1"))),
        ("version", text(identity.version)),
    ];
    let fixed = fixed
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value))
        .collect();
    JsonLines {
        fixed,
        clock: Clock::system(),
        writer,
    }
}

struct JsonLines<W> {
    fixed: Map<String, Value>,
    clock: Clock,
    writer: W,
}

/// Fields of a span, kept with it until its events are written.
struct SpanFields(Map<String, Value>);

impl<S, W> Layer<S> for JsonLines<W>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + 'static,
{
    fn on_new_span(
        &self,
        attributes: &tracing::span::Attributes<'_>,
        id: &tracing::Id,
        context: Context<'_, S>,
    ) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(SpanFields(fields.0));
        }
    }

    fn on_record(
        &self,
        id: &tracing::Id,
        values: &tracing::span::Record<'_>,
        context: Context<'_, S>,
    ) {
        if let Some(span) = context.span(id)
            && let Some(SpanFields(known)) = span.extensions_mut().get_mut::<SpanFields>()
        {
            let mut fields = Fields::default();
            values.record(&mut fields);
            known.extend(fields.0);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let metadata = event.metadata();
        let mut line = Map::new();
        line.insert(
            "timestamp".into(),
            format!("{:.3}", self.clock.now()).into(),
        );
        line.insert(
            "level".into(),
            metadata.level().as_str().to_ascii_lowercase().into(),
        );
        line.insert("target".into(), metadata.target().into());
        let mut fields = Fields::default();
        event.record(&mut fields);
        let message = fields.0.shift_remove("message").unwrap_or_default();
        line.insert("message".into(), message);
        line.extend(self.fixed.clone());
        for span in context.event_scope(event).into_iter().flatten() {
            if let Some(SpanFields(known)) = span.extensions().get::<SpanFields>() {
                for (key, value) in known {
                    line.entry(key).or_insert_with(|| value.clone());
                }
            }
        }
        line.extend(fields.0);
        let mut text = Value::Object(line).to_string();
        text.push('\n');
        // A log that cannot be written must not stop the work.
        std::io::Write::write_all(&mut self.writer.make_writer(), text.as_bytes())
            .unwrap_or_default();
    }
}

#[derive(Default)]
struct Fields(Map<String, Value>);

impl Visit for Fields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0
            .insert(field.name().to_owned(), format!("{value:?}").into());
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;
    use crate::report::Mode;

    #[derive(Clone, Default)]
    struct Sink(Arc<Mutex<Vec<u8>>>);

    impl Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn every_line_is_one_flat_object_with_the_identity_and_the_span_fields() {
        let identity = Identity {
            job: "export-cloudwatch",
            version: "0.1.0",
            revision: "abc".into(),
            run: "r1".into(),
            cluster: "prod-e1-1".into(),
            namespace: "monitoring".into(),
            pod: "p".into(),
            cronjob: None,
            mode: Mode::Run,
        };
        let sink = Sink::default();
        let writer = sink.clone();
        let subscriber =
            tracing_subscriber::registry()
                .with(layer(&identity, &Env::default(), move || writer.clone()));
        tracing::subscriber::with_default(subscriber, || {
            let _span = tracing::info_span!("rule", rule.index = 3).entered();
            tracing::warn!(elapsed_ms = 12, "the listing is \"empty\"");
        });
        let bytes = sink.0.lock().unwrap().clone();
        let mut line: Map<String, Value> = serde_json::from_slice(&bytes).unwrap();
        let stamp = line.shift_remove("timestamp").unwrap();
        assert_eq!(
            stamp.as_str().unwrap().len(),
            "2026-11-24T12:00:00.000Z".len()
        );
        insta::assert_snapshot!(
            Value::Object(line),
            @r#"{"level":"warn","target":"common::telemetry::json::tests","message":"the listing is \"empty\"","job":"export-cloudwatch","run":"r1","cluster":"prod-e1-1","namespace":"monitoring","pod":"p","mode":"run","attempt":"1","version":"0.1.0","rule.index":3,"elapsed_ms":12}"#
        );
    }
}
