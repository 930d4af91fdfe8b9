import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { FsGroupChangePolicy } from './ownership.ts'

/** What the thread is to do. */
export interface WalkOrder {
  readonly root: string
  readonly group: number
  readonly options: { readonly readOnly?: boolean; readonly policy?: FsGroupChangePolicy }
}

export type WalkAnswer = { readonly done: true } | { readonly done: false; readonly message: string; readonly code?: string; readonly syscall?: string }

/** As `applyFsGroup`, on a thread of its own: a volume of millions of files shall not keep the node's thread from what it serves. */
export async function applyFsGroupApart(root: string, group: number, options: WalkOrder['options']): Promise<void> {
  const workerData: WalkOrder = { root, group, options }
  const worker = new Worker(new URL(`./ownership-thread${extname(import.meta.url)}`, import.meta.url), { workerData })
  const { promise, resolve, reject } = Promise.withResolvers<WalkAnswer>()
  worker.once('message', resolve).once('error', reject)
  worker.once('exit', () => reject(new Error(`the walk through ${root} to give it to group ${group} was ended`)))
  const answer = await promise
  if (!answer.done) throw Object.assign(new Error(answer.message), { code: answer.code, syscall: answer.syscall })
}
