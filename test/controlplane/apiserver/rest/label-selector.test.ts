import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { parseLabelSelector } from '../../../../src/controlplane/apiserver/rest/label-selector.ts'

const selects = (selector: string, labels: Record<string, string> | undefined) => parseLabelSelector(selector)?.(labels)
const inherited = Object.getOwnPropertyNames(Object.prototype).filter((name) => /^[A-Za-z]/.test(name))

describe('a label selector', () => {
  for (const [selector, labels, fits] of [
    ['a=1', { a: '1' }, true],
    ['a==1,b!=2', { a: '1' }, true],
    ['a!=1', {}, true],
    ['a!=1', { a: '1' }, false],
    ['a in (1, 2)', { a: '2' }, true],
    ['a in (1,2),a in (2,3)', { a: '1' }, false],
    ['a in (1,2),a in (2,3)', { a: '2' }, true],
    ['a notin (1,2)', {}, true],
    ['a notin (1,2),a notin (3)', { a: '3' }, false],
    ['a', { a: '' }, true],
    ['!a', { b: '' }, true],
    ['!a,a', { a: '' }, false],
    ['!a,a', {}, false],
    ['a>3,a<9', { a: '5' }, true],
    ['a>3,a>7', { a: '5' }, false],
    ['a>3', {}, false],
    ['a>3', { a: 'x' }, false],
  ] as const) {
    it(`${selector} ${fits ? 'fits' : 'does not fit'} ${JSON.stringify(labels)}`, () => assert.equal(selects(selector, labels), fits))
  }

  it('does not take what objects inherit for labels', () => {
    fc.assert(
      fc.property(fc.constantFrom(...inherited), (name) => {
        for (const selector of [name, `${name}=x`, `${name} in (x)`, `${name}>1`]) assert.equal(selects(selector, { app: 'web' }), false, selector)
        for (const selector of [`!${name}`, `${name}!=x`, `${name} notin (x)`]) assert.equal(selects(selector, { app: 'web' }), true, selector)
        assert.equal(selects(`${name}=x`, { [name]: 'x' }), true)
        assert.equal(selects(`!${name}`, { [name]: 'x' }), false)
      }),
    )
  })

  it('of a hundred thousand terms takes no longer for each object than the object has labels', () => {
    const selector = Array.from({ length: 100_000 }, (_, index) => `!k${index}`).join()
    const fits = parseLabelSelector(selector)
    const labels = { app: 'web', tier: 'front' }
    const began = process.threadCpuUsage()
    for (let index = 0; index < 100_000; index++) assert.equal(fits?.(labels), true)
    const { user, system } = process.threadCpuUsage(began)
    assert.ok(user + system < 3_000_000)
    assert.throws(() => parseLabelSelector(`${'('.repeat(200_000)}`), { code: 400 })
    assert.throws(() => parseLabelSelector(`${'a '.repeat(200_000)}`), { code: 400 })
    assert.throws(() => parseLabelSelector(`a in ${'('.repeat(100_000)}`), { code: 400 })
  })
})
