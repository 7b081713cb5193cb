module sandbox/tools/prometheus-operator

go 1.26

// Nothing of it is built: its folder example/prometheus-operator-crd holds the definitions.
require github.com/prometheus-operator/prometheus-operator v0.85.0
