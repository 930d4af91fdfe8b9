import type { Clock } from '../base/clock.ts'
import type { ContainerEngine } from '../engine/engine.ts'
import type { RuntimeOperations } from './runtime-operations.ts'

/**
 * The engine, with each call of it counted and timed under CRI's name for the operation. Of a stream (exec, attach) the opening is measured. Logs are files to CRI,
 * and events never end: neither is an operation.
 */
export function measuredEngine(engine: ContainerEngine, operations: RuntimeOperations, clock: Pick<Clock, 'monotonic'>): ContainerEngine {
  const measured = async <T>(call: () => Promise<T>, done: (seconds: number, failed: boolean) => void): Promise<T> => {
    const began = clock.monotonic()
    let failed = true
    try {
      const result = await call()
      failed = false
      return result
    } finally {
      done((clock.monotonic() - began) / 1000, failed)
    }
  }
  const as = <T>(operation: string, call: () => Promise<T>): Promise<T> => measured(call, (seconds, failed) => operations.done(operation, seconds, failed))
  const { checkpoint, streamUrls, writableLayers, rotateLogs, usePodCidr, updateSandbox } = engine
  return {
    info: () => as('version', () => engine.info()),
    status: () => as('status', () => engine.status()),
    runSandbox: (config, signal) =>
      measured(
        () => engine.runSandbox(config, signal),
        (seconds, failed) => {
          operations.done('run_podsandbox', seconds, failed)
          operations.sandboxRun(config.runtimeHandler ?? '', seconds, failed)
        },
      ),
    stopSandbox: (id) => as('stop_podsandbox', () => engine.stopSandbox(id)),
    removeSandbox: (id) => as('remove_podsandbox', () => engine.removeSandbox(id)),
    createContainer: (sandbox, config, signal) => as('create_container', () => engine.createContainer(sandbox, config, signal)),
    startContainer: (id) => as('start_container', () => engine.startContainer(id)),
    stopContainer: (id, graceSeconds) => as('stop_container', () => engine.stopContainer(id, graceSeconds)),
    removeContainer: (id) => as('remove_container', () => engine.removeContainer(id)),
    updateResources: (id, resources) => as('update_container', () => engine.updateResources(id, resources)),
    // CRI's status of a sandbox holds its containers too.
    podState: (uid, known) => as('podsandbox_status', () => engine.podState(uid, known)),
    listPods: () => as('list_podsandbox', () => engine.listPods()),
    events: (signal) => engine.events(signal),
    exec: (id, command, options) => as('exec_sync', () => engine.exec(id, command, options)),
    execStream: (id, command, options) => as('exec', () => engine.execStream(id, command, options)),
    attach: (id, options) => as('attach', () => engine.attach(id, options)),
    ...(streamUrls && {
      streamUrls: {
        exec: (id, command, options) => as('exec', () => streamUrls.exec(id, command, options)),
        attach: (id, options) => as('attach', () => streamUrls.attach(id, options)),
        portForward: (id) => as('port_forward', () => streamUrls.portForward(id)),
      },
    }),
    ...(writableLayers && { writableLayers: () => as('list_container_stats', () => writableLayers.call(engine)) }),
    ...(rotateLogs && { rotateLogs: (directory, rotation) => rotateLogs.call(engine, directory, rotation) }),
    ...(usePodCidr && { usePodCidr: (cidr) => as('update_runtime_config', () => usePodCidr.call(engine, cidr)) }),
    ...(updateSandbox && { updateSandbox: (id, resources) => as('update_podsandbox_resources', () => updateSandbox.call(engine, id, resources)) }),
    ...(checkpoint && {
      checkpoint: (id, location, timeoutSeconds) => as('checkpoint_container', () => checkpoint.call(engine, id, location, timeoutSeconds)),
    }),
    logs: (id, options) => engine.logs(id, options),
    imageState: (reference) => as('image_status', () => engine.imageState(reference)),
    listImages: () => as('list_images', () => engine.listImages()),
    imagesInUse: () => as('list_containers', () => engine.imagesInUse()),
    pullImage: (reference, credential, signal, pod) => as('pull_image', () => engine.pullImage(reference, credential, signal, pod)),
    removeImage: (id) => as('remove_image', () => engine.removeImage(id)),
    [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose](),
  }
}
