import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { cleanPath, encodedPath, MalformedTarget, parseRequestTarget } from '../../src/requests/request-target.ts'

const pathOf = (raw: string) => parseRequestTarget(raw).path

test('a path is decoded as a whole, once: an encoded letter is that letter, an encoded slash a slash', () => {
  assert.equal(pathOf('/%65xec/n/p/c'), '/exec/n/p/c')
  assert.equal(pathOf('/exec%2Fn%2fp/c'), '/exec/n/p/c')
  assert.equal(pathOf('/%2565xec'), '/%65xec')
  assert.equal(pathOf('/exec;v=1/n'), '/exec;v=1/n')
  assert.equal(pathOf('/na%C3%AFve'), '/naïve')
  assert.equal(pathOf('/na\xc3\xafve'), '/naïve')
  assert.equal(pathOf('/bytes%ff'), '/bytes\ufffd')
})

test('two slashes at the start name no host', () => {
  assert.equal(pathOf('//exec/n/p/c'), '//exec/n/p/c')
  assert.equal(pathOf('//'), '//')
  assert.equal(parseRequestTarget('//evil.example/pods').authority, undefined)
})

test('a target in absolute form is its path, and its authority stands for the Host header', () => {
  assert.deepEqual(
    { ...parseRequestTarget('https://evil.example:1/%65xec?a=b'), query: 0 },
    { path: '/exec', rawQuery: 'a=b', authority: 'evil.example:1', query: 0 },
  )
  assert.deepEqual([pathOf('http://node'), pathOf('http://node?x=/y')], ['/', '/'])
  assert.equal(parseRequestTarget('http://user@node/').authority, 'node')
})

test('what is no path, or is badly encoded, is malformed', () => {
  for (const raw of ['', '*', 'exec', '?a=b', '/%', '/%6', '/%zz', '/a%2', 'http://node/%q1', '/a\tb', '/a\x00', '/a\x7f', 'mailto:a'])
    assert.throws(() => parseRequestTarget(raw), MalformedTarget, raw)
})

test('a pair of the query that cannot be read is left out, the others stay', () => {
  const { query } = parseRequestTarget('/x?command=a+b%20c&bad=%zz&semi=1;command=evil&command=d&=e&flag&%63ommand=f?g#h')
  assert.deepEqual(query.getAll('command'), ['a b c', 'd', 'f?g#h'])
  assert.deepEqual([query.has('bad'), query.has('semi'), query.get('flag'), query.get('')], [false, false, '', 'e'])
})

test('a path is cleaned as by Go’s ServeMux', () => {
  const table = { '//': '/', '/': '/', '/.//exec/n': '/exec/n', '/a/../b/': '/b/', '/../../x': '/x', '/a/.': '/a', '/a/..': '/', '/a//': '/a/', '/..a': '/..a' }
  for (const [path, clean] of Object.entries(table)) assert.equal(cleanPath(path), clean, path)
})

test('whatever the path, it reads back as it was written, and a clean path stays clean', () => {
  const text = fc.string({ unit: fc.constantFrom('a', '/', '.', '%', '2', 'F', ';', '?', '#', '\\', ' ', 'ï', '+', '&') })
  fc.assert(
    fc.property(text, (rest) => {
      const path = cleanPath(`/${rest}`)
      assert.equal(cleanPath(path), path)
      assert.equal(pathOf(encodedPath(path)), path)
      assert.ok(!path.split('/').some((part) => part === '.' || part === '..') && !path.includes('//'))
    }),
  )
})
