import { join } from 'node:path'
import type { ActorSystem } from '../../actors/kernel/types.ts'
import type { CsiMessage } from '../../actors/node/csi/messages.ts'
import { measureDisks } from '../../actors/node/disk-meter.ts'
import { Eviction, type EvictionOptions } from '../../actors/node/eviction/eviction.ts'
import { ImageGc, type ImageGcOptions } from '../../actors/node/images/image-gc.ts'
import { type ContainersObserved, nodeAddresses } from '../../actors/node/messages.ts'
import { Resources, type ResourcesOptions } from '../../actors/node/resources.ts'
import type { Clock } from '../base/clock.ts'
import type { AgentConfig } from '../config/agent-config.ts'
import type { ContainerEngine, ContainerId } from '../engine/engine.ts'
import { pauseImageReference } from '../engine/pause-image/pause-image.ts'
import type { SimulatedEngine } from '../engine/simulated/simulated-engine.ts'
import type { PodUid } from '../kube/ids.ts'
import type { Pod } from '../kube/objects.ts'
import { detectCgroupLayout } from '../stats/cgroup/layout.ts'
import { diskUsage } from '../stats/disk-usage.ts'
import { deviceStats, type FilesystemStats, filesystemStats, remoteFilesystemStats } from '../stats/filesystem.ts'
import type { VolumeStatistics } from '../volumes/volume.ts'
import { SimulatedSamples, simulatedDisks, simulatedNetworkOf } from './simulated-machine.ts'

export interface ResourceActorsParts
  extends Omit<EvictionOptions, 'localStorage' | 'maxPodGraceSeconds' | 'measureNow' | 'reader' | 'removeUnusedImages'>,
    Pick<ResourcesOptions, 'reader' | 'random' | 'sampled'> {
  readonly config: AgentConfig
  readonly system: ActorSystem
  /** Containers are processes of this machine, in cgroups. */
  readonly isReal: boolean
  readonly simulated: SimulatedEngine | undefined
  readonly clock: Clock
  readonly engine: ContainerEngine
  /** '' where the engine keeps no images on a disk. */
  readonly imageFsPath: string
  readonly imageRemoved: ImageGcOptions['removed']
}

/** Starts the actors that measure what the node and its pods use, and that evict. Answers how many pods were evicted, by signal. */
export function spawnResourceActors(parts: ResourceActorsParts): { readonly evictions: () => ReadonlyMap<string, number> } {
  const { config, system, isReal, simulated, clock, reader, resources, random, sampled, engine, imageFsPath, imageRemoved, ...eviction } = parts
  const podsDirectory = join(config.rootDirectory, 'pods')
  const disks = {
    periodMs: config.volumeStatsAggPeriodMs,
    measure: async (pods: readonly ContainersObserved[], signal: AbortSignal) =>
      simulated
        ? simulatedDisks(simulated, pods, clock.wall())
        : measureDisks(
            pods,
            { podsDirectory, measure: diskUsage, ask: (statistics) => askVolume(system, statistics), layers: engine.writableLayers, clock },
            signal,
          ),
  }
  const samples = simulated && new SimulatedSamples(simulated, clock)
  const simulation = simulated && samples && { sampleOf: (id: ContainerId) => samples.of(id), networkOf: (uid: PodUid) => simulatedNetworkOf(simulated, uid) }
  let measuring: Resources | undefined
  const measureNow = async (disks: boolean, signal: AbortSignal) => measuring?.measureNow(disks, signal)
  system.spawnLocal(nodeAddresses.resources, (context) => {
    const layout = isReal ? detectCgroupLayout() : undefined
    measuring = new Resources(context, { reader, table: resources, layout, simulation, disks: isReal || simulated ? disks : undefined, random, sampled })
    return measuring
  })
  const { imageGcHighThresholdPercent: highPercent, imageGcLowThresholdPercent: lowPercent, podInfraContainerImage } = config
  let imageGc: ImageGc | undefined
  if (imageFsPath !== '' && highPercent < 100)
    system.spawnLocal(nodeAddresses.imageGc, (context) => {
      imageGc = new ImageGc(context, {
        ...{ engine, highPercent, lowPercent, minimumAgeMs: config.imageMinimumGcAgeMs, maximumAgeMs: config.imageMaximumGcAgeMs },
        disk: () => filesystemStats(imageFsPath),
        isPinned: ({ repoTags }) => repoTags.some((tag) => tag === (podInfraContainerImage ?? pauseImageReference)),
        mountedImages: () => [...eviction.pods.all()].flatMap(imageVolumes),
        nodeEvents: eviction.nodeEvents,
        removed: imageRemoved,
      })
      return imageGc
    })
  const removeUnusedImages = async () => imageGc?.removeUnused()
  let actor: Eviction | undefined
  system.spawnLocal(nodeAddresses.eviction, (context) => {
    const { localStorageCapacityIsolation: localStorage, evictionMaxPodGracePeriodSeconds: maxPodGraceSeconds } = config
    actor = new Eviction(context, { ...eviction, resources, reader, localStorage, maxPodGraceSeconds, measureNow, ...(imageGc ? { removeUnusedImages } : {}) })
    return actor
  })
  return { evictions: () => actor?.counts ?? new Map() }
}

const imageVolumes = ({ spec }: Pod): string[] => (spec?.volumes ?? []).flatMap(({ image }) => image?.reference ?? [])

/** A driver that does not answer by then is left out of the figures. */
const driverPatienceMs = 40_000

function askVolume(system: Pick<ActorSystem, 'ask'>, statistics: VolumeStatistics): Promise<FilesystemStats | undefined> {
  switch (statistics.by) {
    case 'file-system':
      return remoteFilesystemStats(statistics.path)
    case 'device':
      return deviceStats(statistics.path)
    case 'driver': {
      const { driver, volumeHandle, path } = statistics
      const question: CsiMessage = { type: 'StatCsi', driver, volumeHandle, path }
      return system.ask<FilesystemStats | undefined>(nodeAddresses.csi, question, { timeoutMs: driverPatienceMs })
    }
  }
}
