import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Occupancy } from '../../../actors/node/admission/occupancy.ts'
import { podUid } from '../../../src/kube/ids.ts'
import { aPod } from '../../support/builders.ts'

const pod = (milli: number, hostPort?: number, phase = 'Running') =>
  aPod()
    .withContainer({ name: 'c', resources: { requests: { cpu: `${milli}m` } }, ...(hostPort ? { ports: [{ containerPort: 80, hostPort }] } : {}) })
    .withStatus({ phase })
    .build()

test('the sum is that of the pods that are there, however they came and went', () => {
  const step = fc.record({ uid: fc.integer({ min: 0, max: 4 }), milli: fc.integer({ min: 0, max: 9 }), what: fc.constantFrom('set', 'end', 'delete') })
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const occupancy = new Occupancy()
      const there = new Map<number, number>()
      for (const { uid, milli, what } of steps) {
        if (what === 'delete') occupancy.delete(podUid(`${uid}`))
        else occupancy.set(podUid(`${uid}`), pod(milli, 1000 + milli, what === 'end' ? 'Succeeded' : 'Running'))
        if (what === 'set') there.set(uid, milli)
        else there.delete(uid)
      }
      const total = [...there.values()].reduce((sum, milli) => sum + milli, 0)
      assert.equal(occupancy.count, there.size)
      assert.equal(occupancy.used.get('cpu') ?? 0, total)
      assert.deepEqual(occupancy.ports.map(({ port }) => port - 1000).sort(), [...there.values()].sort())
    }),
  )
})

test('a pod whose requests cannot be read holds nothing', () => {
  const occupancy = new Occupancy()
  const unreadable = aPod()
    .withContainer({ name: 'c', resources: { requests: { cpu: 'many' } } })
    .build()
  assert.throws(() => occupancy.set(podUid('u'), unreadable), /not a quantity/)
  assert.equal(occupancy.count, 0)
  assert.equal(occupancy.used.size, 0)
})
