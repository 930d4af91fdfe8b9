import assert from 'node:assert/strict'
import { test } from 'node:test'
import { goDuration } from '../../../src/base/go-duration.ts'
import { EngineError } from '../../../src/engine/engine.ts'
import { defaultPullPolicy, type ImageReference, parseImageReference } from '../../../src/images/image-reference.ts'
import { credentialsFor } from '../../../src/images/registry-credentials.ts'
import type { Secret } from '../../../src/kube/objects.ts'
import { labPod, PodLab } from '../../support/pod-lab.ts'

const digest = `sha256:${'a'.repeat(64)}`

test('references are taken apart as Docker does', () => {
  const cases: [string, string, string, string?, string?][] = [
    ['busybox', 'docker.io', 'library/busybox'],
    ['busybox:1.36', 'docker.io', 'library/busybox', '1.36'],
    ['user/app', 'docker.io', 'user/app'],
    ['podsteward.test/busybox:1', 'podsteward.test', 'busybox', '1'],
    ['localhost/app', 'localhost', 'app'],
    ['registry:5000/team/app:v1', 'registry:5000', 'team/app', 'v1'],
    [`quay.io/a/b@${digest}`, 'quay.io', 'a/b', undefined, digest],
  ]
  for (const [text, registry, repository, tag, sum] of cases) assert.deepEqual(parseImageReference(text), { registry, repository, tag, digest: sum }, text)
  for (const bad of ['', 'UPPER', 'a b', 'x:', 'x@sha256:1', '/x', 'x//y', ':tag']) assert.equal(parseImageReference(bad), undefined, bad)
})

test('the default policy is Always for latest or no tag', () => {
  assert.deepEqual(['a', 'a:latest', 'a:1', `a@${digest}`].map(defaultPullPolicy), ['Always', 'Always', 'IfNotPresent', 'IfNotPresent'])
})

const encode = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64')
const config = (auths: object): Secret => ({ data: { '.dockerconfigjson': encode({ auths }) } })
const users = (image: string, ...secrets: Secret[]) => credentialsFor(parseImageReference(image) as ImageReference, secrets).map((each) => each.username)

test('credentials fit by host, port, glob and path, the most exact first', () => {
  const secret = config({
    'https://index.docker.io/v1/': { auth: encode('hub:pw') },
    'registry:5000': { username: 'port', password: 'p' },
    '*.example.com': { username: 'glob', password: 'p' },
    'a.example.com/team': { username: 'team', password: 'p' },
    'a.example.com/te': { username: 'prefix-is-no-path', password: 'p' },
  })
  assert.deepEqual(users('busybox', secret), ['hub'])
  assert.deepEqual(users('registry:5000/x', secret), ['port'])
  assert.deepEqual(users('registry.io/x', secret), [])
  assert.deepEqual(users('a.example.com/team/app', secret), ['team', 'glob'])
  assert.deepEqual(users('a.b.example.com/app', secret), [])
})

test('both secret formats are read, and what is broken is skipped', () => {
  const legacy: Secret = { data: { '.dockercfg': encode({ 'r.io': { auth: encode('old:with:colons') } }) } }
  const broken: Secret = { data: { '.dockerconfigjson': encode('{') } }
  assert.deepEqual(
    credentialsFor(parseImageReference('r.io/x') as ImageReference, [broken, legacy]).map((each) => [each.username, each.password]),
    [['old', 'with:colons']],
  )
})

test('every fitting credential is tried in turn', async () => {
  await using lab = await PodLab.open()
  lab.objects.set('Secret/one', config({ 'r.io': { username: 'wrong', password: 'p' } }))
  lab.objects.set('Secret/two', config({ 'r.io': { username: 'right', password: 'p' } }))
  lab.engine.failures.set('pullImage/wrong', () => new EngineError('image-unauthorized', 'denied'))
  lab.start(labPod({ imagePullSecrets: [{ name: 'one' }, { name: 'two' }, { name: 'gone' }] }, { image: 'r.io/app:1' }))
  await lab.until('ready', () => lab.ready)
  assert.deepEqual(
    lab.engine.calls.filter((call) => call.startsWith('pullImage')),
    ['pullImage wrong', 'pullImage right'],
  )
  assert.ok(
    lab.events.includes('FailedToRetrieveImagePullSecret: Unable to retrieve some image pull secrets (gone); attempting to pull the image may not succeed.'),
  )
})

test('the node’s own credentials are tried after those of the pod’s secrets', async () => {
  await using lab = await PodLab.open()
  lab.objects.set('Secret/one', config({ 'r.io': { username: 'wrong', password: 'p' } }))
  lab.nodeCredentials = [{ username: 'node', password: 'p' }]
  lab.engine.failures.set('pullImage/wrong', () => new EngineError('image-unauthorized', 'denied'))
  lab.start(labPod({ imagePullSecrets: [{ name: 'one' }] }, { image: 'r.io/app:1' }))
  await lab.until('ready', () => lab.ready)
  assert.deepEqual(
    lab.engine.calls.filter((call) => call.startsWith('pullImage')),
    ['pullImage wrong', 'pullImage node'],
  )
})

test('policy Never does not pull, an invalid name is told of', async () => {
  await using lab = await PodLab.open()
  lab.start(
    labPod({
      containers: [
        { name: 'n', image: 'absent:1', imagePullPolicy: 'Never' },
        { name: 'i', image: 'NOT VALID' },
      ],
    }),
  )
  await lab.until('both errors', () => lab.container('i')?.state?.waiting?.reason === 'InvalidImageName')
  assert.equal(lab.container('n')?.state?.waiting?.reason, 'ErrImageNeverPull')
  assert.ok(lab.events.includes('ErrImageNeverPull: Container image "absent:1" is not present with pull policy of Never'))
  assert.equal(
    lab.engine.calls.some((call) => call.startsWith('pullImage')),
    false,
  )
})

test('durations are written as Go does', () => {
  assert.deepEqual([0, 350, 1200, 61_000, 3_723_000].map(goDuration), ['0ms', '350ms', '1.2s', '1m1s', '1h2m3s'])
})
