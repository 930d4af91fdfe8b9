import assert from 'node:assert/strict'
import { test } from 'node:test'
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
