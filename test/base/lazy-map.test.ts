import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { LazyMap } from '../../src/base/lazy-map.ts'

test('it does what a map does', () => {
  const step = fc.record({ do: fc.constantFrom('set', 'delete', 'clear'), key: fc.integer({ min: 0, max: 3 }), value: fc.integer() })
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const lazy = new LazyMap<number, number>()
      const map = new Map<number, number>()
      for (const { do: what, key, value } of steps) {
        if (what === 'set') {
          lazy.set(key, value)
          map.set(key, value)
        } else if (what === 'delete') assert.equal(lazy.delete(key), map.delete(key))
        else {
          lazy.clear()
          map.clear()
        }
        assert.equal(lazy.size, map.size)
        assert.equal(lazy.get(key), map.get(key))
        assert.equal(lazy.has(key), map.has(key))
        assert.deepEqual([...lazy], [...map])
        assert.deepEqual([...lazy.keys()], [...map.keys()])
        assert.deepEqual([...lazy.values()], [...map.values()])
      }
    }),
  )
})

test('entries may be deleted while one goes through them', () => {
  const lazy = new LazyMap<string, number>().set('a', 1).set('b', 2)
  for (const key of lazy.keys()) lazy.delete(key)
  assert.equal(lazy.size, 0)
})
