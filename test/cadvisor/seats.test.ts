import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Seats } from '../../src/cadvisor/live/seats.ts'

const at = (address: string, own = false) => ({ address, own })

/** Seats, and who had to go. */
function seated(most: number) {
  const seats = new Seats(most)
  const gone: string[] = []
  return { gone, take: (name: string, holder: ReturnType<typeof at>) => seats.take(holder, () => void gone.push(name)) }
}

describe('when all seats are taken', () => {
  it('one of the address that has most goes, the oldest first', () => {
    const { gone, take } = seated(4)
    take('page', at('b'))
    for (const name of ['first', 'second', 'third']) take(name, at('a'))
    take('fourth', at('a'))
    take('other', at('c'))
    assert.deepEqual(gone, ['first', 'second'])
  })

  it('an own page stays before what is none of the same address', () => {
    const { gone, take } = seated(3)
    take('page', at('a', true))
    take('one', at('a'))
    take('two', at('a'))
    take('three', at('a'))
    take('another page', at('a', true))
    assert.deepEqual(gone, ['one', 'two'])
  })

  it('the newest gets in, also among its like', () => {
    const { gone, take } = seated(2)
    for (const name of ['one', 'two', 'three', 'four']) take(name, at('a', true))
    assert.deepEqual(gone, ['one', 'two'])
  })

  it('a seat that was given up is free', () => {
    const { gone, take } = seated(1)
    take('one', at('a'))()
    take('two', at('a'))
    assert.deepEqual(gone, [])
  })
})
