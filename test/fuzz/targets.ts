import type { FuzzTarget } from './target.ts'

/** All that `npm run fuzz` feeds, in this order. */
export const fuzzTargets: readonly FuzzTarget[] = []
