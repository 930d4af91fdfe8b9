import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type HostPort, TakenPorts } from '../../src/kube/host-ports.ts'

const conflict = (a: HostPort, b: HostPort) => a.port === b.port && a.protocol === b.protocol && (a.ip === b.ip || a.ip === '0.0.0.0' || b.ip === '0.0.0.0')
const port = fc.record({
  protocol: fc.constantFrom('TCP', 'UDP'),
  port: fc.integer({ min: 1, max: 3 }),
  ip: fc.constantFrom('0.0.0.0', '10.0.0.1', '10.0.0.2'),
})

test('a port fits when it conflicts with none that is taken, whatever was taken and given back', () => {
  fc.assert(
    fc.property(fc.array(port), fc.array(port), port, (kept, gone, wanted) => {
      const taken = new TakenPorts([...gone, ...kept])
      for (const each of gone) taken.delete(each)
      assert.equal(
        taken.conflicts(wanted),
        kept.some((each) => conflict(each, wanted)),
      )
    }),
  )
})
