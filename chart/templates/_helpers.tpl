{{- define "coppice.name" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "coppice.selector" -}}
app.kubernetes.io/name: {{ .root.Chart.Name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{- define "coppice.labels" -}}
{{ include "coppice.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end -}}

{{- define "coppice.image" -}}
{{ printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) | quote }}
{{- end -}}

{{- /* End of a name that a version of the workers has for itself; nothing where workers are not versioned. */ -}}
{{- define "coppice.versionSuffix" -}}
{{- if .root.Values.worker.deployment -}}
-{{ .tag | lower | replace "." "-" | replace "_" "-" | replace "+" "-" | trunc 40 | trimSuffix "-" }}
{{- end -}}
{{- end -}}

{{- define "coppice.versionLabel" -}}
{{- with include "coppice.versionSuffix" . -}}
coppice/version: {{ trimPrefix "-" . | quote }}
{{- end -}}
{{- end -}}

{{- define "coppice.podSecurity" -}}
runAsNonRoot: true
runAsUser: 1000
runAsGroup: 1000
fsGroup: 1000
seccompProfile: {type: RuntimeDefault}
{{- end -}}

{{- define "coppice.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end -}}

{{- /* Environment of a container; `.databaseKey` is the key of the database's Secret. */ -}}
{{- define "coppice.env" -}}
{{- $values := .root.Values -}}
- {name: COPPICE_CONFIG, value: /config/coppice.yaml}
- {name: COPPICE_CACHE, value: /scratch/cache}
- {name: COPPICE_DATA_DIR, value: /scratch/data}
- name: DATABASE_URL
  valueFrom: {secretKeyRef: {name: {{ $values.database.existingSecret }}, key: {{ .databaseKey }}}}
- {name: TEMPORAL_ADDRESS, value: {{ $values.temporal.address | quote }}}
- {name: TEMPORAL_NAMESPACE, value: {{ $values.temporal.namespace | quote }}}
{{- with $values.worker.deployment }}
- {name: COPPICE_DEPLOYMENT_NAME, value: {{ . | quote }}}
{{- end }}
{{- if $values.temporal.tlsSecret }}
- {name: TEMPORAL_TLS_CLIENT_CERT_PATH, value: /temporal-tls/tls.crt}
- {name: TEMPORAL_TLS_CLIENT_KEY_PATH, value: /temporal-tls/tls.key}
{{- if $values.temporal.privateAuthority }}
- {name: TEMPORAL_TLS_SERVER_CA_CERT_PATH, value: /temporal-tls/ca.crt}
{{- end }}
{{- end }}
{{- with $values.env }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "coppice.envFrom" -}}
{{- with .Values.temporal.existingSecret }}
- secretRef: {name: {{ . }}}
{{- end }}
{{- with .Values.envFrom }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "coppice.volumeMounts" -}}
- {name: config, mountPath: /config, readOnly: true}
- {name: scratch, mountPath: /scratch}
- {name: scratch, mountPath: /tmp, subPath: tmp}
{{- if .Values.temporal.tlsSecret }}
- {name: temporal-tls, mountPath: /temporal-tls, readOnly: true}
{{- end }}
{{- if .Values.certificatesSecret }}
- {name: certificates, mountPath: /certificates, readOnly: true}
{{- end }}
{{- end -}}

{{- define "coppice.volumes" -}}
- name: config
  configMap: {name: {{ .configMap }}}
- name: scratch
  emptyDir: {sizeLimit: 512Mi}
{{- with .root.Values.temporal.tlsSecret }}
- name: temporal-tls
  secret: {secretName: {{ . }}, defaultMode: 0440}
{{- end }}
{{- with .root.Values.certificatesSecret }}
- name: certificates
  secret: {secretName: {{ . }}, defaultMode: 0440}
{{- end }}
{{- end -}}
