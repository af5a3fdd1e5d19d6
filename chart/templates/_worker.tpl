{{- /* Workers of one version: `tag`, `replicas`, `config`, and the ConfigMap that has it. */ -}}
{{- define "coppice.workerDeployment" -}}
{{- $worker := .root.Values.worker -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "coppice.name" .root }}-worker{{ include "coppice.versionSuffix" . }}
  labels:
    {{- include "coppice.labels" (dict "root" .root "component" "worker") | nindent 4 }}
    {{- include "coppice.versionLabel" . | nindent 4 }}
spec:
  replicas: {{ .replicas }}
  selector:
    matchLabels:
      {{- include "coppice.selector" (dict "root" .root "component" "worker") | nindent 6 }}
      {{- include "coppice.versionLabel" . | nindent 6 }}
  strategy:
    rollingUpdate: {maxSurge: 1, maxUnavailable: 0}
  template:
    metadata:
      labels:
        {{- include "coppice.labels" (dict "root" .root "component" "worker") | nindent 8 }}
        {{- include "coppice.versionLabel" . | nindent 8 }}
        {{- with .root.Values.podLabels }}{{ toYaml . | nindent 8 }}{{ end }}
      annotations:
        checksum/config: {{ toYaml .config | sha256sum }}
        {{- with .root.Values.podAnnotations }}{{ toYaml . | nindent 8 }}{{ end }}
    spec:
      serviceAccountName: {{ include "coppice.name" .root }}
      automountServiceAccountToken: false
      terminationGracePeriodSeconds: {{ $worker.terminationGracePeriodSeconds }}
      securityContext: {{- include "coppice.podSecurity" .root | nindent 8 }}
      {{- with .root.Values.imagePullSecrets }}
      imagePullSecrets: {{- toYaml . | nindent 8 }}
      {{- end }}
      containers:
        - name: worker
          image: {{ printf "%s:%s" .root.Values.image.repository .tag | quote }}
          imagePullPolicy: {{ .root.Values.image.pullPolicy }}
          command: [coppice, worker, --metrics, "0.0.0.0:{{ $worker.metricsPort }}"]
          ports:
            - {name: metrics, containerPort: {{ $worker.metricsPort }}, protocol: TCP}
          env: {{- include "coppice.env" (dict "root" .root "databaseKey" .root.Values.database.workerKey) | nindent 12 }}
          {{- with include "coppice.envFrom" .root | trim }}
          envFrom: {{- . | nindent 12 }}
          {{- end }}
          # Without a liveness probe: a worker waits outages of the database and of Temporal out, and a restart would cure neither.
          startupProbe:
            exec: {command: [coppice, health]}
            periodSeconds: 10
            timeoutSeconds: 15
            failureThreshold: 30
          readinessProbe:
            exec: {command: [coppice, health]}
            periodSeconds: 60
            timeoutSeconds: 15
          securityContext: {{- include "coppice.containerSecurity" .root | nindent 12 }}
          resources: {{- toYaml $worker.resources | nindent 12 }}
          volumeMounts: {{- include "coppice.volumeMounts" .root | nindent 12 }}
      volumes: {{- include "coppice.volumes" (dict "root" .root "configMap" .configMap) | nindent 8 }}
      {{- with $worker.nodeSelector }}
      nodeSelector: {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with $worker.tolerations }}
      tolerations: {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with $worker.affinity }}
      affinity: {{- toYaml . | nindent 8 }}
      {{- end }}
{{- end -}}
