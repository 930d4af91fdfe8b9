import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { containerHash } from '../../../actors/pod/container-config/hash.ts'
import type { Container } from '../../../src/kube/objects.ts'

const container: Container = { name: 'c', image: 'busybox:1' }

test('the image and the name make the hash', () => {
  assert.match(containerHash(container), /^[0-9a-f]{1,8}$/)
  assert.notEqual(containerHash({ ...container, image: 'busybox:2' }), containerHash(container))
  assert.notEqual(containerHash({ ...container, name: 'd' }), containerHash(container))
})

test('it is a kubelet’s own', () => {
  // kubelet 1.31 on, container_hash_test.go.
  assert.equal(containerHash({ name: 'test_container', image: 'foo/image:v1' }), '8e45cbd0')
})

test('nothing else of the spec changes the hash', () => {
  const other: Container = { ...container, command: ['x'], env: [{ name: 'A', value: '1' }], resources: { limits: { cpu: '1' } }, tty: true }
  assert.equal(containerHash(other), containerHash(container))
})

test('a name and an image that read the same when joined are told apart', () => {
  assert.notEqual(containerHash({ name: 'a', image: 'bc' }), containerHash({ name: 'ab', image: 'c' }))
})

test('it is a kubelet’s of any image, also where Go’s JSON escapes a letter, and without leading zeros', () => {
  // Worked out apart, from Go's own rules (encoding/json, hash/fnv, how spew prints bytes).
  const known: readonly [name: string, image: string, hash: string][] = [
    ['kube-apiserver', 'registry.k8s.io/kube-apiserver:v1.36.0', '85bcd896'],
    ['c', 'a&b<c>', 'c296c323'],
    ['init', '', '8a9f83a'],
    ['side', `localhost:5000/a/b@sha256:${'0'.repeat(64)}`, 'f743e387'],
  ]
  for (const [name, image, hash] of known) assert.equal(containerHash({ name, image }), hash, image)
  fc.assert(
    fc.property(fc.string(), fc.string(), (name, image) => {
      const hash = containerHash({ name, image })
      assert.equal(hash, Number.parseInt(hash, 16).toString(16))
      assert.ok(Number.parseInt(hash, 16) < 2 ** 32)
    }),
  )
})
