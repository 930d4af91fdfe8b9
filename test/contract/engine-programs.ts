/** Command lines of what the contract's tests run in containers. */
export interface EnginePrograms {
  /** Does nothing for minutes. */
  readonly sleep: readonly string[]
  readonly exit: (code: number) => readonly string[]
  /** Says `ready`, then runs until SIGTERM, at which it ends with this code. */
  readonly exitOnTerm: (code: number) => readonly string[]
  /** Says `ready`, then runs, deaf to SIGTERM. */
  readonly ignoreTerm: readonly string[]
  /** Writes lines to its standard output, then ends. */
  readonly print: (lines: readonly string[]) => readonly string[]
  /** Writes to both outputs and exits with the code. */
  readonly printBoth: (out: string, err: string, code: number) => readonly string[]
  /** Its input is its output. */
  readonly echo: readonly string[]
  /** Is not there: `no such file or directory`. */
  readonly cannotStart: readonly string[]
  /** Takes ever more memory, until it is stopped. */
  readonly eatMemory: readonly string[]
}

const shell = (script: string, ...args: string[]) => ['sh', '-c', script, 'sh', ...args]

/** The programs for an image with a POSIX shell. */
export const shellPrograms: EnginePrograms = {
  sleep: ['sleep', '600'],
  exit: (code) => shell(`exit ${code}`),
  exitOnTerm: (code) => shell(`trap 'exit ${code}' TERM; echo ready; while :; do sleep 0.1; done`),
  ignoreTerm: shell(`trap '' TERM; echo ready; while :; do sleep 0.1; done`),
  print: (lines) => shell('for line in "$@"; do echo "$line"; done', ...lines),
  printBoth: (out, err, code) => shell(`echo "$1"; echo "$2" >&2; exit ${code}`, out, err),
  echo: ['cat'],
  cannotStart: ['/no/such/program'],
  eatMemory: shell('x=aaaaaaaa; while :; do x="$x$x"; done'),
}
