import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { ManualClock } from '../../../src/base/manual-clock.ts'
import { demultiplex, type OutputPiece } from '../../../src/engine/docker/demultiplex.ts'
import { engineError } from '../../../src/engine/docker/errors.ts'
import { Refusal } from '../../../src/engine/docker/exchange.ts'
import { statusImageId } from '../../../src/engine/docker/image-references.ts'
import { attemptOf, dockerLabels, dockerName, givenLabels, podOf } from '../../../src/engine/docker/names.ts'
import { checkReference, withTag } from '../../../src/engine/image-references.ts'
import { Limiter } from '../../../src/engine/limiter.ts'
import { pullErrorKind } from '../../../src/engine/pull-error-kind.ts'
import { podUid } from '../../../src/kube/ids.ts'

const pod = { uid: podUid('u-1'), name: 'web-0', namespace: 'shop' }

describe('names and labels', () => {
  test('a name is dockershim’s, and its attempt comes back', () => {
    assert.equal(dockerName('main', pod, 12), 'k8s_main_web-0_shop_u-1_12')
    assert.equal(attemptOf('/k8s_main_web-0_shop_u-1_12'), 12)
    assert.equal(attemptOf('/somebody-else'), 0)
    assert.equal(attemptOf('/somebody_else_3'), 0)
    // cri-dockerd, where the name is taken by one that would not go.
    assert.equal(attemptOf('/k8s_main_web-0_shop_u-1_3_12345678'), 3)
    assert.equal(attemptOf('/k8s_POD_web-0_shop_u-1_0_1a2b3c4d'), 0)
  })

  test('labels and annotations come back as they were given', () => {
    const map = fc.dictionary(
      fc.stringMatching(/^[a-z][a-z.]{0,9}$/).filter((key) => !key.startsWith('annotation.')),
      fc.string(),
    )
    fc.assert(
      fc.property(map, map, (labels, annotations) => {
        const all = dockerLabels(pod, { labels, annotations }, { 'io.kubernetes.docker.type': 'container' })
        assert.deepEqual(givenLabels(all), { labels: { ...labels }, annotations: { ...annotations } })
        assert.deepEqual(podOf(all), pod)
      }),
    )
  })

  test('a pod’s labels cannot claim to be another pod’s', () => {
    const all = dockerLabels(pod, { labels: { 'io.kubernetes.pod.uid': 'other' }, annotations: {} }, {})
    assert.equal(podOf(all)?.uid, 'u-1')
    assert.equal(podOf({ other: 'label' }), undefined)
  })
})

describe('image references', () => {
  test('a reference without tag or digest means latest', () => {
    const cases: [string, string][] = [
      ['nginx', 'nginx:latest'],
      ['localhost:5000/nginx', 'localhost:5000/nginx:latest'],
      ['localhost:5000/nginx:1', 'localhost:5000/nginx:1'],
      ['nginx@sha256:abc', 'nginx@sha256:abc'],
    ]
    for (const [given, expected] of cases) assert.equal(withTag(given), expected)
  })

  test('what would lead a request elsewhere is no reference', () => {
    for (const name of ['', '../containers/x', 'a/../b', 'a?force=1', 'a b', 'a#b', 'a//b', 'a/%2e%2e/b', '/a']) {
      assert.throws(() => checkReference(name), { kind: 'invalid-image-name' }, name)
    }
    for (const name of ['nginx', 'a.b:5/c/d:e@sha256:00', 'sha256:12ab', 'a/b_c-d.e']) assert.equal(checkReference(name), name)
  })

  test('a status names the image by digest when a registry gave it one', () => {
    assert.equal(statusImageId('sha256:1', ['a@sha256:2']), 'docker-pullable://a@sha256:2')
    assert.equal(statusImageId('sha256:1', []), 'docker://sha256:1')
  })
})

describe('errors', () => {
  const refusal = (statusCode: number, message: string) => new Refusal(statusCode, message)
  const kinds: [number, string, string][] = [
    [404, 'No such container: x', 'not-found'],
    [409, 'Conflict. The container name "/x" is already in use by container y', 'already-exists'],
    [409, 'Container x is not running', 'invalid'],
    [400, 'invalid mount config for type "bind"', 'invalid'],
    [500, 'something broke', 'internal'],
    [400, 'OCI runtime create failed: runc: exec: "nope": executable file not found in $PATH: unknown', 'cannot-run'],
  ]
  for (const [status, said, kind] of kinds) {
    test(`${status} "${said}" is ${kind}`, () => {
      const error = engineError(refusal(status, said), 'do it', 'unix:///s')
      assert.deepEqual([error.kind, error.message], [kind, `cannot do it: ${said}`])
    })
  }

  test('an engine that cannot be reached is named, with what to do', () => {
    const error = engineError(Object.assign(new Error('connect ENOENT /s'), { code: 'ENOENT' }), 'do it', 'unix:///s')
    assert.equal(error.kind, 'unreachable')
    assert.match(error.message, /unix:\/\/\/s.*start dockerd or give --docker-endpoint/)
  })

  const pulls: [string, string][] = [
    ['manifest for a:1 not found: manifest unknown: manifest unknown', 'image-not-found'],
    ["pull access denied for x, repository does not exist or may require 'docker login': denied", 'image-unauthorized'],
    ['unauthorized: authentication required', 'image-unauthorized'],
    ['Get "https://r/v2/": dial tcp 1.2.3.4:443: connect: connection refused', 'registry-unavailable'],
    ['Get "https://r/v2/": dial tcp: lookup r: no such host', 'registry-unavailable'],
    ['invalid reference format', 'invalid-image-name'],
    ['no space left on device', 'internal'],
  ]
  for (const [said, kind] of pulls) test(`a pull that says "${said}" is ${kind}`, () => assert.equal(pullErrorKind(said), kind))
})

describe('the frames of an output', () => {
  const frame = ({ stream, text }: { stream: 'stdout' | 'stderr'; text: string }) => {
    const header = Buffer.from([stream === 'stdout' ? 1 : 2, 0, 0, 0, 0, 0, 0, 0])
    header.writeUInt32BE(Buffer.byteLength(text), 4)
    return Buffer.concat([header, Buffer.from(text)])
  }
  const frames = fc.array(fc.record({ stream: fc.constantFrom('stdout' as const, 'stderr' as const), text: fc.string({ maxLength: 20 }) }), { maxLength: 8 })

  test('come apart alike however they are cut', async () => {
    await fc.assert(
      fc.asyncProperty(frames, fc.integer({ min: 1, max: 13 }), async (given, size) => {
        const bytes = Buffer.concat(given.map(frame))
        const got: Record<OutputPiece['stream'], Buffer[]> = { stdout: [], stderr: [] }
        const chunks = async function* () {
          for (let offset = 0; offset < bytes.length; offset += size) yield bytes.subarray(offset, offset + size)
        }
        for await (const { stream, data } of demultiplex(chunks(), { tty: false })) got[stream].push(Buffer.from(data))
        for (const name of ['stdout', 'stderr'] as const) {
          const expected = given.filter(({ stream }) => stream === name).map(({ text }) => text)
          assert.equal(Buffer.concat(got[name]).toString(), Buffer.from(expected.join('')).toString())
        }
      }),
    )
  })
})

describe('the limiter', () => {
  test('a task that hangs gives its place to the next, up to a bound', async () => {
    const clock = new ManualClock()
    const limiter = new Limiter(2, { clock, placeMs: 1000, mostHanging: 1 })
    const hung = Promise.withResolvers<void>()
    const hanging = Array.from({ length: 4 }, () => limiter.run(() => hung.promise))
    let ran = 0
    const others = Array.from({ length: 3 }, () =>
      limiter.run(async () => {
        ran += 1
      }),
    )
    await clock.advance(1000)
    assert.equal(ran, 0, 'behind two more that hang')
    await clock.advance(60_000)
    assert.equal(ran, 0, 'two hang beside the two that have places, and no more')
    hung.resolve()
    await Promise.all([...hanging, ...others])
    assert.equal(ran, 3)
    const held = Promise.withResolvers<void>()
    const slow = [1, 2].map(() => limiter.run(() => held.promise))
    const soon = limiter.run(async () => 'soon')
    await clock.advance(1000)
    assert.equal(await soon, 'soon')
    held.resolve()
    await Promise.all(slow)
  })

  test('runs no more than its limit at a time, and all in the end', async () => {
    const limiter = new Limiter(3)
    let [now, most] = [0, 0]
    const task = async () => {
      most = Math.max(most, ++now)
      await new Promise((resolve) => setImmediate(resolve))
      now--
    }
    await Promise.all(Array.from({ length: 20 }, () => limiter.run(task)))
    assert.deepEqual([now, most], [0, 3])
  })

  test('lets go of its place when a task fails, and of a waiting one that is aborted', async () => {
    const limiter = new Limiter(1)
    await assert.rejects(limiter.run(() => Promise.reject(new Error('x'))))
    const held = Promise.withResolvers<void>()
    const first = limiter.run(() => held.promise)
    const aborter = new AbortController()
    const second = limiter.run(async () => assert.fail('ran'), { signal: aborter.signal })
    const third = limiter.run(async () => 'third')
    aborter.abort(new Error('enough'))
    await assert.rejects(second, /enough/)
    held.resolve()
    await first
    assert.equal(await third, 'third')
  })

  test('finishes what is begun before it begins something new', async () => {
    const limiter = new Limiter(1)
    const order: string[] = []
    const held = Promise.withResolvers<void>()
    const first = limiter.run(() => held.promise)
    const task = (name: string, later = false) => limiter.run(async () => void order.push(name), { later })
    const all = [first, task('a new one', true), task('another', true), task('one that goes on')]
    held.resolve()
    await Promise.all(all)
    assert.deepEqual(order, ['one that goes on', 'a new one', 'another'])
  })
})
