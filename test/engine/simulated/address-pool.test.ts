import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { AddressPool, rangeOfNode } from '../../../src/engine/simulated/address-pool.ts'

describe('addresses of simulated pods', () => {
  it('of many nodes are nobody else’s, whatever comes and goes', () => {
    const taken = new Set<string>()
    for (let index = 0; index < 20; index++) {
      const pool = new AddressPool<number>(rangeOfNode(index))
      const first = pool.take(0)
      pool.giveBack(first)
      // All that the range has, once around: without those that end in 0 or 255.
      const own = Array.from({ length: 4096 - 32 }, (_, pod) => pool.take(pod))
      assert.ok(own.includes(first), 'one given back is used again, last')
      assert.equal(own.at(-1), first)
      for (const address of own) {
        assert.ok(!taken.has(address), address)
        taken.add(address)
      }
      assert.throws(() => pool.take(0), { kind: 'internal' })
    }
  })

  it('know whose they are', () => {
    const pool = new AddressPool<string>(rangeOfNode(3))
    const address = pool.take('web')
    assert.equal(address, '10.64.48.1')
    assert.equal(pool.owner(address), 'web')
    pool.giveBack(address)
    assert.equal(pool.owner(address), undefined)
  })
})
