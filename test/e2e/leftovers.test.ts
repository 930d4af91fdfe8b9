/** What pods that are gone left on the disk, of which the engine knows nothing: it goes, and what is a living pod's stays. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { LiveNode } from '../support/live-node.ts'
import { waitUntil } from '../support/wait-until.ts'

let node: LiveNode
before(async () => {
  node = await LiveNode.start()
})
after(() => node?.[Symbol.asyncDispose]())

test('directories and logs of pods that are gone are removed, those of pods that are there are kept', async () => {
  const { metadata } = await node.ready('stays', {})
  const inside = (...parts: string[]) => join(node.state, 'node', ...parts)
  const gone = '11111111-2222-3333-4444-555555555555'
  const left = [inside('pods', gone), inside('logs', `default_left_${gone}`)]
  await mkdir(join(left[0] ?? '', 'volumes/kubernetes.io~empty-dir/x'), { recursive: true })
  await mkdir(join(left[1] ?? '', 'c'), { recursive: true })
  await writeFile(join(left[1] ?? '', 'c/0.log'), 'x')
  // Rounds are a minute apart; the first comes soon after a start.
  await node.restart()
  await waitUntil('the leftovers to be gone', () => left.every((path) => !existsSync(path)), { timeoutMs: 80_000 })
  const uid = metadata?.uid ?? ''
  assert.deepEqual([inside('pods', uid), inside('logs', `default_stays_${uid}`, 'c')].map(existsSync), [true, true])
  assert.equal((await node.pod('stays')).status?.containerStatuses?.[0]?.restartCount, 0)
})
