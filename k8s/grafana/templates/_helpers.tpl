{{/* Labels by which objects of this chart find each other. */}}
{{- define "grafana.selector" -}}
app.kubernetes.io/name: grafana
app.kubernetes.io/part-of: monitoring-grafana
{{- end }}

{{/* Labels of every object. */}}
{{- define "grafana.labels" -}}
{{ include "grafana.selector" . }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}
