/** What is wrong at one place of an expression's text. */
export interface Issue {
  /** In code points from the beginning. */
  readonly at: number
  readonly message: string
}

/** An expression that does not compile. `message` is what cel-go says of it, every issue with its place and its line. */
export class CompileError extends Error {
  readonly issues: readonly Issue[]

  constructor(source: string, issues: readonly Issue[]) {
    super(issues.map((issue) => written(source, issue)).join('\n'))
    this.issues = issues
  }
}

function written(source: string, { at, message }: Issue): string {
  const before = [...source].slice(0, at).join('')
  const line = before.split('\n').length
  const column = [...before.slice(before.lastIndexOf('\n') + 1)].length
  const text = source.split('\n')[line - 1] ?? ''
  return `ERROR: <input>:${line}:${column + 1}: ${message}\n | ${text.replaceAll('\t', ' ')}\n | ${'.'.repeat(column)}^`
}
