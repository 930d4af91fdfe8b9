import type { Registry } from 'prom-client'
import Counter from 'prom-client/lib/counter.js'
import Gauge from 'prom-client/lib/gauge.js'
import Histogram from 'prom-client/lib/histogram.js'
import { imageSizeClass } from './image-size.ts'
import { type StorageOperation, StorageOperations, storageBuckets } from './storage-operations.ts'

export type ContainerType = 'container' | 'init_container' | 'ephemeral_container'
export type PodOperation = 'create' | 'update' | 'sync' | 'terminated'
export type CgroupOperation = 'create' | 'update' | 'destroy'
export type VolumeState = 'desired_state_of_world' | 'actual_state_of_world'

/** kubelet 1.32: seconds in which images are pulled. */
const pullBuckets = [1, 5, 10, 20, 30, 60, 120, 180, 240, 300, 360, 480, 600, 900, 1200, 1800, 2700, 3600]

/** The kubelet's figures of what pods' actors do, of all actors of one thread. Durations are in seconds. */
export class PodMetrics {
  readonly #operations: Histogram<'operation_type'>
  readonly #startedPods: Counter
  readonly #failedPods: Counter
  readonly #mappedPods: { readonly started: Counter; readonly failed: Counter }
  readonly #imageVolumes: { readonly requested: Counter; readonly mounted: Counter; readonly failed: Counter }
  readonly #startedContainers: Counter<'container_type'>
  readonly #failedContainers: Counter<'container_type' | 'code'>
  readonly #pulls: Histogram<'image_size_in_bytes'>
  readonly #storage: StorageOperations
  readonly #volumeWaits: Histogram<'plugin_name' | 'operation_name'>
  readonly #volumes: Gauge<'plugin_name' | 'state'>
  readonly #cgroups: CgroupOperations

  constructor(registry: Registry) {
    const registers = [registry]
    this.#operations = new Histogram({
      name: 'kubelet_pod_worker_duration_seconds',
      help: 'Duration in seconds to sync a single pod. Broken down by operation type: create, update, or sync',
      labelNames: ['operation_type'],
      registers,
    })
    this.#startedPods = new Counter({ name: 'kubelet_started_pods_total', help: 'Cumulative number of pods started', registers })
    this.#failedPods = new Counter({ name: 'kubelet_started_pods_errors_total', help: 'Cumulative number of errors when starting pods', registers })
    const counter = (name: string, help: string) => new Counter({ name: `kubelet_${name}_total`, help, registers })
    this.#mappedPods = {
      started: counter('started_user_namespaced_pods', 'Cumulative number of pods with user namespaces started.'),
      failed: counter('started_user_namespaced_pods_errors', 'Cumulative number of errors when starting pods with user namespaces.'),
    }
    this.#imageVolumes = {
      requested: counter('image_volume_requested', 'Number of requested image volumes.'),
      mounted: counter('image_volume_mounted_succeed', 'Number of successful image volume mounts.'),
      failed: counter('image_volume_mounted_errors', 'Number of failed image volume mounts.'),
    }
    this.#startedContainers = new Counter({
      name: 'kubelet_started_containers_total',
      help: 'Cumulative number of containers started',
      labelNames: ['container_type'],
      registers,
    })
    this.#failedContainers = new Counter({
      name: 'kubelet_started_containers_errors_total',
      help: 'Cumulative number of errors when starting containers',
      labelNames: ['container_type', 'code'],
      registers,
    })
    this.#pulls = new Histogram({
      name: 'kubelet_image_pull_duration_seconds',
      help: 'Duration in seconds to pull an image, waiting included.',
      labelNames: ['image_size_in_bytes'],
      buckets: pullBuckets,
      registers,
    })
    this.#storage = new StorageOperations(registry)
    this.#volumeWaits = new Histogram({
      name: 'volume_operation_total_seconds',
      help: 'Storage operation end to end duration in seconds',
      labelNames: ['plugin_name', 'operation_name'],
      buckets: storageBuckets,
      registers,
    })
    this.#volumes = new Gauge({
      name: 'volume_manager_total_volumes',
      help: 'Number of volumes in Volume Manager',
      labelNames: ['plugin_name', 'state'],
      registers,
    })
    this.#cgroups = new CgroupOperations(registry)
  }

  /** From what woke a pod's actor until nothing was left to do. */
  synced(operation: PodOperation, seconds: number): void {
    this.#operations.observe({ operation_type: operation }, seconds)
  }

  /** `mapped`: with a user namespace of its own. */
  podStarting(mapped = false): void {
    this.#startedPods.inc()
    if (mapped) this.#mappedPods.started.inc()
  }

  podFailed(mapped = false): void {
    this.#failedPods.inc()
    if (mapped) this.#mappedPods.failed.inc()
  }

  /** Image volumes of a container that is to start, and what became of them. */
  imageVolumes(what: 'requested' | 'mounted' | 'failed', count: number): void {
    if (count > 0) this.#imageVolumes[what].inc(count)
  }

  containerStarting(type: ContainerType): void {
    this.#startedContainers.inc({ container_type: type })
  }

  /** `code` is the container's waiting reason, such as ErrImagePull. */
  containerFailed(type: ContainerType, code: string): void {
    this.#failedContainers.inc({ container_type: type, code })
  }

  imagePulled(sizeBytes: number, seconds: number): void {
    this.#pulls.observe({ image_size_in_bytes: imageSizeClass(sizeBytes) }, seconds)
  }

  /** One try. */
  storage(operation: StorageOperation, plugin: string, seconds: number, failed: boolean): void {
    this.#storage.done(operation, plugin, seconds, failed)
  }

  /** A volume is there: the time since its pod first wanted it, with all tries and what they waited for. */
  volumeReady(plugin: string, seconds: number): void {
    this.#volumeWaits.observe({ plugin_name: plugin, operation_name: 'overall_volume_mount' }, seconds)
  }

  /** One more or one less of them. */
  volumes(plugin: string, state: VolumeState, by: 1 | -1): void {
    this.#volumes.inc({ plugin_name: plugin, state }, by)
  }

  cgroup(operation: CgroupOperation, seconds: number): void {
    this.#cgroups.done(operation, seconds)
  }
}

/** What is done to cgroups, those of pods and those above them. */
export class CgroupOperations {
  readonly #durations: Histogram<'operation_type'>

  constructor(registry: Registry) {
    this.#durations = new Histogram({
      name: 'kubelet_cgroup_manager_duration_seconds',
      help: 'Duration in seconds for cgroup manager operations. Broken down by method.',
      labelNames: ['operation_type'],
      registers: [registry],
    })
  }

  done(operation: CgroupOperation, seconds: number): void {
    this.#durations.observe({ operation_type: operation }, seconds)
  }
}
