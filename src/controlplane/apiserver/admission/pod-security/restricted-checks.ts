import type { Volume } from '../../../../kube/objects.ts'
import { isGoodSeccomp, seccompProfile } from './baseline-checks.ts'
import { type Check, containersOf, containersText, inUserNamespace, isWindows, plural, quoted, settersText, sorted } from './words.ts'

/** From 1.25 on what is about Linux is not asked of a pod for Windows. */
export const unlessWindows =
  (check: Check): Check =>
  (pod) =>
    isWindows(pod.spec) ? undefined : check(pod)

/** From 1.35 on a pod of a user namespace of its own may be root in it. */
export const unlessInUserNamespace =
  (check: Check): Check =>
  (pod) =>
    inUserNamespace(pod.spec) ? undefined : check(pod)

export const allowPrivilegeEscalation: Check = ({ spec }) => {
  const names = containersOf(spec).filter(({ securityContext }) => securityContext?.allowPrivilegeEscalation !== false)
  if (names.length === 0) return undefined
  const who = containersText(names.map(({ name }) => name))
  return { reason: 'allowPrivilegeEscalation != false', detail: `${who} must set securityContext.allowPrivilegeEscalation=false` }
}

export const unrestrictedCapabilities: Check = ({ spec }) => {
  const all = containersOf(spec).map(({ name, securityContext }) => {
    const { add = [], drop = [] } = securityContext?.capabilities ?? {}
    return { name, drops: drop.includes('ALL'), adds: add.filter((each) => each !== 'NET_BIND_SERVICE') }
  })
  const keeping = all.filter(({ drops }) => !drops).map(({ name }) => name)
  const adding = all.filter(({ adds }) => adds.length > 0)
  const details = [
    ...(keeping.length > 0 ? [`${containersText(keeping)} must set securityContext.capabilities.drop=["ALL"]`] : []),
    ...(adding.length > 0
      ? [
          `${containersText(adding.map(({ name }) => name))} must not include ${quoted(sorted(adding.flatMap(({ adds }) => adds)))} in securityContext.capabilities.add`,
        ]
      : []),
  ]
  return details.length > 0 ? { reason: 'unrestricted capabilities', detail: details.join('; ') } : undefined
}

const allowedVolumes = ['configMap', 'csi', 'downwardAPI', 'emptyDir', 'ephemeral', 'image', 'persistentVolumeClaim', 'projected', 'secret']
const otherVolumes = [
  ...['hostPath', 'gcePersistentDisk', 'awsElasticBlockStore', 'gitRepo', 'nfs', 'iscsi', 'glusterfs', 'rbd', 'flexVolume', 'cinder', 'cephfs'],
  ...['flocker', 'fc', 'azureFile', 'vsphereVolume', 'quobyte', 'azureDisk', 'photonPersistentDisk', 'portworxVolume', 'scaleIO', 'storageos'],
]

export const restrictedVolumes: Check = ({ spec }) => {
  const has = (volume: Volume, type: string) => (volume as unknown as Readonly<Record<string, unknown>>)[type] !== undefined
  const bad = (spec.volumes ?? []).filter((volume) => !allowedVolumes.some((type) => has(volume, type)))
  if (bad.length === 0) return undefined
  const types = sorted(bad.map((volume) => otherVolumes.find((type) => has(volume, type)) ?? 'unknown'))
  const who = `${plural(bad.length, 'volume')} ${quoted(bad.map(({ name }) => name))} ${plural(bad.length, 'uses', 'use')}`
  return { reason: 'restricted volume types', detail: `${who} ${plural(types.length, 'restricted volume type')} ${quoted(types)}` }
}

export const runAsNonRoot: Check = ({ spec }) => {
  const own = spec.securityContext?.runAsNonRoot
  const said = containersOf(spec).map(({ name, securityContext }) => ({ name, runAsNonRoot: securityContext?.runAsNonRoot }))
  const root = said.filter(({ runAsNonRoot }) => runAsNonRoot === false).map(({ name }) => name)
  const reason = 'runAsNonRoot != true'
  if (own === false || root.length > 0) return { reason, detail: `${settersText(own === false, root)} must not set securityContext.runAsNonRoot=false` }
  const silent = said.filter(({ runAsNonRoot }) => runAsNonRoot === undefined).map(({ name }) => name)
  if (own === true || silent.length === 0) return undefined
  return { reason, detail: `pod or ${containersText(silent)} must set securityContext.runAsNonRoot=true` }
}

export const runAsUser: Check = ({ spec }) => {
  const own = spec.securityContext?.runAsUser === 0
  const root = containersOf(spec)
    .filter(({ securityContext }) => securityContext?.runAsUser === 0)
    .map(({ name }) => name)
  return own || root.length > 0 ? { reason: 'runAsUser=0', detail: `${settersText(own, root)} must not set runAsUser=0` } : undefined
}

export const seccompProfileSet: Check = (pod) => {
  const wrong = seccompProfile(pod)
  if (wrong) return wrong
  if (isGoodSeccomp(pod.spec.securityContext?.seccompProfile?.type)) return undefined
  const silent = containersOf(pod.spec).filter(({ securityContext }) => !securityContext?.seccompProfile)
  if (silent.length === 0) return undefined
  const who = containersText(silent.map(({ name }) => name))
  return { reason: 'seccompProfile', detail: `pod or ${who} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"` }
}
