import type { Kind } from '../kind.ts'
import { controllerRevisions } from './controller-revisions.ts'
import { daemonSets } from './daemon-sets.ts'
import { deployments } from './deployments.ts'
import { replicaSets } from './replica-sets.ts'
import { statefulSets } from './stateful-sets.ts'

export const appsKinds: readonly Kind[] = [controllerRevisions, daemonSets, deployments, replicaSets, statefulSets]
