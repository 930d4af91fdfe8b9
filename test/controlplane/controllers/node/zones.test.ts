import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { EvictionLimiter } from '../../../../src/controlplane/controllers/node/eviction-limiter.ts'
import { evictionInterval, isCutOff, zoneStateOf } from '../../../../src/controlplane/controllers/node/zones.ts'

describe('how fast the nodes of a zone may lose their pods', () => {
  const rows: [ready: number, notReady: number, interval: number | undefined][] = [
    [3, 0, 10_000],
    [1, 2, 10_000],
    [4, 3, 10_000],
    [2, 3, undefined],
    [0, 3, 10_000],
    [40, 60, 100_000],
    [60, 40, 10_000],
  ]
  for (const [ready, notReady, interval] of rows)
    it(`with ${ready} ready and ${notReady} not: ${interval === undefined ? 'none may' : `one in ${interval / 1000} s`}`, () =>
      assert.equal(evictionInterval(zoneStateOf(ready, notReady), ready + notReady), interval))

  it('no zone has a ready node: none may, unless there is but one node', () => {
    assert.equal(isCutOff(['FullDisruption', 'FullDisruption'], 4), true)
    assert.equal(isCutOff(['FullDisruption', 'Normal'], 4), false)
    assert.equal(isCutOff(['FullDisruption'], 1), false)
  })

  it('one of each zone at a time, in the order in which they were lost', () => {
    const limiter = new EvictionLimiter()
    limiter.setInterval('a', 10)
    limiter.setInterval('b', undefined)
    for (const [zone, node] of [
      ['a', 'a1'],
      ['a', 'a2'],
      ['a', 'a3'],
      ['b', 'b1'],
    ] as const)
      limiter.enqueue(zone, node)
    assert.deepEqual(limiter.take(100), { nodes: ['a1'], nextAt: 110 })
    assert.deepEqual(limiter.take(109), { nodes: [], nextAt: 110 })
    limiter.dequeue('a2')
    limiter.setInterval('b', 10)
    assert.deepEqual(limiter.take(110), { nodes: ['a3', 'b1'], nextAt: Number.POSITIVE_INFINITY })
  })
})
