{{/* The name of all objects: the release's, with the chart's behind it unless it is part of it. */}}
{{- define "health-exporter.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride -}}
{{- else if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" (.Release.Name | trunc 24 | trimSuffix "-") .Chart.Name -}}
{{- end -}}
{{- end -}}

{{/* What pods are selected by. */}}
{{- define "health-exporter.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: standalone
{{- end -}}

{{/* The labels of every object. */}}
{{- define "health-exporter.labels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{/* The exporter's version, as image and label have it. */}}
{{- define "health-exporter.version" -}}
{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}

{{/* What both monitors do to labels. */}}
{{- define "health-exporter.relabelings" -}}
honorLabels: false
# The exporter calls itself by its pod's name. Here `up` gets the same name, and the copy of it goes. The job is that of this release:
# what shares job and namespace is one service to the rules.
relabelings:
  - {action: replace, sourceLabels: [__meta_kubernetes_pod_name], targetLabel: instance}
  - {action: replace, targetLabel: job, replacement: {{ include "health-exporter.fullname" . }}}
metricRelabelings:
  - {action: labeldrop, regex: exported_instance}
{{- end -}}
