import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseUrl, requestUri, resolveUrl, urlText } from '../../src/go-http/url.ts'
import { fromBytes, UrlError } from '../../src/go-http/url-escape.ts'

// What Go 1.24's net/url makes of a path once the kubelet has set scheme and host.
const asked: [path: string, target: string, text: string][] = [
  ['/', '/', 'http://h:1/'],
  ['', '/', 'http://h:1'],
  ['healthz', '/healthz', 'http://h:1/healthz'],
  ['/a b', '/a%20b', 'http://h:1/a%20b'],
  ['/a%20b', '/a%20b', 'http://h:1/a%20b'],
  ['/a%2Fb', '/a%2Fb', 'http://h:1/a%2Fb'],
  ['/x?q=a b&r=%zz', '/x?q=a b&r=%zz', 'http://h:1/x?q=a b&r=%zz'],
  ['/x?', '/x?', 'http://h:1/x?'],
  ['?only', '/?only', 'http://h:1?only'],
  ['/x#frag ment', '/x', 'http://h:1/x#frag%20ment'],
  ['/grün', '/gr%C3%BCn', 'http://h:1/gr%C3%BCn'],
  ['/{id}|"^', '/%7Bid%7D%7C%22%5E', 'http://h:1/%7Bid%7D%7C%22%5E'],
  ["/a!$&'()*+,;=:@[]~", "/a!$&'()*+,;=:@[]~", "http://h:1/a!$&'()*+,;=:@[]~"],
  ['//other/path', '/path', 'http://h:1/path'],
  ['///three', '///three', 'http://h:1///three'],
  ['https://else.where:9/there?x', '/there?x', 'http://h:1/there?x'],
  ['*', '/*', 'http://h:1/*'],
  ['/./a/../b', '/./a/../b', 'http://h:1/./a/../b'],
]
for (const [path, target, text] of asked)
  test(`the path ${JSON.stringify(path)} is asked for as ${target}`, () => {
    const url = { ...parseUrl(path), scheme: 'http', host: 'h:1' }
    assert.equal(urlText(url), text)
    // Go makes the request of the text.
    assert.equal(fromBytes(requestUri(parseUrl(text))), target)
  })

for (const [text, message] of [
  ['/100%', 'invalid URL escape "%"'],
  ['/%zz/x', 'invalid URL escape "%zz"'],
  ['/a\nb', 'net/url: invalid control character in URL'],
  [':x', 'missing protocol scheme'],
  ['1a:b', 'first path segment in URL cannot contain colon'],
  ['//host:port/', 'invalid port ":port" after host'],
  ['http://my host/', 'invalid character " " in host name'],
] as const)
  test(`${JSON.stringify(text)} is no URL for Go`, () => {
    assert.throws(() => parseUrl(text), { name: 'UrlError', message })
  })

const led: [base: string, location: string, to: string][] = [
  ['http://h:1/a/b?q', 'c', 'http://h:1/a/c'],
  ['http://h:1/a/b?q', '/c?x#y', 'http://h:1/c?x#y'],
  ['http://h:1/a/b', '../../../c/./d/..', 'http://h:1/c/'],
  ['http://h:1/a/b', '?x', 'http://h:1/a/b?x'],
  ['http://h:1/a/b', '//o:2/p', 'http://o:2/p'],
  ['http://h:1/a/b', 'https://o/p/../q', 'https://o/q'],
  ['http://h:1', 'x', 'http://h:1/x'],
]
for (const [base, location, to] of led)
  test(`from ${base}, ${location} leads to ${to}`, () => {
    assert.equal(urlText(resolveUrl(parseUrl(base), location)), to)
  })

test('whatever the text, it is a URL or refused with a reason, and what is printed reads as the same again', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.webUrl(), fc.string({ unit: fc.constantFrom(...'/:?#%@[]a.2 ~') })), (text) => {
      try {
        const url = { ...parseUrl(text), scheme: 'http', host: 'h:1', user: undefined, opaque: '' }
        const printed = urlText(url)
        assert.equal(urlText(parseUrl(printed)), printed)
      } catch (error) {
        assert.ok(error instanceof UrlError && error.message !== '')
      }
    }),
  )
})
