import { connect } from 'node:net'
import { dialWords, joinHostPort } from '../../../src/go-http/errors.ts'
import type { ProbeOutcome } from './outcome.ts'

/** Passes when a TCP connection can be made. */
export function probeTcp(host: string, port: number, timeoutMs: number, signal: AbortSignal): Promise<ProbeOutcome> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, signal })
    const end = (outcome: ProbeOutcome) => {
      socket.destroy()
      resolve(outcome)
    }
    socket.setTimeout(timeoutMs, () => end({ result: 'failure', output: `dial tcp ${joinHostPort(host, port)}: i/o timeout` }))
    socket.once('connect', () => end({ result: 'success', output: '' }))
    socket.once('error', (error) =>
      end(signal.aborted ? { result: 'unknown', output: 'stopped' } : { result: 'failure', output: dialWords(host, port, error) }),
    )
  })
}
