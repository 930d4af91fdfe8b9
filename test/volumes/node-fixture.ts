import { mkdtemp, realpath } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { silentLogger } from '../../src/base/log.ts'
import { ManualClock } from '../../src/base/manual-clock.ts'
import type { ConfigMap, PersistentVolume, Pod, Secret } from '../../src/kube/objects.ts'
import { unmountAll } from '../../src/volumes/clean-up.ts'
import { systemMounter } from '../../src/volumes/mounter.ts'
import { removeTree } from '../../src/volumes/tree/remove.ts'
import type { Mounter, VolumeContext } from '../../src/volumes/volume.ts'

/** A directory of its own, unmounted and deleted after the test. */
export async function scratch(t: TestContext): Promise<string> {
  const directory = await realpath(await mkdtemp(join(tmpdir(), 'psd-volumes-')))
  t.after(async () => {
    await unmountAll(directory, systemMounter)
    await removeTree(directory)
  })
  return directory
}

/** A namespace with settable objects and a pod whose volumes are set up on this machine. */
export async function aNode(t: TestContext, spec: NonNullable<Pod['spec']> = { containers: [] }, mounter: Mounter = systemMounter) {
  const root = await scratch(t)
  const clock = new ManualClock()
  const secrets = new Map<string, Secret>()
  const configMaps = new Map<string, ConfigMap>()
  const claims = new Map<string, PersistentVolume>()
  /** Certificates by the name of their bundle. */
  const bundles = new Map<string, string>()
  const tokens = { issued: 0, lifeMs: 3_607_000, failure: undefined as string | undefined }
  const pod: Pod = { metadata: { name: 'p', namespace: 'ns', uid: 'u1', labels: { app: 'a' } }, spec }
  const context: VolumeContext = {
    pod,
    podDirectory: join(root, 'pods/u1'),
    mounter,
    clock,
    log: silentLogger,
    sources: {
      secret: async (namespace, name) => (namespace === 'ns' ? secrets.get(name) : undefined),
      configMap: async (namespace, name) => (namespace === 'ns' ? configMaps.get(name) : undefined),
      serviceAccountToken: async () => {
        if (tokens.failure) throw new Error(tokens.failure)
        return { token: `token-${++tokens.issued}`, expiresAt: clock.wall() + tokens.lifeMs }
      },
      trustBundle: async ({ name = '' }) => bundles.get(name) ?? '',
      boundVolume: async (claim) => {
        const volume = claims.get(claim)
        if (!volume) throw new Error(`error processing PVC ns/${claim}: PVC is not bound`)
        return { claim: { metadata: { namespace: 'ns', name: claim } }, volume }
      },
      publishCsi: async (volume) => {
        throw new Error(`kubernetes.io/csi: driver name ${volume.driver} not found in the list of registered CSI drivers`)
      },
      refreshCsi: async () => ({ path: '', refreshes: false }),
      downwardField: (of, path) => {
        if (path !== 'metadata.labels') throw new Error(`unsupported fieldPath: ${path}`)
        return JSON.stringify(of.metadata?.labels)
      },
      downwardResource: (_pod, { resource }) => `value of ${resource}`,
      allocatableMemoryBytes: 64 * 2 ** 20,
    },
  }
  return { root, clock, bundles, claims, secrets, configMaps, tokens, pod, context }
}
