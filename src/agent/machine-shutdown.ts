import type { ActorSystem } from '../../actors/kernel/types.ts'
import { type NodeShutdownMessage, nodeAddresses } from '../../actors/node/messages.ts'
import { NodeShutdown, type NodeShutdownOptions } from '../../actors/node/shutdown/node-shutdown.ts'
import type { Logger } from '../base/log.ts'
import type { AgentConfig } from '../config/agent-config.ts'
import { type ShutdownGroup, shutdownGroups } from '../config/shutdown.ts'
import type { Logind, ShutdownLock } from '../logind/logind.ts'

export interface MachineShutdownParts {
  readonly groups: readonly ShutdownGroup[]
  readonly system: Pick<ActorSystem, 'send'>
  readonly logind: Pick<Logind, 'inhibitDelayMs' | 'setInhibitDelay' | 'hold' | 'watch'>
  readonly log: Logger
}

export interface NodeShutdownParts extends Omit<NodeShutdownOptions, 'groups' | 'finished'>, Pick<MachineShutdownParts, 'logind' | 'log'> {
  readonly config: AgentConfig
  readonly system: ActorSystem
}

/** Starts the actor that ends pods when the machine shuts down; `run` listens for that until aborted. */
export function spawnNodeShutdown(parts: NodeShutdownParts): { readonly active: () => boolean; readonly run: (signal: AbortSignal) => Promise<void> } {
  const { config, system, logind, log, ...options } = parts
  const groups = shutdownGroups(config)
  const machine = new MachineShutdown({ groups, system, logind, log })
  let actor: NodeShutdown | undefined
  system.spawnLocal(nodeAddresses.shutdown, (context) => {
    actor = new NodeShutdown(context, { ...options, groups, finished: () => machine.release() })
    return actor
  })
  return { active: () => actor?.active ?? false, run: (signal) => machine.run(signal) }
}

/** Holds the machine's shutdown up until the node's pods have ended. Nothing without groups, or where there is no logind: said once in the log. */
export class MachineShutdown {
  readonly #parts: MachineShutdownParts
  #lock: ShutdownLock | undefined

  constructor(parts: MachineShutdownParts) {
    this.#parts = parts
  }

  /** Until aborted. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { groups, system, logind, log } = this.#parts
    const neededMs = groups.reduce((sum, { graceSeconds }) => sum + graceSeconds * 1000, 0)
    if (neededMs === 0 || !(await this.#makeRoom(neededMs))) return
    if (!signal.aborted) this.#lock = logind.hold()
    log.info('the machine waits for its pods when it shuts down', { seconds: neededMs / 1000 })
    try {
      await logind.watch((coming) => {
        if (!coming) this.#lock ??= logind.hold()
        system.send(nodeAddresses.shutdown, { type: coming ? 'ShutdownComing' : 'ShutdownCancelled' } satisfies NodeShutdownMessage)
      }, signal)
    } finally {
      this.release()
    }
  }

  /** The machine may go down. */
  release(): void {
    this.#lock?.release()
    this.#lock = undefined
  }

  /** Whether logind can be asked; told so when it allows less time than the pods are to have. */
  async #makeRoom(neededMs: number): Promise<boolean> {
    const { logind, log } = this.#parts
    try {
      if ((await logind.inhibitDelayMs()) >= neededMs) return true
      await logind.setInhibitDelay(neededMs)
      const delayMs = await logind.inhibitDelayMs()
      if (delayMs < neededMs)
        log.warn('logind holds a shutdown up for less time than shutdownGracePeriod; raise InhibitDelayMaxSec in logind.conf', {
          inhibitDelaySeconds: delayMs / 1000,
          neededSeconds: neededMs / 1000,
        })
      return true
    } catch (error) {
      log.warn('graceful node shutdown is not available: systemd-logind cannot be asked', { error: String(error) })
      return false
    }
  }
}
