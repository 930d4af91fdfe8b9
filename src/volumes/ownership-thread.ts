import { parentPort, workerData } from 'node:worker_threads'
import { applyFsGroup } from './ownership.ts'
import type { WalkAnswer, WalkOrder } from './ownership-apart.ts'

// What `applyFsGroupApart` starts: one walk, then its end.
const { root, group, options }: WalkOrder = workerData
const answer = await applyFsGroup(root, group, options).then(
  (): WalkAnswer => ({ done: true }),
  ({ message, code, syscall }: NodeJS.ErrnoException): WalkAnswer => ({ done: false, message, code, syscall }),
)
parentPort?.postMessage(answer)
