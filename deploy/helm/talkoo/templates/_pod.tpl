{{- define "talkoo.labels" -}}
app.kubernetes.io/name: talkoo
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "talkoo.pod" -}}
automountServiceAccountToken: false
terminationGracePeriodSeconds: 45
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  seccompProfile: {type: RuntimeDefault}
volumes:
  - name: var
    persistentVolumeClaim: {claimName: {{ .Release.Name }}-uploads}
  - name: tmp
    emptyDir: {}
  - name: secrets
    secret: {secretName: {{ .Values.secretName }}, defaultMode: 0440}
{{- end }}

{{- define "talkoo.container" -}}
image: "{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}"
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
volumeMounts:
  - {name: var, mountPath: /var/lib/talkoo}
  - {name: tmp, mountPath: /tmp}
  - {name: secrets, mountPath: /run/secrets/talkoo, readOnly: true}
{{- end }}

{{- define "talkoo.settings" -}}
{{- range $name, $value := .Values.settings }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
- {name: TALKOO_SECRET_KEY_FILE, value: /run/secrets/talkoo/secret-key}
- {name: TALKOO_DATABASE_URL_FILE, value: /run/secrets/talkoo/database-url}
- {name: TALKOO_SMTP_URL_FILE, value: /run/secrets/talkoo/smtp-url}
{{- end }}
