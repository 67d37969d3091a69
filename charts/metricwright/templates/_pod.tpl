{{/* The Pod, the same for the StatefulSet and the Deployment. */}}
{{- define "metricwright.pod" -}}
metadata:
  labels:
    {{- include "metricwright.labels" . | nindent 4 }}
    {{- with .Values.podLabels }}{{ toYaml . | nindent 4 }}{{ end }}
  {{- with .Values.podAnnotations }}
  annotations: {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  serviceAccountName: {{ include "metricwright.serviceAccount" . }}
  terminationGracePeriodSeconds: {{ .Values.terminationGracePeriodSeconds }}
  {{- with .Values.imagePullSecrets }}
  imagePullSecrets: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  securityContext: {{- include "metricwright.podSecurity" . | nindent 4 }}
  containers:
    - name: operator
      image: {{ include "metricwright.image" . }}
      imagePullPolicy: {{ .Values.image.pullPolicy }}
      args: {{- include "metricwright.args" . | nindent 8 }}
      env: {{- include "metricwright.env" . | nindent 8 }}
      {{- with .Values.extraEnvFrom }}
      envFrom: {{- toYaml . | nindent 8 }}
      {{- end }}
      ports:
        - {name: http, containerPort: 8080}
        {{- if include "metricwright.webhook" . }}
        - {name: admission, containerPort: 9443}
        {{- end }}
      startupProbe:
        httpGet: {path: /healthz, port: http}
        periodSeconds: 2
        failureThreshold: {{ .Values.probes.startupFailureThreshold }}
      livenessProbe:
        httpGet: {path: /healthz, port: http}
        periodSeconds: {{ .Values.probes.livenessPeriodSeconds }}
        timeoutSeconds: {{ .Values.probes.timeoutSeconds }}
      readinessProbe:
        httpGet: {path: /readyz, port: http}
        periodSeconds: {{ .Values.probes.readinessPeriodSeconds }}
        timeoutSeconds: {{ .Values.probes.timeoutSeconds }}
      resources: {{- toYaml .Values.resources | nindent 8 }}
      securityContext: {{- include "metricwright.containerSecurity" . | nindent 8 }}
      volumeMounts:
        - {name: data, mountPath: /data, readOnly: true}
        - {name: tmp, mountPath: /tmp}
        {{- if eq .Values.store.kind "SQLite" }}
        - {name: state, mountPath: /state}
        {{- else }}
        - {name: store, mountPath: /store, readOnly: true}
        {{- end }}
        {{- if include "metricwright.certManager" . }}
        - {name: admission, mountPath: /admission, readOnly: true}
        {{- end }}
        {{- with .Values.extraVolumeMounts }}{{ toYaml . | nindent 8 }}{{ end }}
  volumes:
    - name: data
      {{- toYaml (.Values.data | default (dict "emptyDir" dict)) | nindent 6 }}
    - {name: tmp, emptyDir: {}}
    {{- if ne .Values.store.kind "SQLite" }}
    - name: store
      secret:
        secretName: {{ required "store.postgres.urlSecretRef.name must name the Secret that holds the URL of the database" .Values.store.postgres.urlSecretRef.name }}
        items: [{key: {{ .Values.store.postgres.urlSecretRef.key | quote }}, path: url}]
    {{- end }}
    {{- if include "metricwright.certManager" . }}
    - name: admission
      secret: {secretName: {{ include "metricwright.fullname" . }}-admission-tls}
    {{- end }}
    {{- with .Values.extraVolumes }}{{ toYaml . | nindent 4 }}{{ end }}
  {{- with .Values.nodeSelector }}
  nodeSelector: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.tolerations }}
  tolerations: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.affinity }}
  affinity: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.topologySpreadConstraints }}
  topologySpreadConstraints: {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}

{{- define "metricwright.args" -}}
- operator
- --data-root=/data
- --listen={{ .Values.bindAddress }}:8080
- --status-interval={{ .Values.operator.statusInterval }}
- --resync={{ .Values.operator.resync }}
- --concurrency={{ .Values.operator.concurrency }}
{{- if eq .Values.scope "Namespace" }}
- --namespace={{ .Release.Namespace }}
{{- end }}
{{- if eq .Values.store.kind "SQLite" }}
- --state=/state
{{- else }}
- --store-url-file=/store/url
- --leader-election
- --lease={{ include "metricwright.fullname" . }}
{{- end }}
{{- if include "metricwright.webhook" . }}
- --admission-listen={{ .Values.bindAddress }}:9443
- --admission-service={{ include "metricwright.fullname" . }}-admission
{{- if include "metricwright.certManager" . }}
- --admission-cert-dir=/admission
{{- end }}
{{- end }}
{{- with .Values.extraArgs }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "metricwright.env" -}}
- {name: RUST_LOG, value: {{ .Values.operator.log | quote }}}
- name: POD_NAME
  valueFrom: {fieldRef: {fieldPath: metadata.name}}
- name: POD_NAMESPACE
  valueFrom: {fieldRef: {fieldPath: metadata.namespace}}
- name: POD_IP
  valueFrom: {fieldRef: {fieldPath: status.podIP}}
{{- with .Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}
