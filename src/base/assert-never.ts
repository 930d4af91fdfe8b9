/** Ends a `switch` over a discriminated union: a new member that is not handled fails to compile, and throws if it gets here. */
export function assertNever(value: never): never {
  throw new Error(`unhandled case: ${JSON.stringify(value)}`)
}
