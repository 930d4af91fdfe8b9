import type { MessagePort } from 'node:worker_threads'
import { expose, wrap } from 'comlink'
import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs'
import { systemClock } from '../../src/base/clock.ts'
import type { LogFields, Logger } from '../../src/base/log.ts'
import { HostRuntime } from './host-runtime.ts'
import type { Roster } from './types.ts'
import { type HostApi, type LogLine, patienceMs, type UplinkApi } from './wire.ts'
import { type PackedDownward, unpacked } from './wire-runs.ts'

/** What a host task is given. The ports are transferred. */
export interface HostTask {
  readonly index: number
  readonly origin: string
  readonly rosterModule: string
  readonly rosterConfig: unknown
  readonly down: MessagePort
  readonly up: MessagePort
  /** Batches, one message each, in both directions: what they say needs no answer, and comlink would send one back for every batch. */
  readonly batches: MessagePort
}

/** The piscina task: runs a host until it is closed. An error that no actor owns rejects it, and the thread is replaced. */
export async function runHost(task: HostTask): Promise<void> {
  const uplink = wrap<UplinkApi>(nodeEndpoint(task.up))
  const say = (level: LogLine['level'], message: string, fields: LogFields) => void uplink.log({ level, message, fields: plain(fields) })
  const log = workerLogger(say, { host: task.index })
  // A rejection that nobody hears is a bug, and no reason to move hundreds of pods; an error thrown out of an event leaves a thread in no known state, and ends it.
  const onRejection = (error: unknown) => {
    log.error('a promise was rejected and nobody heard it', { error: error instanceof Error ? (error.stack ?? error.message) : String(error) })
    void uplink.escaped()
  }
  process.on('unhandledRejection', onRejection)
  const { roster } = (await import(task.rosterModule)) as { roster: Roster<unknown> }
  const environment = await roster.createEnvironment(task.rosterConfig, { index: task.index, clock: systemClock, log })
  const runtime = new HostRuntime({
    origin: task.origin,
    clock: systemClock,
    log,
    kinds: roster.kinds,
    environment,
    // Throws at once when something in it cannot be cloned.
    emit: async (batch) => task.batches.postMessage(batch),
    patienceMs,
  })
  const take = (batch: readonly PackedDownward[]) => runtime.accept(unpacked(batch))
  await new Promise<void>((resolve) => {
    const api: HostApi = {
      inspect: () => runtime.inspect(),
      readings: () => runtime.readings(),
      async close() {
        task.batches.off('message', take)
        await runtime.close()
        setImmediate(resolve)
      },
      die() {
        setImmediate(() => {
          throw new Error('this host was told to die')
        })
      },
    }
    expose(api, nodeEndpoint(task.down))
    task.batches.on('message', take)
    void uplink.ready()
  })
  process.off('unhandledRejection', onRejection)
  for (const port of [task.down, task.up, task.batches]) port.close()
}

function workerLogger(say: (level: LogLine['level'], message: string, fields: LogFields) => void, base: LogFields): Logger {
  const at = (level: LogLine['level']) => (message: string, fields?: LogFields) => say(level, message, { ...base, ...fields })
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), child: (fields) => workerLogger(say, { ...base, ...fields }) }
}

/** Only what can be cloned. */
const plain = (fields: LogFields): LogFields =>
  Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [
      key,
      value instanceof Error ? value.message : typeof value === 'object' || typeof value === 'function' ? JSON.stringify(value) : value,
    ]),
  )
