//! Faults as a file or a request body states them: a list, each item like
//!
//! ```yaml
//! - fault: throttle              # FaultKind in snake_case
//!   operation: GetMetricData     # default: every operation
//!   account: 123456789012        # default: every account
//!   metric: { namespace: AWS/ES, name: CPUUtilization, dims: { DomainName: prod } }
//!   calls: 2..4                  # or `2`, or `2..`; default: all
//! - { fault: delay, delay_ms: 500 }
//! - { fault: small_pages, datapoints: 10 }
//! - { fault: refuse, code: ValidationError, status: 400, message: no }
//! - { fault: message, code: MaxMetricsExceeded, message: too many }
//! ```

use std::time::Duration;

use common::yaml::{Cursor, Dialect, Document, Fields, Invalid};

use super::{Fault, FaultKind, MetricPattern};
use crate::aws::operation::Operation;

/// The faults without parameters, by name.
const SIMPLE: [(&str, FaultKind); 16] = [
    ("throttle", FaultKind::Throttle),
    ("internal", FaultKind::Internal),
    ("unavailable", FaultKind::Unavailable),
    ("access_denied", FaultKind::AccessDenied),
    ("expired_token", FaultKind::ExpiredToken),
    ("internal_after", FaultKind::InternalAfter),
    ("kms_denied", FaultKind::KmsDenied),
    ("reset", FaultKind::Reset),
    ("reset_before", FaultKind::ResetBefore),
    ("truncate", FaultKind::Truncate),
    ("hang", FaultKind::Hang),
    ("partial_without_token", FaultKind::PartialWithoutToken),
    ("repeat_token", FaultKind::RepeatToken),
    ("forbidden", FaultKind::Forbidden),
    ("internal_status", FaultKind::InternalStatus),
    ("unsorted", FaultKind::Unsorted),
];

impl Fault {
    /// Reads a list of faults from YAML or JSON; `name` stands for the file in messages.
    ///
    /// # Errors
    /// When it has mistakes: all of them, each with line and column.
    pub fn list_from_yaml(name: &str, text: &str) -> Result<Vec<Self>, Invalid> {
        let document = Document::parse(name, text, Dialect::Strict)?;
        let root = document.root();
        let items = if root.is_null() { None } else { root.items() };
        let faults = items.unwrap_or_default().iter().filter_map(read).collect();
        document.finish()?;
        Ok(faults)
    }
}

/// Reads a fault. An optional field with a mistake reads as absent: the mistake is on record, and
/// the list will not be used.
fn read(item: &Cursor<'_>) -> Option<Fault> {
    let mut fields = item.fields()?;
    let kind = kind(&mut fields);
    let operation = fields.get("operation").and_then(|it| operation(&it));
    let account = fields.get("account").and_then(|it| it.source_text());
    let metric = fields.get("metric").and_then(|it| metric(&it));
    let calls = fields.get("calls").and_then(|it| calls(&it));
    fields.deny_unknown();
    Some(Fault {
        kind: kind?,
        operation,
        account,
        metric,
        calls: calls.unwrap_or((1, None)),
    })
}

fn kind(fields: &mut Fields<'_>) -> Option<FaultKind> {
    let value = fields.required("fault")?;
    let name = value.string()?;
    match name.as_str() {
        "delay" => {
            let milliseconds = fields.required("delay_ms")?.integer(0..=3_600_000_u64)?;
            Some(FaultKind::Delay(Duration::from_millis(milliseconds)))
        }
        "small_pages" => {
            let datapoints = fields.required("datapoints")?.integer(1..=100_800_u32)?;
            Some(FaultKind::SmallPages(usize::try_from(datapoints).ok()?))
        }
        "refuse" => Some(FaultKind::Refuse {
            code: fields.required("code")?.string()?,
            status: fields.required("status")?.integer(400..=599_u16)?,
            message: fields.required("message")?.string()?,
        }),
        "message" => Some(FaultKind::Message {
            code: fields.required("code")?.string()?,
            value: fields.required("message")?.string()?,
        }),
        _ => {
            let found = SIMPLE.into_iter().find(|(known, _)| *known == name);
            if found.is_none() {
                let names = SIMPLE.map(|(name, _)| name).join(", ");
                value.error(format!(
                    "must be one of {names}, delay, small_pages, refuse, message"
                ));
            }
            found.map(|(_, kind)| kind)
        }
    }
}

fn operation(value: &Cursor<'_>) -> Option<Operation> {
    let text = value.string()?;
    let found = Operation::ALL
        .into_iter()
        .find(|operation| operation.name() == text);
    if found.is_none() {
        value.error(format!(
            "must be one of {}",
            Operation::ALL.map(Operation::name).join(", ")
        ));
    }
    found
}

fn metric(value: &Cursor<'_>) -> Option<MetricPattern> {
    let mut fields = value.fields()?;
    let namespace = fields.required("namespace").and_then(|it| it.string());
    let name = fields.required("name").and_then(|it| it.string());
    let dims = fields
        .get("dims")
        .and_then(|it| it.entries())
        .unwrap_or_default();
    fields.deny_unknown();
    let dims = dims
        .into_iter()
        .filter_map(|(name, value)| Some((name.text.clone(), value.source_text()?)))
        .collect();
    Some(MetricPattern {
        namespace: namespace?,
        name: name?,
        dims,
    })
}

/// `2`, `2..4` or `2..`.
fn calls(value: &Cursor<'_>) -> Option<(u64, Option<u64>)> {
    let text = value.source_text()?;
    let number = |text: &str| text.parse::<u64>().ok();
    let read = match text.split_once("..") {
        None => number(&text).map(|only| (only, Some(only))),
        Some((first, "")) => number(first).map(|first| (first, None)),
        Some((first, last)) => number(first).zip(number(last).map(Some)),
    };
    if read.is_none() {
        value.error("must read like `2`, `2..4` or `2..`, counted from 1");
    }
    read
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_faults_reads_as_the_builder_makes_them() {
        let text = "
- fault: throttle
  operation: GetMetricData
  calls: 2..3
- fault: forbidden
  account: 123456789012
  metric: { namespace: AWS/ES, name: CPUUtilization, dims: { DomainName: prod } }
  calls: 4
- { fault: delay, delay_ms: 20, calls: 2.. }
- { fault: refuse, code: ValidationError, status: 400, message: no }
- { fault: reset_before, operation: CreateAccessKey, calls: 1 }
- { fault: internal_after, operation: PutSecretValue }
- { fault: kms_denied }
";
        let (code, message) = ("ValidationError".to_owned(), "no".to_owned());
        let expected = [
            Fault::new(FaultKind::Throttle)
                .on(Operation::GetMetricData)
                .calls(2, Some(3)),
            Fault::new(FaultKind::Forbidden)
                .account("123456789012")
                .metric("AWS/ES", "CPUUtilization")
                .dimension("DomainName", "prod")
                .calls(4, Some(4)),
            Fault::new(FaultKind::Delay(Duration::from_millis(20))).calls(2, None),
            Fault::new(FaultKind::Refuse {
                code,
                status: 400,
                message,
            }),
            Fault::new(FaultKind::ResetBefore)
                .on(Operation::CreateAccessKey)
                .calls(1, Some(1)),
            Fault::new(FaultKind::InternalAfter).on(Operation::PutSecretValue),
            Fault::new(FaultKind::KmsDenied),
        ];
        assert_eq!(
            Fault::list_from_yaml("faults.yaml", text).unwrap(),
            expected
        );
    }

    #[test]
    fn a_list_as_json_is_read_too_and_an_empty_one_has_no_faults() {
        let json = r#"[{"fault": "reset", "calls": "1"}]"#;
        let expected = [Fault::new(FaultKind::Reset).calls(1, Some(1))];
        assert_eq!(Fault::list_from_yaml("faults", json).unwrap(), expected);
        assert_eq!(Fault::list_from_yaml("faults", "[]").unwrap(), []);
    }

    #[test]
    fn every_mistake_is_reported_with_its_place() {
        let text = "- fault: throtle\n- fault: reset\n  operation: PutMetricData\n  calls: two\n";
        let message = Fault::list_from_yaml("faults.yaml", text)
            .unwrap_err()
            .to_string();
        for expected in ["faults.yaml:1:10", "faults.yaml:3:14", "faults.yaml:4:10"] {
            assert!(message.contains(expected), "{expected} in {message}");
        }
    }
}
