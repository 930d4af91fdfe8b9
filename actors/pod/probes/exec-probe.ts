import { goDuration } from '../../../src/base/go-duration.ts'
import { goQuote } from '../../../src/base/go-quote.ts'
import { type ContainerEngine, type ContainerId, EngineError } from '../../../src/engine/engine.ts'
import { cut, type ProbeOutcome, probeOutputLimit } from './outcome.ts'

/** Passes when the command exits 0. A command that outlives `timeoutMs` fails, and so does one that is not there; one that the engine could not run is no verdict. */
export async function probeExec(
  engine: ContainerEngine,
  id: ContainerId,
  command: readonly string[],
  timeoutMs: number,
  signal: AbortSignal,
): Promise<ProbeOutcome> {
  try {
    const { exitCode, stdout, stderr } = await engine.exec(id, command, { timeoutMs, signal, maxOutputBytes: probeOutputLimit })
    return { result: exitCode === 0 ? 'success' : 'failure', output: cut(stdout + stderr) }
  } catch (error) {
    if (signal.aborted) return { result: 'unknown', output: 'stopped' }
    if (!(error instanceof EngineError)) throw error
    if (error.kind === 'timeout')
      return { result: 'failure', output: `command timed out: ${goQuote(command.join(' '))} timed out after ${goDuration(timeoutMs)}` }
    // A command that is not there is the pod's fault; what the engine could not do says nothing of the pod.
    return { result: error.kind === 'cannot-run' ? 'failure' : 'unknown', output: error.message }
  }
}
