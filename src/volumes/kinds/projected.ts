import type { Volume } from '../../kube/objects.ts'
import type { PayloadFile } from '../atomic-writer.ts'
import { commonUser } from '../ownership.ts'
import type { VolumeContext, VolumeKind } from '../volume.ts'
import { payloadKind, type ResolvedPayload, type VolumeMode } from './payload-volume.ts'
import { type HeldToken, tokenSource } from './service-account-token.ts'
import { defaultFileMode, projectConfigMap, projectDownward, projectSecret, throwAll } from './sources.ts'
import { projectTrustBundle } from './trust-bundle.ts'

type ProjectedVolume = NonNullable<Volume['projected']>
type Source = NonNullable<ProjectedVolume['sources']>[number]
type Files = ReadonlyMap<string, PayloadFile>

/** kubelet: changes of what is projected are seen within a sync, a minute. */
const trustBundleMs = 60_000

/** Several sources in one directory: secrets, configMaps, the pod's fields, service account tokens. */
export const projectedKind = (mode: VolumeMode): VolumeKind =>
  payloadKind({ key: 'projected', directory: 'kubernetes.io~projected', tmpfs: true, resolver: projectedResolver }, mode)

function projectedResolver({ projected }: Volume, context: VolumeContext): () => Promise<ResolvedPayload> {
  const sources = projected?.sources ?? []
  const defaultMode = projected?.defaultMode ?? defaultFileMode
  const tokens = sources.map((source) => source.serviceAccountToken && tokenSource(context, source.serviceAccountToken))
  return async () => {
    const held = new Map<number, HeldToken>()
    const parts = await Promise.allSettled(
      sources.map(async (source, index): Promise<Files> => {
        const token = await tokens[index]?.()
        if (!token) return projectSource(source, context, defaultMode)
        held.set(index, token)
        return new Map([[source.serviceAccountToken?.path ?? 'token', tokenFile(token, context, defaultMode)]])
      }),
    )
    throwAll(parts.flatMap((part) => (part.status === 'rejected' ? [part.reason as Error] : [])))
    const payload = new Map(parts.flatMap((part) => (part.status === 'fulfilled' ? [...part.value] : [])))
    const refreshTimes = [...held.values()].map((token) => token.refreshAt)
    if (sources.some((source) => source.clusterTrustBundle)) refreshTimes.push(context.clock.wall() + trustBundleMs)
    return { payload, refreshAt: refreshTimes.length === 0 ? undefined : Math.min(...refreshTimes) }
  }
}

async function projectSource(source: Source, context: VolumeContext, defaultMode: number): Promise<Files> {
  const { secret, configMap, downwardAPI, clusterTrustBundle } = source
  if (clusterTrustBundle) return projectTrustBundle(context, clusterTrustBundle, defaultMode)
  if (secret) return (await projectSecret(context, secret.name ?? '', { ...secret, defaultMode })).files
  if (configMap) return (await projectConfigMap(context, configMap.name ?? '', { ...configMap, defaultMode })).files
  if (downwardAPI) return projectDownward(context, downwardAPI.items ?? [], defaultMode)
  const given = Object.keys(source).join(', ') || 'none'
  throw new Error(`projected source ${given} is not supported; use secret, configMap, downwardAPI, serviceAccountToken or clusterTrustBundle`)
}

/** kubelet 1.32, projected.go: with a known user or group only they may read the token (fsGroup then adds the group's bit). */
function tokenFile({ token }: HeldToken, context: VolumeContext, defaultMode: number): PayloadFile {
  const uid = commonUser(context.pod)
  const narrow = uid !== undefined || context.pod.spec?.securityContext?.fsGroup !== undefined
  return { data: Buffer.from(token), mode: narrow ? 0o600 : defaultMode, uid }
}
