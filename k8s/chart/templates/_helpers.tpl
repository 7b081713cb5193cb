{{/*
What is true of each job wherever it runs, and so is no value:
  namespace      where it runs
  command        what its CronJob does; its twin does `plan`
  plan           whether it has a twin
  token          whether it talks to this cluster's API server
  aws            whether it acts as an AWS role
  mail           whether it talks to the mail server
  verdict        whether "they differ" is a result and no failure: its alert comes from the metric
  undisturbed    whether autoscalers leave its node alone while it runs
  cache          a directory that it writes to, if any
*/}}
{{- define "monitoring-jobs.facts" -}}
export-cloudwatch:
  {namespace: monitoring, command: run, plan: true, token: false, aws: true, mail: false, verdict: false, undisturbed: false}
rotate-credentials:
  {namespace: monitoring-credentials, command: apply, plan: true, token: true, aws: true, mail: true, verdict: false, undisturbed: true}
sync-dashboards:
  {namespace: monitoring, command: apply, plan: true, token: true, aws: false, mail: false, verdict: true, undisturbed: false, cache: /var/cache/sync-dashboards}
check-consistency:
  {namespace: monitoring, command: run, plan: false, token: true, aws: true, mail: false, verdict: true, undisturbed: false}
{{- end }}

{{/*
The AWS role of a service account, by the company's pattern k8s.CLUSTER.NAMESPACE.NAME.service. IAM takes
64 characters: a longer name goes without the namespace, as no two of these accounts share a name. Takes a
dict of `cluster`, `namespace` and `name`.
*/}}
{{- define "monitoring-jobs.role" -}}
{{- $full := printf "k8s.%s.%s.%s.service" .cluster .namespace .name }}
{{- if gt (len $full) 64 }}
{{- $full = printf "k8s.%s.%s.service" .cluster .name }}
{{- end }}
{{- $full }}
{{- end }}

{{/* Labels of every object. Takes a dict of `root` and `job`. */}}
{{- define "monitoring-jobs.labels" -}}
app.kubernetes.io/name: {{ .job }}
app.kubernetes.io/part-of: monitoring-jobs
helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version }}
{{- end }}

{{/* Labels by which Prometheus takes monitors and rules; what lacks them it leaves out without a word. */}}
{{- define "monitoring-jobs.seen" -}}
release: prod-monitoring
services: toolchain-monitoring
{{- end }}

{{/* The files in /etc/JOB, as a map of text. Takes a dict of `root` and `job`. */}}
{{- define "monitoring-jobs.files" -}}
{{- $files := dict }}
{{- if eq .job "export-cloudwatch" }}
{{- $_ := set $files "config.yaml" (.root.Files.Get "files/cloudwatch.yaml") }}
{{- else if eq .job "rotate-credentials" }}
{{- $writes := eq (index .root.Values.jobs .job).role "writer" }}
{{- $name := ternary "rotate-credentials" "rotate-credentials-follower" $writes }}
{{- $_ := set $files "config.yaml" (.root.Files.Get (printf "files/%s.yaml" $name)) }}
{{- else if eq .job "check-consistency" }}
{{- /* Written for one cluster, whose name and the other's change places in the other one. */}}
{{- $text := .root.Files.Get "files/check-consistency.yaml" }}
{{- $here := .root.Values.cluster }}
{{- $written := (fromYaml $text).state.config_map.cluster }}
{{- if ne $here $written }}
{{- $text = replace (printf "%s # there" $here) "@there@" $text }}
{{- $text = replace (printf "%s # here" $written) (printf "%s # here" $here) $text }}
{{- $text = replace "@there@" (printf "%s # there" $written) $text }}
{{- end }}
{{- $_ := set $files "config.yaml" $text }}
{{- else }}
{{- $_ := set $files "config.yaml" (.root.Files.Get (printf "files/%s.yaml" .job)) }}
{{- end }}
{{- if contains "kubeconfig: " (get $files "config.yaml") }}
{{- $_ := set $files "kubeconfig" (include "monitoring-jobs.kubeconfig" .root) }}
{{- end }}
{{- toYaml $files }}
{{- end }}

{{/*
Seconds between two runs by a schedule, as a map:
  shortest       0 where only a calendar could say
  longest        at least, where only a calendar could say; never 0
Takes five fields that the schema lets through, and refuses what the API server does and no pattern can say.
*/}}
{{- define "monitoring-jobs.periods" -}}
{{- $named := dict "SUN" "0" "MON" "1" "TUE" "2" "WED" "3" "THU" "4" "FRI" "5" "SAT" "6" }}
{{- range $index, $month := list "JAN" "FEB" "MAR" "APR" "MAY" "JUN" "JUL" "AUG" "SEP" "OCT" "NOV" "DEC" }}
{{- $_ := set $named $month (add1 $index | toString) }}
{{- end }}
{{- range $item := replace " " "," . | splitList "," }}
{{- $ends := splitList "-" (splitList "/" $item | first) }}
{{- $from := first $ends }}
{{- $to := last $ends }}
{{- if gt (get $named $from | default $from | atoi) (get $named $to | default $to | atoi) }}
{{- fail (printf "schedule `%s`: `%s` ends before it begins" $ $item) }}
{{- end }}
{{- end }}
{{- $fields := splitList " " . }}
{{- $minutes := include "monitoring-jobs.numbers" (dict "field" (index $fields 0) "size" 60) | splitList " " }}
{{- $hours := include "monitoring-jobs.numbers" (dict "field" (index $fields 1) "size" 24) | splitList " " }}
{{- $chosen := list }}
{{- range $index, $field := slice $fields 2 }}
{{- if not (has $field (list "*" "?")) }}
{{- $chosen = append $chosen (index (list "day" "month" "weekday") $index) }}
{{- end }}
{{- end }}
{{- $daily := not $chosen }}
{{- $period := 0 }}
{{- $longest := 0 }}
{{- $first := -1 }}
{{- $last := -1 }}
{{- range $hour := $hours }}
{{- range $minute := $minutes }}
{{- $at := add (mul 60 (atoi $hour)) (atoi $minute) | int }}
{{- if eq $first -1 }}
{{- $first = $at }}
{{- else }}
{{- $wait := sub $at $last | int }}
{{- $longest = max $longest $wait | int }}
{{- if or (eq $period 0) (lt $wait $period) }}
{{- $period = $wait }}
{{- end }}
{{- end }}
{{- $last = $at }}
{{- end }}
{{- end }}
{{- if $daily }}
{{- /* From the last one of a day to the first one of the next. */}}
{{- $night := sub (add $first 1440) $last | int }}
{{- if or (eq $period 0) (lt $night $period) }}
{{- $period = $night }}
{{- end }}
{{- end }}
{{- /* From the last one of a day to the first one of the next day that has any, by the longest way: days of the
month with 31 of them, or days of the week. With both, a day of either is one, and nothing is said. */}}
{{- $days := list "1" }}
{{- $cycle := 1 }}
{{- if not (has "weekday" $chosen) }}
{{- if has "day" $chosen }}
{{- $cycle = 31 }}
{{- $days = include "monitoring-jobs.numbers" (dict "field" (index $fields 2) "from" 1 "size" 32) | splitList " " }}
{{- end }}
{{- else if not (has "day" $chosen) }}
{{- $cycle = 7 }}
{{- $weekdays := index $fields 4 }}
{{- range $name, $number := $named }}
{{- $weekdays = replace $name $number $weekdays }}
{{- end }}
{{- $days = include "monitoring-jobs.numbers" (dict "field" $weekdays "size" 7) | splitList " " }}
{{- end }}
{{- $apart := 1 }}
{{- $before := sub (last $days | atoi) $cycle | int }}
{{- range $day := $days }}
{{- $apart = max $apart (sub (atoi $day) $before) | int }}
{{- $before = atoi $day }}
{{- end }}
{{- $longest = max $longest (sub (add $first (mul 1440 $apart)) $last) | int }}
{{- dict "shortest" (mul 60 $period) "longest" (mul 60 $longest) | toYaml }}
{{- end }}

{{/*
The numbers that a field of a schedule means, in order. Takes a dict of `field`, `size`, which is one more than the
last number, and `from`, the first one, if that is not 0.
*/}}
{{- define "monitoring-jobs.numbers" -}}
{{- $found := dict }}
{{- range $item := splitList "," .field }}
{{- $parts := splitList "/" $item }}
{{- $ends := splitList "-" (first $parts) }}
{{- $from := $.from | default 0 }}
{{- $to := sub $.size 1 | int }}
{{- if not (has (first $ends) (list "*" "?")) }}
{{- $from = first $ends | atoi }}
{{- /* `7` is one number, and `7/5` goes on to the end. */}}
{{- if gt (len $ends) 1 }}
{{- $to = last $ends | atoi }}
{{- else if eq (len $parts) 1 }}
{{- $to = $from }}
{{- end }}
{{- end }}
{{- $step := 1 }}
{{- if gt (len $parts) 1 }}
{{- $step = last $parts | atoi }}
{{- end }}
{{- range $number := untilStep $from (add $to 1 | int) $step }}
{{- $_ := set $found (printf "%02d" $number) true }}
{{- end }}
{{- end }}
{{- keys $found | sortAlpha | join " " }}
{{- end }}

{{/* How the other clusters are reached, as `aws eks update-kubeconfig` writes it. No credentials. */}}
{{- define "monitoring-jobs.kubeconfig" -}}
apiVersion: v1
kind: Config
clusters:
{{- range .Values.peers }}
  - name: {{ .name }}
    cluster:
      server: {{ .server }}
      certificate-authority-data: {{ .certificateAuthority }}
{{- end }}
users:
{{- range .Values.peers }}
  - name: {{ .name }}
    user:
      exec:
        apiVersion: client.authentication.k8s.io/v1beta1
        command: aws
        args: [--region, {{ $.Values.aws.region }}, eks, get-token, --cluster-name, {{ .name }}, --output, json]
{{- end }}
contexts:
{{- range .Values.peers }}
  - name: {{ .name }}
    context: {cluster: {{ .name }}, user: {{ .name }}}
{{- end }}
{{- end }}

{{/* A rule of a network policy: whoever answers for names. */}}
{{- define "monitoring-jobs.toNames" -}}
- to:
    - namespaceSelector:
        matchLabels:
          kubernetes.io/metadata.name: kube-system
      podSelector:
        matchLabels:
          k8s-app: kube-dns
    {{- range .Values.networkPolicies.dnsCidrs }}
    - ipBlock:
        cidr: {{ . }}
    {{- end }}
  ports:
    - {protocol: UDP, port: 53}
    - {protocol: TCP, port: 53}
{{- end }}

{{/* A rule of a network policy: API servers, by the list of their networks. */}}
{{- define "monitoring-jobs.toServers" -}}
- to:
    {{- range . }}
    - ipBlock:
        cidr: {{ . }}
    {{- end }}
  ports:
    - {protocol: TCP, port: 443}
{{- end }}

{{/* Peers of a network policy: whatever is outside of the company's network. */}}
{{- define "monitoring-jobs.outside" -}}
{{- range .Values.networkPolicies.outside }}
- ipBlock:
    cidr: {{ .cidr }}
    {{- with .except }}
    except:
      {{- toYaml . | nindent 6 }}
    {{- end }}
{{- end }}
{{- end }}
