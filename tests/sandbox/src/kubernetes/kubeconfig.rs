//! The text of a kubeconfig file with everything embedded.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::pki::Credential;

/// How a user proves who it is.
#[derive(Debug)]
pub(super) enum Login<'a> {
    /// By a client certificate.
    Certificate(&'a Credential),
    /// By the token of a service account.
    Token(&'a str),
}

/// A kubeconfig whose only context, and the current one, is called `cluster`.
pub(super) fn render(
    cluster: &str,
    server: &str,
    ca_pem: &str,
    user: &str,
    login: &Login,
) -> String {
    let ca = STANDARD.encode(ca_pem);
    let login = match login {
        Login::Certificate(credential) => format!(
            "client-certificate-data: {}\n    client-key-data: {}",
            STANDARD.encode(&credential.certificate),
            STANDARD.encode(&credential.key)
        ),
        Login::Token(token) => format!("token: {token}"),
    };
    // A JSON string is a YAML string, whatever is in it.
    let [cluster, server, user] =
        [cluster, server, user].map(|text| serde_json::Value::from(text).to_string());
    format!(
        "\
apiVersion: v1
kind: Config
current-context: {cluster}
contexts:
- name: {cluster}
  context:
    cluster: {cluster}
    user: {user}
clusters:
- name: {cluster}
  cluster:
    server: {server}
    certificate-authority-data: {ca}
users:
- name: {user}
  user:
    {login}
"
    )
}

#[cfg(test)]
mod tests {
    use kube::config::Kubeconfig;

    use super::{Login, render};

    #[test]
    fn a_client_reads_the_context_whatever_its_names_hold() {
        let user = "system:serviceaccount:jobs:rotate \"x\"";
        let text = render(
            "east",
            "https://127.0.0.1:1",
            "PEM",
            user,
            &Login::Token("t0ken"),
        );
        let config = Kubeconfig::from_yaml(&text).unwrap();
        assert_eq!(config.current_context.as_deref(), Some("east"));
        assert_eq!(config.contexts[0].name, "east");
        assert_eq!(config.auth_infos[0].name, user);
        let cluster = config.clusters[0].cluster.as_ref().unwrap();
        assert_eq!(cluster.server.as_deref(), Some("https://127.0.0.1:1"));
        assert_eq!(cluster.certificate_authority_data.as_deref(), Some("UEVN"));
    }
}
