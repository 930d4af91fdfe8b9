import type { Offset } from './ast.ts'
import type { Issue } from './issues.ts'

/** What is wrong with an expression's text, thrown where it is found. */
export class Refused extends Error {
  readonly issue: Issue
  constructor(at: Offset, message: string) {
    super(message)
    this.issue = { at, message }
  }
}

/** Throws `Refused`. */
export const refuse = (at: Offset, message: string): never => {
  throw new Refused(at, message)
}
