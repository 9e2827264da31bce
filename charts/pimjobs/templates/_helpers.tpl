{{/* The chart's name, as far as a label takes it. */}}
{{- define "pimjobs.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* What object names begin with: room is left for the longest ending. */}}
{{- define "pimjobs.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 48 | trimSuffix "-" -}}
{{- else if contains (include "pimjobs.name" .) .Release.Name -}}
{{- .Release.Name | trunc 48 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "pimjobs.name" .) | trunc 48 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "pimjobs.operatorName" -}}
{{- printf "%s-operator" (include "pimjobs.fullname" .) -}}
{{- end -}}

{{- define "pimjobs.operatorServiceAccount" -}}
{{- if .Values.operator.serviceAccount.create -}}
{{- default (include "pimjobs.operatorName" .) .Values.operator.serviceAccount.name -}}
{{- else -}}
{{- required "operator.serviceAccount.name: name the ServiceAccount, or set operator.serviceAccount.create" .Values.operator.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "pimjobs.notifierName" -}}
{{- printf "%s-notifier" (include "pimjobs.fullname" .) -}}
{{- end -}}

{{- define "pimjobs.notifierServiceAccount" -}}
{{- if .Values.notifier.serviceAccount.create -}}
{{- default (include "pimjobs.notifierName" .) .Values.notifier.serviceAccount.name -}}
{{- else -}}
{{- required "notifier.serviceAccount.name: name the ServiceAccount, or set notifier.serviceAccount.create" .Values.notifier.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{/* Whether changes are told: by the operator to the outbox, by the notifier to people and programs. */}}
{{- define "pimjobs.notifies" -}}
{{- if and .Values.operator.enabled .Values.notifier.enabled -}}
true
{{- end -}}
{{- end -}}

{{/* Labels that select pods: dict "root" $ "component" "operator". Never change. */}}
{{- define "pimjobs.selector" -}}
app.kubernetes.io/name: {{ include "pimjobs.name" .root }}
app.kubernetes.io/instance: {{ .root.Release.Name | trunc 63 | trimSuffix "-" }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{/* Labels of every object: dict "root" $ "component" "operator". The chart's own win. */}}
{{- define "pimjobs.labels" -}}
{{- $own := include "pimjobs.selector" . | fromYaml -}}
{{- $_ := set $own "app.kubernetes.io/version" .root.Chart.AppVersion -}}
{{- $_ := set $own "app.kubernetes.io/managed-by" .root.Release.Service -}}
{{- $_ := set $own "helm.sh/chart" (printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-") -}}
{{- toYaml (merge $own .root.Values.commonLabels (dict "app.kubernetes.io/part-of" "pimjobs")) -}}
{{- end -}}

{{/* How replicas are spread: dict "root" $ "component" "operator" "constraints" (list). Without any, over nodes if that is
possible; those of one version, so that the old ones are not in the way of an update. */}}
{{- define "pimjobs.spread" -}}
{{- if .constraints -}}
{{- toYaml .constraints -}}
{{- else -}}
- maxSkew: 1
  topologyKey: kubernetes.io/hostname
  whenUnsatisfiable: ScheduleAnyway
  labelSelector:
    matchLabels: {{- include "pimjobs.selector" . | nindent 6 }}
  matchLabelKeys: [pod-template-hash]
{{- end -}}
{{- end -}}

{{/* A budget for voluntary disruptions, where one replica can do the work: dict "root" $ "component" "operator" "of" .Values.operator "name" "…". */}}
{{- define "pimjobs.disruptionBudget" -}}
{{- if and .of.podDisruptionBudget.enabled (gt (int .of.replicas) 1) -}}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ .name }}
  namespace: {{ .root.Release.Namespace }}
  labels: {{- include "pimjobs.labels" . | nindent 4 }}
spec:
  maxUnavailable: 1
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels: {{- include "pimjobs.selector" . | nindent 6 }}
{{- end -}}
{{- end -}}

{{/* An image's full name: dict "root" $ "image" .Values.operator.image. */}}
{{- define "pimjobs.image" -}}
{{- $registry := default .root.Values.global.imageRegistry .image.registry -}}
{{- $name := .image.repository -}}
{{- if $registry -}}{{- $name = printf "%s/%s" $registry $name -}}{{- end -}}
{{- if .image.digest -}}
{{- printf "%s@%s" $name .image.digest -}}
{{- else -}}
{{- printf "%s:%s" $name (default .root.Chart.AppVersion .image.tag) -}}
{{- end -}}
{{- end -}}

{{/* The namespaces in which jobs run, comma-separated. */}}
{{- define "pimjobs.runnerNamespaces" -}}
{{- coalesce .Values.runner.namespaces .Values.watchNamespaces (list .Release.Namespace) | uniq | join "," -}}
{{- end -}}

{{/* What the operator gives every runner pod, as JSON. Helm drops a null; the operator has to see it. */}}
{{- define "pimjobs.runnerPod" -}}
{{- $security := dict "runAsUser" nil "runAsGroup" nil "fsGroup" nil -}}
{{- $security = mergeOverwrite $security (default dict .Values.runner.podSecurityContext) -}}
{{- $pod := dict "podSecurityContext" $security -}}
{{- $_ := set $pod "imagePullPolicy" .Values.runner.image.pullPolicy -}}
{{- range $name := list "resources" "imagePullSecrets" "priorityClassName" "runtimeClassName" "nodeSelector" "tolerations" "affinity" "topologySpreadConstraints" "podAnnotations" "podLabels" "extraEnv" "extraEnvFrom" "extraVolumes" "extraVolumeMounts" -}}
{{- with index $.Values.runner $name -}}{{- $_ := set $pod $name . -}}{{- end -}}
{{- end -}}
{{- toJson $pod -}}
{{- end -}}

{{/* The Secret that the chart makes where none is named. */}}
{{- define "pimjobs.ownDatabaseSecret" -}}
pimjob-database
{{- end -}}

{{- define "pimjobs.databaseSecret" -}}
{{- default (include "pimjobs.ownDatabaseSecret" .) .Values.database.existingSecret -}}
{{- end -}}

{{- define "pimjobs.filesClaim" -}}
{{- default "pimjob-data" .Values.files.existingClaim -}}
{{- end -}}

{{/* How a policy is chosen: dict "root" $ "policy" "caller". auto, required or off; what a value does not name is auto. */}}
{{- define "pimjobs.chosen" -}}
{{- $chosen := get (default dict .root.Values.admission) .policy | toString -}}
{{- get (dict "false" "off" "off" "off" "required" "required") $chosen | default "auto" -}}
{{- end -}}

{{/* Whether a policy is switched on: dict "root" $ "policy" "commands". */}}
{{- define "pimjobs.admits" -}}
{{- if ne (include "pimjobs.chosen" .) "off" -}}
true
{{- end -}}
{{- end -}}

{{/* Whether Helm has asked a cluster: offline it knows groups and versions, those of its own client, and no kinds. */}}
{{- define "pimjobs.clusterIsKnown" -}}
{{- if .Capabilities.APIVersions.Has "v1/Pod" -}}
true
{{- end -}}
{{- end -}}

{{/* The newest version of MutatingAdmissionPolicy that the cluster serves; empty if it serves none. Offline the version of
Kubernetes says it, from which on each cluster does. */}}
{{- define "pimjobs.mutatingApi" -}}
{{- $found := "" -}}
{{- range $version := list "v1alpha1" "v1beta1" "v1" -}}
{{- $api := printf "admissionregistration.k8s.io/%s" $version -}}
{{- if $.Capabilities.APIVersions.Has (printf "%s/MutatingAdmissionPolicy" $api) -}}
{{- $found = $api -}}
{{- end -}}
{{- end -}}
{{- if and (not $found) (not (include "pimjobs.clusterIsKnown" .)) (semverCompare ">=1.36.0-0" .Capabilities.KubeVersion.Version) -}}
{{- $found = "admissionregistration.k8s.io/v1" -}}
{{- end -}}
{{- $found -}}
{{- end -}}

{{/* Whether the cluster has a kind of the Prometheus Operator: dict "root" $ "kind" "ServiceMonitor". Offline the group
is taken for all of its kinds: --api-versions monitoring.coreos.com/v1. */}}
{{- define "pimjobs.hasMonitoring" -}}
{{- $versions := .root.Capabilities.APIVersions -}}
{{- $group := "monitoring.coreos.com/v1" -}}
{{- if or ($versions.Has (printf "%s/%s" $group .kind)) (and ($versions.Has $group) (not (include "pimjobs.clusterIsKnown" .root))) -}}
true
{{- end -}}
{{- end -}}

{{/* Whether the Prometheus Operator is there. */}}
{{- define "pimjobs.monitors" -}}
{{- if and .Values.metrics.serviceMonitor.enabled (include "pimjobs.hasMonitoring" (dict "root" . "kind" "ServiceMonitor")) -}}
true
{{- end -}}
{{- end -}}

{{/* Whether alerts can be installed. */}}
{{- define "pimjobs.rules" -}}
{{- if and .Values.alerts.enabled (include "pimjobs.hasMonitoring" (dict "root" . "kind" "PrometheusRule")) -}}
true
{{- end -}}
{{- end -}}

{{/* What the operator may do wherever it works. */}}
{{- define "pimjobs.operatorRules" -}}
- {apiGroups: [pimjobs.dev], resources: [pimjobs], verbs: [get, list, watch]}
- {apiGroups: [pimjobs.dev], resources: [pimreleases], verbs: [list, watch]}
- {apiGroups: [pimjobs.dev], resources: [pimjobs/status, pimreleases/status], verbs: [patch]}
# The finalizers subresource is what blockOwnerDeletion asks for where that admission is on.
- {apiGroups: [pimjobs.dev], resources: [pimjobs/finalizers], verbs: [update]}
# Rollouts of the Deployments that a PimRelease names.
- {apiGroups: [apps], resources: [deployments], verbs: [list, watch]}
- {apiGroups: [batch], resources: [jobs], verbs: [get, list, watch, create, delete]}
- {apiGroups: [""], resources: [pods], verbs: [list, watch]}
- {apiGroups: [""], resources: [events], verbs: [list, create]}
{{- if include "pimjobs.notifies" . }}
- {apiGroups: [pimjobs.dev], resources: [pimnotifiers], verbs: [get, list, watch]}
- {apiGroups: [pimjobs.dev], resources: [pimnotifications], verbs: [list, create]}
{{- end }}
{{- end -}}
