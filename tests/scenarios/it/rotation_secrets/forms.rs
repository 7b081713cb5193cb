//! The forms in which a secret could leak, and the search for them.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::Result;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};

/// So many characters at either end of a secret are a leak as well.
const END: usize = 8;

/// What is searched for: each form with what it is a form of.
#[derive(Debug, Default)]
pub(crate) struct Sought(BTreeMap<String, String>);

impl Sought {
    /// Searches for `text` in every form from now on. `what` is how a find is called.
    pub(crate) fn value(&mut self, what: &str, text: &str) -> Result<()> {
        for (form, written) in written(text)? {
            self.add(&format!("{what}, {form}"), written);
        }
        let ends: Vec<char> = text.chars().collect();
        if let (Some(first), Some(last)) = (ends.first_chunk::<END>(), ends.last_chunk::<END>()) {
            self.add(&format!("{what}, its beginning"), first.iter().collect());
            self.add(&format!("{what}, its end"), last.iter().collect());
        }
        Ok(())
    }

    /// Searches for a password, and for the login that it makes with `user` in SMTP.
    pub(crate) fn login(&mut self, what: &str, user: &str, password: &str) -> Result<()> {
        self.value(what, password)?;
        let plain = STANDARD.encode(format!("\0{user}\0{password}"));
        self.add(&format!("{what}, as AUTH PLAIN"), plain);
        Ok(())
    }

    /// What is found in `text`.
    pub(crate) fn found_in(&self, text: &str) -> Vec<&str> {
        let found = self.0.iter().filter(|(form, _)| text.contains(*form));
        found.map(|(_, what)| what.as_str()).collect()
    }

    /// How many forms are searched for.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    fn add(&mut self, what: &str, form: String) {
        self.0.entry(form).or_insert_with(|| what.to_owned());
    }
}

/// Every form of `text`, with its name.
fn written(text: &str) -> Result<Vec<(&'static str, String)>> {
    let json = serde_json::to_string(text)?;
    let json = json.trim_start_matches('"');
    let json = json.strip_suffix('"').unwrap_or(json);
    let url = reqwest::Url::parse_with_params("http://h/", [("q", text)])?;
    let query = url.query().unwrap_or_default().trim_start_matches("q=");
    let in_path = path_segment(text)?;
    let bytes: Vec<String> = text.bytes().map(|byte| byte.to_string()).collect();
    let mut hex = String::new();
    for byte in text.bytes() {
        write!(hex, "{byte:02x}")?;
    }
    let mut forms = vec![
        ("plain", text.to_owned()),
        ("in JSON", json.to_owned()),
        ("in JSON with escaped slashes", json.replace('/', "\\/")),
        ("in ASCII JSON", ascii_json(json, false)?),
        (
            "in ASCII JSON with escaped slashes",
            ascii_json(json, true)?,
        ),
        ("as a debugged text", format!("{text:?}").replace('"', "")),
        ("as a debugged list of bytes", bytes.join(", ")),
        ("in hexadecimal digits", hex),
        ("in a query", query.to_owned()),
        ("in a query, in small letters", small_escapes(query)),
        ("in a path", in_path.clone()),
        ("in a path, in small letters", small_escapes(&in_path)),
    ];
    // Base64 of whatever contains it, at each of the three alignments, without the characters that
    // depend on its neighbours.
    for lead in 0..3 {
        let bytes = format!("{}{text}", "x".repeat(lead)).into_bytes();
        let from = if lead == 0 { 0 } else { 4 };
        let to = bytes.len() / 3 * 4;
        for encoded in [STANDARD.encode(&bytes), URL_SAFE.encode(&bytes)] {
            let stable = encoded.get(from..to).unwrap_or_default();
            forms.push(("in Base64", stable.to_owned()));
        }
    }
    Ok(forms)
}

/// JSON as writers have it that keep to ASCII.
fn ascii_json(json: &str, escape_slashes: bool) -> Result<String> {
    let mut out = String::new();
    for c in json.chars() {
        match c {
            '/' if escape_slashes => out.push_str("\\/"),
            c if c.is_ascii() => out.push(c),
            c => {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    write!(out, "\\u{unit:04x}")?;
                }
            }
        }
    }
    Ok(out)
}

/// `text` as a segment of a URL's path, with every character escaped that is none of a name.
fn path_segment(text: &str) -> Result<String> {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            write!(out, "%{byte:02X}")?;
        }
    }
    Ok(out)
}

/// `%2F` as `%2f`.
fn small_escapes(url: &str) -> String {
    let mut pieces = url.split('%');
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (digits, rest) = piece.split_at_checked(2).unwrap_or((piece, ""));
        out.push('%');
        out.push_str(&digits.to_ascii_lowercase());
        out.push_str(rest);
    }
    out
}

#[test]
fn the_search_finds_a_planted_secret_in_each_form() -> Result<()> {
    const PASSWORD: &str = r#"BLBM/9hSé+UELfq8"Gw\2G763xVLGWL9"#;
    let mut sought = Sought::default();
    sought.login("password", "AKIAIOSFODNN7EXAMPLE", PASSWORD)?;
    let json = serde_json::json!({ "password": PASSWORD }).to_string();
    let base64 = |before: &str, after: &str| STANDARD.encode(format!("{before}{PASSWORD}{after}"));
    let debugged = format!("{:?}", serde_json::json!([PASSWORD]));
    let planted = [
        format!("password={PASSWORD};"),
        json.clone(),
        json.replace('/', "\\/"),
        json.replace('é', "\\u00e9"),
        json.replace('/', "\\/").replace('é', "\\u00e9"),
        debugged,
        format!("ByteString({:?})", format!("a{PASSWORD}b").into_bytes()),
        reqwest::Url::parse_with_params("http://h/?a=b", [("p", PASSWORD)])?.to_string(),
        format!("http://h/{}/x", path_segment(PASSWORD)?),
        format!("http://h/{}/x", small_escapes(&path_segment(PASSWORD)?)),
        base64("", ""),
        base64("\0AKIAIOSFODNN7EXAMPLE\0", ""),
        base64("a", "b"),
        base64("ab", ""),
        base64("abc", "d"),
        base64("a", "b").replace('+', "-").replace('/', "_"),
        "begins with BLBM/9hS and".to_owned(),
        "ends with 3xVLGWL9.".to_owned(),
    ];
    for text in planted {
        assert_ne!(sought.found_in(&text), Vec::<&str>::new(), "{text}");
    }
    // Each form is found by itself, so that none of them stands in for another.
    for form in sought.0.keys() {
        assert_ne!(sought.found_in(&format!("<{form}>")), Vec::<&str>::new());
    }
    for harmless in [
        "",
        "nothing to see",
        "AKIAIOSFODNN7EXAMPLE",
        "BLBM/9h",
        "xVLGWL9",
    ] {
        assert_eq!(
            sought.found_in(harmless),
            Vec::<&str>::new(),
            "{harmless:?}"
        );
    }
    Ok(())
}
