import type { FuzzTarget } from './target.ts'
import { engineAnswers } from './targets/engine-answers.ts'
import { podFiles } from './targets/pod-files.ts'

/** All that `npm run fuzz` feeds, in this order. */
export const fuzzTargets: readonly FuzzTarget[] = [engineAnswers, podFiles]
