import type { FuzzTarget } from './target.ts'
import { apiAnswers } from './targets/api-answers.ts'
import { criAnswers } from './targets/cri-answers.ts'
import { customResources } from './targets/custom-resources.ts'
import { engineAnswers } from './targets/engine-answers.ts'
import { expressions } from './targets/expressions.ts'
import { podFiles } from './targets/pod-files.ts'
import { pods } from './targets/pods.ts'
import { requests } from './targets/requests.ts'
import { spdy } from './targets/spdy.ts'
import { websocket } from './targets/websocket.ts'

/** All that `npm run fuzz` feeds, in this order. */
export const fuzzTargets: readonly FuzzTarget[] = [
  apiAnswers,
  criAnswers,
  customResources,
  engineAnswers,
  expressions,
  podFiles,
  pods,
  requests,
  spdy,
  websocket,
]
