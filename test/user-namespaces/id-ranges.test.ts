import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { cutIds, defaultIds, idUnit, parseSubordinateIds, partOf } from '../../src/user-namespaces/id-ranges.ts'

test('what getsubids says is one line of one range', () => {
  assert.deepEqual(parseSubordinateIds('0: kubelet 65536 7208960\n'), { first: 65_536, length: 7_208_960 })
  for (const [output, message] of [
    ['0: kubelet 65536 65536\n1: kubelet 200000 65536\n', /must contain only one line/],
    ['', /invalid line ""/],
    ['0: kubelet 65536', /invalid line/],
    ['0: kubelet first 65536', /invalid line/],
    ['0: kubelet 65536 99999999999', /invalid line/],
  ] as const)
    assert.throws(() => parseSubordinateIds(output), message)
})

const refused: readonly (readonly [first: number, length: number, idsPerPod: number, maxPods: number, message: string])[] = [
  [idUnit, idUnit * 110, 1000, 110, 'kubelet user namespace length 1000 is not a multiple of 65536'],
  [100_000, idUnit * 110, idUnit, 110, 'kubelet user assigned ID 100000 is not a multiple of 65536'],
  [0, idUnit * 110, idUnit, 110, 'kubelet user assigned ID 0 must be greater or equal to 65536'],
  [idUnit, 100_000, idUnit, 1, 'kubelet user assigned IDs length 100000 is not a multiple of 65536'],
  [idUnit, idUnit * 109, idUnit, 110, 'kubelet user assigned IDs are not enough to support 110 pods'],
]
for (const [first, length, idsPerPod, maxPods, message] of refused)
  test(`ids that a kubelet does not take: ${message}`, () => assert.throws(() => cutIds({ first, length }, idsPerPod, maxPods), { message }))

test('where nothing is said every id but the node’s own users’ is a pod’s, and the id that is none is nobody’s', () => {
  for (const idsPerPod of [idUnit, 3 * idUnit, 16 * idUnit]) {
    const { first, length } = defaultIds(idsPerPod)
    const ranges = cutIds({ first, length }, idsPerPod, 110)
    assert.equal(first, idsPerPod)
    assert.ok(first + length - 1 < 2 ** 32 - 1)
    assert.ok(first + length + idsPerPod > 2 ** 32 - 1, 'none is left over that would make a part')
    assert.equal(partOf(ranges, first, idsPerPod), 0)
  }
})

test('the part that begins with an id is found again, and ids of no part are refused', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 110, max: 500 }), fc.nat(499), (start, count, index) => {
      const ranges = cutIds({ first: start * idUnit, length: count * idUnit }, idUnit, 110)
      const hostId = (start + index) * idUnit
      if (index < count) assert.equal(partOf(ranges, hostId, idUnit), index)
      else assert.throws(() => partOf(ranges, hostId, idUnit), { message: `id ${hostId} is out of range` })
      assert.throws(() => partOf(ranges, hostId + 1, idUnit), /wrong user namespace offset/)
      assert.throws(() => partOf(ranges, hostId, 2 * idUnit), /wrong user namespace length/)
    }),
  )
})
