import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { NodeAnswer } from '../../actors/node/messages.ts'
import { NodeAnswers } from '../../actors/pod/node-answers.ts'
import { ManualClock } from '../../src/base/manual-clock.ts'

const answer = (name: string, networkProblem?: string): NodeAnswer => ({
  node: { metadata: { name } },
  hostIps: [],
  ...(networkProblem === undefined ? {} : { networkProblem }),
})

test('pods that begin together ask once what the node is like, and later ones anew', async () => {
  const clock = new ManualClock()
  const answers = new NodeAnswers(clock)
  let asked = 0
  const ask = async () => answer(`${++asked}`)
  const names = await Promise.all(Array.from({ length: 100 }, async () => (await answers.get(ask)).node?.metadata?.name))
  assert.deepEqual([...new Set(names)], ['1'])
  await clock.advance(999)
  assert.equal((await answers.get(ask)).node?.metadata?.name, '1')
  await clock.advance(1)
  assert.equal((await answers.get(ask)).node?.metadata?.name, '2')
})

test('a node without a network, or one that nobody knows yet, is asked for again each time', async () => {
  for (const poor of [answer('a', 'cni plugin not initialized'), { node: undefined, hostIps: [] }]) {
    const answers = new NodeAnswers(new ManualClock())
    assert.equal(await answers.get(async () => poor), poor)
    const good = answer('b')
    assert.equal(await answers.get(async () => good), good)
    assert.equal(await answers.get(async () => assert.fail('asked though it is known')), good)
  }
})

test('a question that failed is its own pod’s: the others ask themselves', async () => {
  const answers = new NodeAnswers(new ManualClock())
  const failed = answers.get(() => Promise.reject(new Error('the actor has stopped')))
  const other = answers.get(async () => answer('a'))
  await assert.rejects(failed, /the actor has stopped/)
  assert.equal((await other).node?.metadata?.name, 'a')
})
