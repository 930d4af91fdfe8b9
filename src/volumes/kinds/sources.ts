import type { ConfigMap, Secret } from '../../kube/objects.ts'
import type { Payload, PayloadFile } from '../atomic-writer.ts'
import type { VolumeContext } from '../volume.ts'

/** An item of `items[]`: which key, to which path, with which mode. */
export interface KeyToPath {
  readonly key: string
  readonly path: string
  readonly mode?: number
}

/** How a secret or configMap is projected. */
export interface Projection {
  readonly items?: readonly KeyToPath[]
  readonly optional?: boolean
  readonly defaultMode: number
}

/** API default of `defaultMode`. */
export const defaultFileMode = 0o644

/** The payload and whether its source can never change. */
export interface ProjectedSource {
  readonly files: Payload
  readonly immutable: boolean
}

/** A secret's keys as files. A missing one that is not optional throws `secret "s" not found`. */
export async function projectSecret(context: VolumeContext, name: string, projection: Projection): Promise<ProjectedSource> {
  const secret = await context.sources.secret(namespaceOf(context), name)
  if (!secret && !projection.optional) throw new Error(`secret "${name}" not found`)
  return { files: pick(secretData(secret), projection, (key) => `references non-existent secret key: ${key}`), immutable: secret?.immutable === true }
}

/** A configMap's keys, binary ones too, as files. A missing one that is not optional throws `configmap "c" not found`. */
export async function projectConfigMap(context: VolumeContext, name: string, projection: Projection): Promise<ProjectedSource> {
  const configMap = await context.sources.configMap(namespaceOf(context), name)
  if (!configMap && !projection.optional) throw new Error(`configmap "${name}" not found`)
  const files = pick(configMapData(configMap), projection, (key) => `configmap references non-existent config key: ${key}`)
  return { files, immutable: configMap?.immutable === true }
}

const namespaceOf = (context: VolumeContext) => context.pod.metadata?.namespace ?? 'default'

function secretData(secret: Secret | undefined): Map<string, Uint8Array> {
  const data = Object.entries(secret?.data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64')] as const)
  // Write-only at the API server, but a static manifest's source may still have it.
  const plain = Object.entries(secret?.stringData ?? {}).map(([key, value]) => [key, Buffer.from(value)] as const)
  return new Map([...data, ...plain])
}

function configMapData(configMap: ConfigMap | undefined): Map<string, Uint8Array> {
  const text = Object.entries(configMap?.data ?? {}).map(([key, value]) => [key, Buffer.from(value)] as const)
  const binary = Object.entries(configMap?.binaryData ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64')] as const)
  return new Map([...text, ...binary])
}

function pick(data: ReadonlyMap<string, Uint8Array>, { items, optional, defaultMode }: Projection, missing: (key: string) => string): Payload {
  if (!items || items.length === 0) return new Map([...data].map(([key, bytes]) => [key, { data: bytes, mode: defaultMode }]))
  const files = new Map<string, PayloadFile>()
  for (const { key, path, mode } of items) {
    const bytes = data.get(key)
    if (bytes) files.set(path, { data: bytes, mode: mode ?? defaultMode })
    else if (!optional) throw new Error(missing(key))
  }
  return files
}

/** One downward item: a field or a resource, at a path. */
export interface DownwardItem {
  readonly path: string
  readonly mode?: number
  readonly fieldRef?: { readonly fieldPath: string }
  readonly resourceFieldRef?: { readonly containerName?: string; readonly resource: string; readonly divisor?: string }
}

/** The pod's own fields and resources as files. Throws with every item's failure, as the kubelet does. */
export function projectDownward(context: VolumeContext, items: readonly DownwardItem[], defaultMode: number): Payload {
  const files = new Map<string, PayloadFile>()
  const failures: Error[] = []
  for (const item of items) {
    try {
      files.set(item.path, { data: Buffer.from(downwardValue(context, item)), mode: item.mode ?? defaultMode })
    } catch (error) {
      failures.push(error as Error)
    }
  }
  throwAll(failures)
  return files
}

function downwardValue({ pod, sources }: VolumeContext, item: DownwardItem): string {
  if (item.fieldRef) return sources.downwardField(pod, item.fieldRef.fieldPath)
  if (item.resourceFieldRef) return sources.downwardResource(pod, item.resourceFieldRef)
  throw new Error(`downwardAPI item ${JSON.stringify(item.path)}: one of fieldRef, resourceFieldRef is required`)
}

/** One failure as it is, several as `[a, b]` (the kubelet's aggregate). */
export function throwAll(failures: readonly Error[]): void {
  if (failures.length === 1) throw failures[0]
  if (failures.length > 1) throw new AggregateError(failures, `[${failures.map((failure) => failure.message).join(', ')}]`)
}
