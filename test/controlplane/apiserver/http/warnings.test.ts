import assert from 'node:assert/strict'
import { it } from 'node:test'
import { Warnings } from '../../../../src/controlplane/apiserver/http/warnings.ts'

const made = (...texts: string[]) => {
  const warnings = new Warnings()
  for (const text of texts) warnings.add(text)
  return warnings.headers()
}

it('a warning is told once, quoted, in UTF-8', () => {
  assert.deepEqual(made('unknown field "a"', 'unknown field "a"', 'b\\', 'é', 'two\nlines', ''), [
    String.raw`299 - "unknown field \"a\""`,
    String.raw`299 - "b\\"`,
    `299 - "${Buffer.from('é').toString('latin1')}"`,
  ])
})

it('warnings of more than 4 Ki together are cut to 256 characters each, and end at 4 Ki', () => {
  const long = (letter: string) => letter.repeat(1000)
  assert.equal(made(long('a'), long('b')).join('').includes(long('b')), true)
  const headers = made(...Array.from({ length: 100_000 }, (_, index) => `${index} ${long('x')}`))
  assert.equal(headers.length, 16)
  for (const header of headers) assert.equal(header.length, '299 - ""'.length + 256)
})
