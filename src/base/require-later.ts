import { runInThisContext } from 'node:vm'

// Jest puts its own in the place of `node:module`, which cannot require an ES module.
const { createRequire } = (runInThisContext('process') as NodeJS.Process).getBuiltinModule('node:module')

/** Node's own `require`, for a package that is large and seldom needed, where the caller cannot wait for an `import()`: `requireLater('x') as typeof import('x')`. */
export const requireLater: (name: string) => unknown = createRequire(import.meta.url)
