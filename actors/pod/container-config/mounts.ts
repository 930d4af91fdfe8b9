import { own } from '../../../src/base/own.ts'
import type { ImageState } from '../../../src/engine/image.ts'
import type { Mount } from '../../../src/engine/settings.ts'
import type { Container } from '../../../src/kube/objects.ts'
import type { MountedVolume } from '../../../src/volumes/volume.ts'
import { ContainerConfigError } from '../rules.ts'
import { expanded } from './environment.ts'
import { Expansion } from './expansion.ts'

const propagations = { None: 'private', HostToContainer: 'rslave', Bidirectional: 'rshared' } as const

/** Finds a subPath inside its volume, safe against links that lead out; makes it when it is missing. */
export type ResolveSubPath = (request: { readonly volume: string; readonly index: number; readonly path: string }) => Promise<string>

export interface MountSources {
  readonly volumes: ReadonlyMap<string, MountedVolume>
  /** Of volumes that are images. */
  readonly images: ReadonlyMap<string, ImageState>
  readonly environment: ReadonlyMap<string, string>
  readonly resolve: ResolveSubPath
  /** Whether the engine can make what is mounted below a mount read-only too. */
  readonly recursiveReadOnly: boolean
}

/** The container's volume mounts as the engine binds them. Throws `ContainerConfigError` for a subPath that leaves its volume. */
export async function volumeMounts(container: Container, { volumes, images, environment, resolve, recursiveReadOnly }: MountSources): Promise<Mount[]> {
  const mounts: Mount[] = []
  for (const [index, mount] of (container.volumeMounts ?? []).entries()) {
    const volume = volumes.get(mount.name)
    if (!volume)
      throw new ContainerConfigError(
        'CreateContainerConfigError',
        `cannot find volume ${JSON.stringify(mount.name)} to mount into container ${JSON.stringify(container.name)}`,
      )
    const subPath = mount.subPathExpr ? expandedSubPath(mount.subPathExpr, environment) : mount.subPath
    const place = { containerPath: mount.mountPath.startsWith('/') ? mount.mountPath : `/${mount.mountPath}` }
    if (volume.image) {
      mounts.push({ ...place, hostPath: '', readOnly: true, image: { id: images.get(mount.name)?.id ?? '', reference: volume.image.reference, subPath } })
      continue
    }
    if (!recursiveReadOnly) refuseRecursive(mount)
    const recursive = recursiveReadOnly && mount.readOnly === true && ['Enabled', 'IfPossible'].includes(mount.recursiveReadOnly ?? '')
    mounts.push({
      hostPath: subPath ? await subPathOf(container, { volume: mount.name, index, path: subPath }, resolve) : volume.hostPath,
      ...place,
      readOnly: volume.readOnly || mount.readOnly === true,
      propagation: own(propagations, mount.mountPropagation ?? 'None') ?? 'private',
      ...(recursive ? { recursiveReadOnly: true } : {}),
    })
  }
  return mounts
}

function expandedSubPath(written: string, environment: ReadonlyMap<string, string>): string {
  const missing = new Set<string>()
  const expansion = new Expansion((name) => {
    const value = environment.get(name)
    if (!value) missing.add(name)
    return value
  })
  const path = expanded(expansion, 'subPathExpr', written)
  // kubelet, ExpandContainerVolumeMounts: an empty value is missing too.
  if (missing.size > 0) throw new ContainerConfigError('CreateContainerConfigError', `missing value for ${[...missing].sort().join(', ')}`)
  return path
}

/** kubelet 1.32, resolveRecursiveReadOnly, of a runtime that lacks it: Docker has it from Engine 25 on. `IfPossible` is then a plain read-only mount. */
function refuseRecursive({ name, recursiveReadOnly }: NonNullable<Container['volumeMounts']>[number]): void {
  if (recursiveReadOnly !== 'Enabled') return
  const message = `volume ${JSON.stringify(name)} requested recursive read-only mode, but it is not supported by the runtime`
  throw new ContainerConfigError('CreateContainerConfigError', message)
}

async function subPathOf(container: Container, request: Parameters<ResolveSubPath>[0], resolve: ResolveSubPath): Promise<string> {
  try {
    return await resolve(request)
  } catch (cause) {
    const message = `failed to prepare subPath for volumeMount ${JSON.stringify(request.volume)} of container ${JSON.stringify(container.name)}: ${cause instanceof Error ? cause.message : String(cause)}`
    throw new ContainerConfigError('CreateContainerConfigError', message, { cause })
  }
}
