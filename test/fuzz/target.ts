import type { Random } from '../../src/engine/simulated/random.ts'

/** Something that takes what others send. It is fed seeded random input, round by round, and must stand it. */
export interface FuzzTarget {
  /** As `--target` names it: the file's name. */
  readonly name: string
  /** CPU time that one round may take of this thread. Absent: 1,000 ms. */
  readonly roundCpuMs?: number
  open(): Promise<FuzzSession>
}

/** What rounds share: a server, a connection, a directory. */
export interface FuzzSession extends AsyncDisposable {
  /**
   * One input and its checks. All that is random comes from `random`, which is the round's own, so that a round can be had again alone.
   * Rejects for a fault; what escapes meanwhile (an unhandled rejection) is one too.
   */
  round(random: Random): Promise<void>
}
