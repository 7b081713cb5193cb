use super::{Value, resolve};
use crate::yaml::{Dialect, Scalar, Style, Tag};

fn plain(text: &str, dialect: Dialect) -> Value {
    resolve(
        &Scalar {
            text: text.to_owned(),
            style: Style::Plain,
            tag: None,
        },
        dialect,
    )
}

fn check(dialect: Dialect, table: &[(&str, Value)]) {
    for (text, expected) in table {
        assert_eq!(&plain(text, dialect), expected, "{text:?}");
    }
}

#[test]
fn yaml_1_1_booleans_come_in_lower_title_and_upper_case_only() {
    for text in [
        "yes", "Yes", "YES", "on", "On", "ON", "true", "True", "TRUE",
    ] {
        assert_eq!(plain(text, Dialect::Yaml11), Value::Bool(true), "{text}");
    }
    for text in [
        "no", "No", "NO", "off", "Off", "OFF", "false", "False", "FALSE",
    ] {
        assert_eq!(plain(text, Dialect::Yaml11), Value::Bool(false), "{text}");
    }
    for text in ["oN", "y", "n", "Y", "N", "yEs", "tRUE"] {
        assert_eq!(plain(text, Dialect::Yaml11), Value::Text, "{text}");
    }
}

#[test]
fn yaml_1_1_integers_may_be_octal_hexadecimal_binary_grouped_or_base_60() {
    let int = Value::Int;
    check(
        Dialect::Yaml11,
        &[
            ("60", int(60)),
            ("-1", int(-1)),
            ("+7", int(7)),
            ("0", int(0)),
            ("0600", int(384)),
            ("-0600", int(-384)),
            ("0x1F", int(31)),
            ("0b101", int(5)),
            ("1_000", int(1000)),
            ("1:30", int(90)),
            ("190:20:30", int(685_230)),
            ("-1:30", int(-90)),
            ("123456789012", int(123_456_789_012)),
            ("08", Value::Text),
            ("012345678901", Value::Text),
            ("0o600", Value::Text),
            ("0x", Value::Text),
            ("0xfg", Value::Text),
            ("1:60", Value::Text),
            ("0:30", Value::Text),
            ("_1", Value::Text),
            ("1a", Value::Text),
            ("-", Value::Text),
            ("1-2", Value::Text),
            ("12:", Value::Text),
        ],
    );
}

#[test]
fn yaml_1_1_floats_need_a_point_or_an_exponent() {
    let float = Value::Float;
    check(
        Dialect::Yaml11,
        &[
            ("6e2", float(600.0)),
            ("1e3", float(1000.0)),
            ("1E+3", float(1000.0)),
            ("60.0", float(60.0)),
            ("60.9", float(60.9)),
            ("1.", float(1.0)),
            (".5", float(0.5)),
            ("-.5", float(-0.5)),
            ("08.5", float(8.5)),
            ("1_000.5", float(1000.5)),
            ("190:20:30.15", float(685_230.15)),
            (".inf", float(f64::INFINITY)),
            ("-.INF", float(f64::NEG_INFINITY)),
            (".", Value::Text),
            ("e3", Value::Text),
            ("1.2.3", Value::Text),
            ("inf", Value::Text),
            ("nan", Value::Text),
        ],
    );
    assert!(matches!(plain(".nan", Dialect::Yaml11), Value::Float(nan) if nan.is_nan()));
}

#[test]
fn yaml_1_1_null_is_a_tilde_the_word_in_three_cases_or_nothing() {
    for text in ["~", "null", "Null", "NULL", ""] {
        assert_eq!(plain(text, Dialect::Yaml11), Value::Null, "{text}");
    }
    assert_eq!(plain("nUll", Dialect::Yaml11), Value::Text);
    assert_eq!(plain("none", Dialect::Yaml11), Value::Text);
}

#[test]
fn yaml_1_1_dates_are_not_text() {
    for text in [
        "2020-01-01",
        "2020-1-1T1:00:00",
        "2001-12-14t21:59:43.10-05:00",
        "2020-01-01 00:00:00Z",
    ] {
        assert_eq!(plain(text, Dialect::Yaml11), Value::Date, "{text}");
    }
    for text in [
        "2020-1-1",
        "2020-01",
        "20-01-01",
        "2020-01-01x",
        "2020-01-01-",
        "a-b-c",
        "2020-01-01 noon",
    ] {
        assert_eq!(plain(text, Dialect::Yaml11), Value::Text, "{text}");
    }
}

#[test]
fn the_strict_dialect_knows_only_the_core_schema() {
    check(
        Dialect::Strict,
        &[
            ("true", Value::Bool(true)),
            ("FALSE", Value::Bool(false)),
            ("yes", Value::Text),
            ("on", Value::Text),
            ("0600", Value::Int(600)),
            ("0o600", Value::Int(384)),
            ("0x1F", Value::Int(31)),
            ("-0x1F", Value::Text),
            ("0b101", Value::Text),
            ("1_000", Value::Text),
            ("1:30", Value::Text),
            ("6e2", Value::Float(600.0)),
            ("-.inf", Value::Float(f64::NEG_INFINITY)),
            ("2020-01-01", Value::Text),
            ("~", Value::Null),
        ],
    );
}

#[test]
fn quotes_make_everything_text() {
    for text in ["60", "yes", "", "~", "2020-01-01"] {
        let scalar = Scalar {
            text: text.to_owned(),
            style: Style::Quoted,
            tag: None,
        };
        assert_eq!(resolve(&scalar, Dialect::Yaml11), Value::Text, "{text}");
    }
}

#[test]
fn a_tag_decides_where_it_fits_and_leaves_text_where_it_does_not() {
    let tagged = |text: &str, tag| {
        let scalar = Scalar {
            text: text.to_owned(),
            style: Style::Quoted,
            tag: Some(tag),
        };
        resolve(&scalar, Dialect::Yaml11)
    };
    assert_eq!(tagged("60", Tag::Str), Value::Text);
    assert_eq!(tagged("60", Tag::Int), Value::Int(60));
    assert_eq!(tagged("60", Tag::Float), Value::Float(60.0));
    assert_eq!(tagged("6e1", Tag::Float), Value::Float(60.0));
    assert_eq!(tagged("yes", Tag::Bool), Value::Bool(true));
    assert_eq!(tagged("whatever", Tag::Null), Value::Null);
    assert_eq!(tagged("sixty", Tag::Int), Value::Text);
    assert_eq!(tagged("60", Tag::Bool), Value::Text);
}

#[test]
fn an_integer_of_any_length_is_a_number() {
    let long = "1".repeat(400);
    assert_eq!(plain(&long, Dialect::Yaml11), Value::Float(f64::INFINITY));
    let hexadecimal = format!("0x1{}", "0".repeat(40));
    assert_eq!(
        plain(&hexadecimal, Dialect::Yaml11),
        Value::Float(2f64.powi(160))
    );
}
