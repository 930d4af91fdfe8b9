import { createHash } from 'node:crypto'
import type { PodState } from './engine.ts'

/** One text for the parts of a pod and which of them run: the same for a row of a list and for what a look at each part told. */
export function podFingerprint(parts: Iterable<{ readonly id: string; readonly runs: boolean }>): string {
  const lines = Array.from(parts, ({ id, runs }) => `${id} ${runs ? 'runs' : 'rests'}`).sort()
  return createHash('sha256').update(lines.join('\n')).digest('base64url')
}

/** That of a pod as it is known. */
export const stateFingerprint = ({ sandboxes, containers }: PodState): string =>
  podFingerprint([...sandboxes.map(({ id, ready }) => ({ id, runs: ready })), ...containers.map(({ id, state }) => ({ id, runs: state === 'running' }))])
