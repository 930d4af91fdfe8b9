import { requireLater } from '../base/require-later.ts'

/** The library that reads and makes certificates, once there is one to be read or made: 21 MB that most starts of an agent do without. */
export function x509Later(): typeof import('@peculiar/x509') {
  // It is of no use without.
  requireLater('reflect-metadata')
  return requireLater('@peculiar/x509') as typeof import('@peculiar/x509')
}
