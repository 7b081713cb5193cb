//! How far the API servers' releases are apart.

use crate::survey::ClusterFacts;

/// Minor releases that may lie between two servers without a word.
const SKEW_MAX: u32 = 1;

/// A warning when API servers are more than one minor release apart: they fill in other defaults. Servers
/// whose release is not known are left out.
pub fn server_skew(clusters: &[ClusterFacts]) -> Option<String> {
    let known = clusters.iter().filter_map(|cluster| {
        let version = cluster.version.as_deref()?;
        Some((minor(version)?, cluster.name.as_str(), version))
    });
    let known: Vec<_> = known.collect();
    let (oldest, newest) = (known.iter().min()?, known.iter().max()?);
    let (old, newer) = (oldest.0, newest.0);
    let far = old.0 != newer.0 || newer.1.saturating_sub(old.1) > SKEW_MAX;
    far.then(|| {
        format!(
            "{} runs Kubernetes {} and {} runs {}: differences can be their servers' own defaults",
            oldest.1, oldest.2, newest.1, newest.2
        )
    })
}

/// Major and minor number of `v1.34.1-eks-113cf36`.
fn minor(version: &str) -> Option<(u32, u32)> {
    let mut numbers = version.trim_start_matches('v').split('.');
    let major = numbers.next()?.parse().ok()?;
    let digits = |c: char| !c.is_ascii_digit();
    let minor = numbers.next()?.trim_end_matches(digits).parse().ok()?;
    Some((major, minor))
}

#[cfg(test)]
mod tests {
    use super::server_skew;
    use crate::survey::ClusterFacts;

    #[test]
    fn servers_may_be_one_minor_release_apart() {
        let skew = |versions: &[&str]| {
            let clusters: Vec<_> = versions
                .iter()
                .zip(["a", "b", "c"])
                .map(|(version, name)| ClusterFacts {
                    name: name.to_owned(),
                    version: Some((*version).to_owned()).filter(|version| !version.is_empty()),
                    ..ClusterFacts::default()
                })
                .collect();
            server_skew(&clusters)
        };
        let fine: [&[&str]; 5] = [
            &[],
            &["v1.34.1", ""],
            &["v1.34.1-eks-113cf36", "v1.33.9"],
            &["v1.34.0", "1.34+"],
            &["v1.34.0", "soon"],
        ];
        for versions in fine {
            assert_eq!(skew(versions), None, "{versions:?}");
        }
        assert_eq!(
            skew(&["v1.34.1", "v1.33.0", "v1.32.4-eks-1"]).unwrap(),
            "c runs Kubernetes v1.32.4-eks-1 and a runs v1.34.1: differences can be their servers' \
             own defaults"
        );
        assert!(skew(&["v2.0.0", "v1.34.0"]).is_some());
    }
}
