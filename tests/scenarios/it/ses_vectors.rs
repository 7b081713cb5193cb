//! SMTP passwords against those that other implementations derive.
//!
//! Columns: kind, region, secret access key, expected password, provenance. Kind `v4` is today's
//! derivation; `v2` is the one from before 2019, which is recognised and never derived. `\n` in a
//! secret is a line break.

use anyhow::{Context as _, Result, bail};
use common::secret::{ExposeSecret as _, SecretString};
use common::ses::{PasswordShape, smtp_password};
use scenarios::reference;

/// Rows of our own, computed with Python's `hmac`, in the form of the vector file.
const OWN: &str = "\
kind\tregion\tsecret_access_key\texpected\tprovenance
v4\teu-north-1\tfive+plain+words\tBBz4I78JmCs4eZ5eAb6p9APdShw3zlfJpn6duG0pDy7j\tpython
v4\tus-gov-east-1\tfive+plain+words\\n\tBEvfXzIwcx8vq6cpNJCoorsKD+CKhIjve3DtxnQ32L9R\tpython
v2\t-\tfive+plain+words\tAnwv89dBZh22duFwyCGwTAAcvDhmBdU5g5YFV6YoaJKt\tpython
";

fn wrong(table: &str) -> Result<(usize, Vec<String>)> {
    let mut wrong = Vec::new();
    let lines: Vec<&str> = table.lines().skip(1).collect();
    for line in &lines {
        let columns: Vec<&str> = line.split('\t').collect();
        let &[kind, region, secret, expected, _] = columns.as_slice() else {
            bail!("not five columns: {line}");
        };
        let secret = SecretString::from(secret.replace("\\n", "\n"));
        let shape = PasswordShape::of(&expected.into());
        let derived = smtp_password(&secret, region);
        let good = match kind {
            "v4" => derived.expose_secret() == expected && shape == Some(PasswordShape::Current),
            "v2" => derived.expose_secret() != expected && shape == Some(PasswordShape::Legacy),
            other => bail!("unknown kind {other}"),
        };
        if !good {
            wrong.push(format!("{kind} {region}: {expected} is {shape:?}"));
        }
    }
    Ok((lines.len(), wrong))
}

#[test]
fn ses_passwords_agree_with_the_built_in_table() -> Result<()> {
    assert_eq!(wrong(OWN)?, (3, vec![]));
    Ok(())
}

#[test]
fn ses_passwords_agree_with_every_reference_vector() -> Result<()> {
    let Some(file) = reference::file("ses-smtp-vectors.tsv") else {
        return Ok(());
    };
    let table = std::fs::read_to_string(file).context("reading the vectors")?;
    let (rows, wrong) = wrong(&table)?;
    assert!(rows >= 30, "only {rows} rows: is the file whole?");
    assert_eq!(wrong, [""; 0]);
    Ok(())
}
