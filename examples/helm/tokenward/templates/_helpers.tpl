{{- define "tokenward.name" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "tokenward.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "tokenward.labels" -}}
{{ include "tokenward.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "tokenward.secret" -}}
{{- .Values.admin.existingSecret | default (printf "%s-admin" (include "tokenward.name" .)) -}}
{{- end -}}

{{- define "tokenward.serve" -}}
{{- $policies := list -}}
{{- range $name, $_ := .Values.policies -}}
{{- $policies = append $policies (printf "/etc/tokenward/policies/%s.yaml" $name) -}}
{{- end -}}
{{- $ours := dict
  "upstream" (include "tokenward.upstream" .)
  "policy" (concat $policies .Values.builtinPolicies)
  "host" "0.0.0.0" "port" 8080 "admin_host" "0.0.0.0" "admin_port" 8081
  "admin_token_file" "/run/secrets/tokenward/token" -}}
{{- if ne .Values.records.kind "none" -}}
{{- $_ := set $ours "store" "sqlite:////var/lib/tokenward/records.db" -}}
{{- end -}}
{{- merge $ours .Values.config | toYaml -}}
{{- end -}}

{{- define "tokenward.upstream" -}}
{{- if .Values.model.enabled -}}
http://127.0.0.1:{{ .Values.model.port }}
{{- else -}}
{{- required "upstream: say where the model server is, or let model.enabled be true" .Values.upstream -}}
{{- end -}}
{{- end -}}

{{- define "tokenward.hardened" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end -}}
