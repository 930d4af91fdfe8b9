import { makeDirectorySync } from '../../base/make-directory.ts'
import { sandboxes } from '../../protobuf/cri/sandbox.ts'
import { EngineError, type SandboxConfig, type SandboxId, type SandboxState } from '../engine.ts'
import type { CriConnection } from './connection.ts'
import { runtimeMessage } from './errors.ts'
import { label } from './labels.ts'
import { importSandboxImage } from './pause-import.ts'
import { lookAtSandbox } from './pod-state.ts'
import { sandboxMessage } from './sandbox-config.ts'
import type { SandboxConfigs } from './sandbox-configs.ts'

/** Runs the sandbox; the runtime answers once its network is up. Of an attempt that exists the existing one is returned. */
export async function runSandbox(connection: CriConnection, configs: SandboxConfigs, config: SandboxConfig, signal?: AbortSignal): Promise<SandboxState> {
  const { pod } = config
  const message = sandboxMessage(config)
  makeDirectorySync(config.logDirectory, 0o755)
  const id = await run(connection, config, message, signal)
  configs.remember(id, message)
  const state = await lookAtSandbox(connection, id, pod)
  if (!state) throw new EngineError('not-found', `the sandbox ${id} of pod ${pod.namespace}/${pod.name} is gone as soon as it was made`)
  return state
}

async function run(
  connection: CriConnection,
  config: SandboxConfig,
  message: ReturnType<typeof sandboxMessage>,
  signal: AbortSignal | undefined,
): Promise<SandboxId> {
  const what = `make the sandbox of pod ${config.pod.namespace}/${config.pod.name}`
  const ask = async () => {
    const request = { config: message, runtimeHandler: config.runtimeHandler }
    // kubelet: a sandbox has twice the time of other calls. Not interrupted: half a network would be left.
    const { podSandboxId } = await connection.change(what, sandboxes.run, request, { deadlineMs: 2 * connection.timeoutMs, later: true })
    return podSandboxId as SandboxId
  }
  signal?.throwIfAborted()
  try {
    return await ask()
  } catch (error) {
    if (!(error instanceof EngineError) || error.kind === 'unreachable') throw error
    const existing = await sandboxOfAttempt(connection, config)
    if (existing !== undefined) return existing
    if (!lacksPauseImage(error) || !(await importSandboxImage(connection))) throw error
    return ask()
  }
}

async function sandboxOfAttempt(connection: CriConnection, { pod, attempt }: SandboxConfig): Promise<SandboxId | undefined> {
  const filter = { labelSelector: { [label.podUid]: pod.uid } }
  const { items } = await connection.read('list sandboxes', sandboxes.list, { filter })
  return items.find(({ metadata }) => metadata?.attempt === attempt && metadata.name === pod.name)?.id as SandboxId | undefined
}

/** containerd: "failed to get sandbox image"; CRI-O: "… pause image …". */
const lacksPauseImage = (error: EngineError): boolean => /sandbox image|pause image/i.test(runtimeMessage(error))
