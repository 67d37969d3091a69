{{/* The name of everything: the release's, with the chart's where that is not in it already. */}}
{{- define "metricwright.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" -}}
{{- else if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 52 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* What never changes over the life of a release. */}}
{{- define "metricwright.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "metricwright.labels" -}}
{{ include "metricwright.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/part-of: metricwright
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "metricwright.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default (include "metricwright.fullname" .) -}}
{{- else -}}
{{- .Values.serviceAccount.name | default "default" -}}
{{- end -}}
{{- end -}}

{{- define "metricwright.image" -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) -}}
{{- end -}}
{{- end -}}

{{/* What the standard `restricted` of Pod Security asks of a container. */}}
{{- define "metricwright.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end -}}

{{- define "metricwright.podSecurity" -}}
runAsNonRoot: true
runAsUser: {{ .Values.runAsUser }}
runAsGroup: {{ .Values.runAsUser }}
fsGroup: {{ .Values.runAsUser }}
seccompProfile: {type: RuntimeDefault}
{{- end -}}

{{/*
The rules of the generated roles of one kind, with the comments left out.
Called with (list FILE KIND ROOT). The file is said once, by the code: see src/operator/rbac.rs.
*/}}
{{- define "metricwright.rules" -}}
{{- $kind := index . 1 -}}
{{- $root := index . 2 -}}
{{- $rules := list -}}
{{- range $root.Files.Get (printf "files/%s" (index . 0)) | splitList "\n---\n" -}}
{{- $role := fromYaml . -}}
{{- if eq $role.kind $kind -}}
{{- $rules = concat $rules $role.rules -}}
{{- end -}}
{{- end -}}
{{- toYaml $rules -}}
{{- end -}}

{{/*
Whether the webhook is there: `true`, or nothing. A webhook's configuration and a policy are objects of the whole cluster, so a
release that works on one namespace has none.
*/}}
{{- define "metricwright.webhook" -}}
{{- if and .Values.admission.webhook.enabled (eq .Values.scope "Cluster") -}}true{{- end -}}
{{- end -}}

{{/* The same for the policies. */}}
{{- define "metricwright.policies" -}}
{{- if and .Values.admission.policies.enabled (eq .Values.scope "Cluster") -}}true{{- end -}}
{{- end -}}

{{/* Whether cert-manager makes the webhook's certificate. */}}
{{- define "metricwright.certManager" -}}
{{- if and (include "metricwright.webhook" .) .Values.admission.webhook.certManager.enabled -}}true{{- end -}}
{{- end -}}
