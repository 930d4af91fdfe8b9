import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import { imageSizeClass } from './image-size.ts'

export type ContainerType = 'container' | 'init_container' | 'ephemeral_container'
export type PodOperation = 'create' | 'update' | 'sync' | 'terminated'
export type CgroupOperation = 'create' | 'update' | 'destroy'
export type VolumeState = 'desired_state_of_world' | 'actual_state_of_world'

/** kubelet 1.32: seconds in which images are pulled. */
const pullBuckets = [1, 5, 10, 20, 30, 60, 120, 180, 240, 300, 360, 480, 600, 900, 1200, 1800, 2700, 3600]
/** kubelet 1.32: seconds in which storage does something. */
const storageBuckets = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 25, 50, 120, 300, 600]

/** The kubelet's figures of what pods' actors do, of all actors of one thread. Durations are in seconds. */
export class PodMetrics {
  readonly #operations: Histogram<'operation_type'>
  readonly #startedPods: Counter
  readonly #failedPods: Counter
  readonly #startedContainers: Counter<'container_type'>
  readonly #failedContainers: Counter<'container_type' | 'code'>
  readonly #pulls: Histogram<'image_size_in_bytes'>
  readonly #storage: Histogram<'volume_plugin' | 'operation_name' | 'status' | 'migrated'>
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
    this.#storage = new Histogram({
      name: 'storage_operation_duration_seconds',
      help: 'Storage operation duration',
      labelNames: ['volume_plugin', 'operation_name', 'status', 'migrated'],
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

  podStarting(): void {
    this.#startedPods.inc()
  }

  podFailed(): void {
    this.#failedPods.inc()
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

  volumeMounted(plugin: string, seconds: number, failed: boolean): void {
    this.#storage.observe({ volume_plugin: plugin, operation_name: 'volume_mount', status: failed ? 'fail-unknown' : 'success', migrated: 'false' }, seconds)
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
