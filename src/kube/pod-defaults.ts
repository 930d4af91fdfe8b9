import { own } from '../base/own.ts'
import type { Container, Pod, PodSpec, Probe, Volume } from './objects.ts'
import { defaultPodLevelRequests } from './pod-level-resources.ts'

/** Fills in what Kubernetes does in `SetDefaults_Pod` and its relatives. Works in place on a pod that is not yet shared. */
export function defaultPod(pod: Pod): void {
  pod.spec ??= {} as PodSpec
  const { spec } = pod
  spec.enableServiceLinks ??= true
  defaultPodSpec(spec)
  for (const container of allContainers(spec)) defaultOfPods(container, spec.hostNetwork === true)
  defaultPodLevelRequests(spec)
}

/** What a template of pods has too: `SetDefaults_PodSpec`. The rest waits until a pod is made of it. */
export function defaultPodSpec(spec: PodSpec): void {
  spec.restartPolicy ??= 'Always'
  spec.terminationGracePeriodSeconds ??= 30
  spec.dnsPolicy ??= 'ClusterFirst'
  spec.securityContext ??= {}
  spec.schedulerName ??= 'default-scheduler'
  if (spec.serviceAccountName || spec.serviceAccount) {
    spec.serviceAccountName ||= spec.serviceAccount
    spec.serviceAccount = spec.serviceAccountName
  }
  for (const container of allContainers(spec)) defaultContainer(container)
  for (const volume of spec.volumes ?? []) defaultVolume(volume)
}

/** Every container of the spec: init, main and ephemeral. */
export function allContainers(spec: PodSpec): Container[] {
  return [...(spec.initContainers ?? []), ...(spec.containers ?? []), ...((spec.ephemeralContainers ?? []) as Container[])]
}

function defaultContainer(container: Container): void {
  container.resources ??= {}
  container.terminationMessagePath ||= '/dev/termination-log'
  container.terminationMessagePolicy ||= 'File'
  if (!container.imagePullPolicy) container.imagePullPolicy = pullPolicy(container.image ?? '')
  for (const port of container.ports ?? []) port.protocol ??= 'TCP'
  for (const probe of [container.livenessProbe, container.readinessProbe, container.startupProbe]) if (probe) defaultProbe(probe)
  for (const hook of [container.lifecycle?.postStart, container.lifecycle?.preStop]) if (hook?.httpGet) defaultHttp(hook.httpGet)
  for (const variable of container.env ?? []) {
    if (variable.valueFrom?.fieldRef) variable.valueFrom.fieldRef.apiVersion ??= 'v1'
    if (variable.valueFrom?.resourceFieldRef) variable.valueFrom.resourceFieldRef.divisor ??= '0'
  }
}

function defaultOfPods(container: Container, hostNetwork: boolean): void {
  const { limits, requests } = container.resources ?? {}
  // A request that is missing is the limit. What was asked for stays first.
  if (Object.keys(limits ?? {}).some((name) => own(requests, name) === undefined))
    container.resources = { ...container.resources, requests: { ...requests, ...limits, ...requests } }
  if (hostNetwork) for (const port of container.ports ?? []) port.hostPort ??= port.containerPort
}

/** Always for `:latest` or no tag; a digest counts as a tag. */
function pullPolicy(image: string): string {
  if (image.includes('@')) return 'IfNotPresent'
  const name = image.slice(image.lastIndexOf('/') + 1)
  const tag = name.includes(':') ? name.slice(name.indexOf(':') + 1) : 'latest'
  return tag === 'latest' ? 'Always' : 'IfNotPresent'
}

function defaultProbe(probe: Probe): void {
  probe.timeoutSeconds ||= 1
  probe.periodSeconds ||= 10
  probe.successThreshold ||= 1
  probe.failureThreshold ||= 3
  if (probe.httpGet) defaultHttp(probe.httpGet)
  if (probe.grpc) probe.grpc.service ??= ''
}

function defaultHttp(action: { path?: string; scheme?: string }): void {
  action.path ||= '/'
  action.scheme ||= 'HTTP'
}

function defaultVolume(volume: Volume): void {
  const kinds = Object.keys(volume).filter((key) => key !== 'name')
  if (kinds.length === 0) volume.emptyDir = {}
  if (volume.secret) volume.secret.defaultMode ??= 0o644
  if (volume.configMap) volume.configMap.defaultMode ??= 0o644
  if (volume.downwardAPI) {
    volume.downwardAPI.defaultMode ??= 0o644
    for (const item of volume.downwardAPI.items ?? []) if (item.fieldRef) item.fieldRef.apiVersion ??= 'v1'
  }
  if (volume.image) volume.image.pullPolicy ||= pullPolicy(volume.image.reference ?? '')
  if (volume.hostPath) volume.hostPath.type ??= ''
  if (volume.projected) {
    volume.projected.defaultMode ??= 0o644
    for (const source of volume.projected.sources ?? []) {
      if (source.serviceAccountToken) source.serviceAccountToken.expirationSeconds ??= 3600
      for (const item of source.downwardAPI?.items ?? []) if (item.fieldRef) item.fieldRef.apiVersion ??= 'v1'
    }
  }
  if (volume.ephemeral?.volumeClaimTemplate?.spec) volume.ephemeral.volumeClaimTemplate.spec.volumeMode ??= 'Filesystem'
  if (volume.iscsi) volume.iscsi.iscsiInterface ??= 'default'
}
