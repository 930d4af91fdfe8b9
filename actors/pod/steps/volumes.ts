import { backoffDelay } from '../../../src/base/backoff.ts'
import { sleep } from '../../../src/base/clock.ts'
import { LazyMap } from '../../../src/base/lazy-map.ts'
import type { Container, Volume } from '../../../src/kube/objects.ts'
import { pluginName, unknownPlugin } from '../../../src/volumes/plugin-name.ts'
import { kindOf, mountFailure, mountFailureReason } from '../../../src/volumes/registry.ts'
import { type MountedVolume, type VolumeContext, VolumeError, type VolumeSources } from '../../../src/volumes/volume.ts'
import type { PodScope } from '../scope.ts'
import { UnmountTimes } from './unmount-times.ts'
import { VolumeCount } from './volume-count.ts'

/** kubelet 1.32, `exponentialbackoff`: 500 ms doubling to 2 min 2 s. */
const mountRetry = { initialMs: 500, maxMs: 122_000 }
/** kubelet 1.32, `podAttachAndMountTimeout`: a sync waits so long, then tells of it and goes on waiting. */
const mountPatienceMs = 123_000
/** A refresh that failed is tried again after this. */
const refreshRetryMs = 60_000

/** A volume of the pod and why it is not there; the error may name what is behind it, such as a PersistentVolume. */
interface Failure {
  readonly volume: string
  readonly error: VolumeError
}

/** The volumes of one pod: set up with retries, followed to their sources. Undone by the clean-up. */
export class PodVolumes {
  readonly #scope: PodScope
  readonly #mounted = new LazyMap<string, MountedVolume>()
  readonly #count: VolumeCount
  #unmountTimes: UnmountTimes | undefined
  /** By name when (monotonic ms) a volume is to be refreshed: a wall clock that is set back puts nothing off. */
  readonly #refreshAt = new LazyMap<string, number>()
  /** There while a try waits for its turn. */
  #hurry: PromiseWithResolvers<void> | undefined

  constructor(scope: PodScope) {
    this.#scope = scope
    this.#count = new VolumeCount(scope.environment.metrics)
  }

  get mounted(): ReadonlyMap<string, MountedVolume> {
    return this.#mounted
  }

  /** For whoever unmounts them. */
  get unmountTimes(): UnmountTimes {
    const { paths, environment } = this.#scope
    this.#unmountTimes ??= new UnmountTimes(paths.directory, environment.clock, environment.metrics)
    return this.#unmountTimes
  }

  /** They are torn down: nothing of them is to be refreshed. */
  forget(): void {
    for (const mounted of this.#mounted.values()) this.unmountTimes.leaves(mounted, this.#count.plugin(mounted.name))
    this.#count.clear(this.#mounted)
    this.#mounted.clear()
    this.#refreshAt.clear()
  }

  /** This actor ends; what is mounted stays, for another to count. */
  stopCounting(): void {
    this.#count.close(this.#mounted)
  }

  /** Ends the present wait between two tries: something that volumes come from has changed. */
  hurry(): void {
    this.#hurry?.resolve()
    this.#hurry = undefined
  }

  /** When (wall-clock ms) a volume is to be refreshed though nobody told of a change. */
  nextRefreshAt(): number | undefined {
    const { clock } = this.#scope.environment
    return this.#refreshAt.size === 0 ? undefined : Math.min(...this.#refreshAt.values()) - clock.monotonic() + clock.wall()
  }

  dueForRefresh(): string[] {
    const now = this.#scope.environment.clock.monotonic()
    return [...this.#refreshAt].filter(([, at]) => at <= now).map(([name]) => name)
  }

  /** `at` is of the wall clock as it is now. */
  #refreshLater(name: string, at: number | undefined): void {
    const { clock } = this.#scope.environment
    if (at !== undefined) this.#refreshAt.set(name, at - clock.wall() + clock.monotonic())
  }

  /**
   * Sets up every volume that a container uses, again and again until all are there or the signal ends it.
   * `onFailure` gets what is wrong, for the pod's status.
   */
  async mountAll(sources: () => Promise<VolumeSources>, onFailure: (message: string) => void, signal: AbortSignal): Promise<void> {
    const { clock } = this.#scope.environment
    const began = clock.monotonic()
    let toldAt = began
    for (let failures = 1; ; failures++) {
      const failed = await this.#tryAll(await sources(), began, signal)
      signal.throwIfAborted()
      if (failed.length === 0) return
      onFailure(failed.map(({ error }) => error.message).join('; '))
      if (clock.monotonic() - toldAt >= mountPatienceMs) {
        toldAt = clock.monotonic()
        const names = (those: readonly Failure[]) => those.map(({ volume }) => volume).join(' ')
        const unattached = failed.filter(({ error }) => error.step === 'VerifyControllerAttachedVolume')
        const message = `Unable to attach or mount volumes: unmounted volumes=[${names(failed)}], unattached volumes=[${names(unattached)}], failed to process volumes=[]: timed out waiting for the condition`
        this.#scope.event('Warning', 'FailedMount', message)
      }
      const waited = new AbortController()
      const pause = sleep(clock, backoffDelay(mountRetry, failures, this.#scope.random), AbortSignal.any([signal, waited.signal])).catch(() => {})
      this.#hurry ??= Promise.withResolvers<void>()
      await Promise.race([pause, this.#hurry.promise])
      waited.abort()
      signal.throwIfAborted()
    }
  }

  async #tryAll(sources: VolumeSources, wantedAt: number, signal: AbortSignal): Promise<Failure[]> {
    const wanted = usedVolumes(this.#scope.pod.spec).filter((volume) => !this.#mounted.has(volume.name))
    const results = await Promise.all(wanted.map((volume) => this.#mount(volume, sources, wantedAt, signal)))
    return results.flatMap((error, index) => (error ? [{ volume: wanted[index]?.name ?? error.volume, error }] : []))
  }

  async #mount(volume: Volume, sources: VolumeSources, wantedAt: number, signal: AbortSignal): Promise<VolumeError | undefined> {
    const { clock, metrics, volumeKinds } = this.#scope.environment
    const began = clock.monotonic()
    const secondsSince = (time: number) => (clock.monotonic() - time) / 1000
    let plugin = unknownPlugin
    try {
      const kind = kindOf(volume, volumeKinds)
      plugin = pluginName(kind)
      this.#count.want(volume.name, plugin)
      const mounted = await kind.setUp(volume, this.#context(sources, signal))
      this.#mounted.set(volume.name, mounted)
      plugin = pluginName(kind, mounted)
      this.#count.have(volume.name, plugin)
      metrics.storage(mounted.isDevice ? 'map_volume' : 'volume_mount', plugin, secondsSince(began), false)
      if (!mounted.isDevice) metrics.volumeReady(plugin, secondsSince(wantedAt))
      this.#refreshLater(volume.name, mounted.refreshAt)
      return undefined
    } catch (cause) {
      if (signal.aborted) return undefined
      const error = cause instanceof VolumeError ? cause : new VolumeError(volume.name, cause instanceof Error ? cause.message : String(cause), { cause })
      metrics.storage(error.step.startsWith('MapVolume') ? 'map_volume' : 'volume_mount', plugin, secondsSince(began), true)
      if (error.step !== 'VerifyControllerAttachedVolume') this.#scope.event('Warning', mountFailureReason(error), mountFailure(error))
      return error
    }
  }

  /** They are refreshed at the next look. */
  refreshSoon(names: readonly string[]): void {
    for (const name of names) if (this.#mounted.has(name)) this.#refreshAt.set(name, Number.NEGATIVE_INFINITY)
  }

  /** Writes the contents of these volumes again where they changed. A failure keeps what is there and is tried again. */
  async refresh(names: readonly string[]): Promise<void> {
    const { clock, log } = this.#scope.environment
    for (const name of names) {
      const volume = this.#mounted.get(name)
      this.#refreshAt.delete(name)
      if (!volume?.refresh) continue
      try {
        const { refreshAt } = await volume.refresh()
        this.#refreshLater(name, refreshAt)
      } catch (error) {
        this.#refreshAt.set(name, clock.monotonic() + refreshRetryMs)
        const message = error instanceof Error ? error.message : String(error)
        const failure = error instanceof VolumeError ? error : new VolumeError(name, message)
        this.#scope.event('Warning', mountFailureReason(failure), mountFailure(failure))
        log.info('a volume could not be refreshed', { pod: this.#scope.uid, volume: name, error: message })
      }
    }
  }

  #context(sources: VolumeSources, signal: AbortSignal): VolumeContext {
    const scope = this.#scope
    const { environment, paths, context } = scope
    return {
      // A refresh shall see the pod as it is then.
      get pod() {
        return scope.pod
      },
      podDirectory: paths.directory,
      sources,
      mounter: environment.mounter,
      clock: environment.clock,
      log: context.log,
      signal,
    }
  }
}

/** The kubelet sets up only volumes that some container mounts. */
function usedVolumes(spec: PodScope['pod']['spec']): Volume[] {
  const containers = [...(spec?.initContainers ?? []), ...(spec?.containers ?? []), ...((spec?.ephemeralContainers ?? []) as Container[])]
  const used = new Set(containers.flatMap((each) => [...(each.volumeMounts ?? []), ...(each.volumeDevices ?? [])].map((mount) => mount.name)))
  return (spec?.volumes ?? []).filter((volume) => used.has(volume.name))
}
