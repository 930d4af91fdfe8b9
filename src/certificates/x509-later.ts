import { runInThisContext } from 'node:vm'
import { requireLater } from '../base/require-later.ts'

/** The library that reads and makes certificates, once there is one to be read or made: 21 MB that most starts of an agent do without. */
export function x509Later(): typeof import('@peculiar/x509') {
  // It is of no use without.
  requireLater('reflect-metadata')
  return requireLater('@peculiar/x509') as typeof import('@peculiar/x509')
}

const NodesDate = runInThisContext('Date') as DateConstructor

/** A time as that library takes it, in ms since the epoch: of Node's own realm, which a test runner's is not, and by which it knows a date from a text. */
export const x509Date = (ms: number): Date => new NodesDate(ms)
