import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import { CoreV1Api, type CoreV1Event, KubeConfig, makeInformer, Watch } from '@kubernetes/client-node'
import { type Cluster, startCluster } from '../../src/harness/harness.ts'
import { waitUntil } from '../support/wait-until.ts'

describe('faults on purpose', () => {
  let cluster: Cluster
  let core: CoreV1Api
  before(async () => {
    cluster = await startCluster({ nodes: 0 })
    core = cluster.api(CoreV1Api)
    await cluster.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'default' } })
  })
  afterEach(() => cluster.api.heal())
  after(() => cluster[Symbol.asyncDispose]())

  const a = { namespace: 'default', name: 'a' }
  const config = () => {
    const made = new KubeConfig()
    made.loadFromString(cluster.kubeconfig())
    return made
  }
  const bodyOf = (error: unknown) => JSON.parse((error as { body: string }).body) as { message: string; reason: string; details: Record<string, unknown> }

  it('a refusal is given as often as was ordered, to what it names alone', async () => {
    const fault = cluster.api.fail({ verb: ['update', 'patch'], resource: 'cm', name: 'a', status: 409, times: 2 })
    const update = () => core.replaceNamespacedConfigMap({ ...a, body: { metadata: { name: 'a' }, data: { x: '1' } } })
    for (const round of [1, 2])
      await assert.rejects(update(), (error) => {
        const { message, reason } = bodyOf(error)
        assert.equal(reason, 'Conflict', `round ${round}`)
        assert.equal(
          message,
          'Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again',
        )
        return true
      })
    await core.readNamespacedConfigMap(a)
    assert.equal((await update()).data?.x, '1')
    assert.equal(fault.hits, 2)
  })

  it('429 says when to come back', async () => {
    cluster.api.fail({ status: 429, retryAfter: '7s' })
    await assert.rejects(core.readNamespacedConfigMap(a), (error) => {
      assert.equal((error as { headers: Record<string, string> }).headers['retry-after'], '7')
      assert.equal(bodyOf(error).details.retryAfterSeconds, 7)
      return true
    })
  })

  it('one that is lifted, or out of its block, meets nothing more', async () => {
    {
      using fault = cluster.api.fail({ status: 500, times: Number.POSITIVE_INFINITY })
      for (const _ of [1, 2, 3]) await assert.rejects(core.readNamespacedConfigMap(a), { code: 500 })
      assert.equal(fault.hits, 3)
    }
    await core.readNamespacedConfigMap(a)
  })

  it('the test itself, and the nodes, meet none', async () => {
    using fault = cluster.api.fail({ status: 503, times: Number.POSITIVE_INFINITY })
    await cluster.get('configmap/a')
    await cluster.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'b', namespace: 'default' } })
    assert.equal(fault.hits, 0)
  })

  it('a connection that is cut leaves nothing done, one whose answer is lost leaves all done', async () => {
    const create = (name: string) => core.createNamespacedConfigMap({ namespace: 'default', body: { metadata: { name } } })
    cluster.api.cut({ verb: 'create' })
    await assert.rejects(create('cut'))
    cluster.api.loseAnswer({ verb: 'create' })
    await assert.rejects(create('lost'))
    await assert.rejects(cluster.get('configmap/cut'), { code: 404 })
    await cluster.get('configmap/lost')
  })

  it('a delay is by the cluster’s clock', async () => {
    await using still = await startCluster({ nodes: 0, clock: 'manual' })
    const api = still.api(CoreV1Api)
    const fault = still.api.delay({ verb: 'list', resource: 'pods' }, '1h')
    let answered = false
    const listed = api.listPodForAllNamespaces().then(() => {
      answered = true
    })
    await waitUntil('the request', () => fault.hits === 1)
    await still.clock.advance('59m')
    assert.equal(answered, false)
    await still.clock.advance('1m')
    await listed
  })

  it('an informer goes on after its watches are dropped, and lists again after they expire', async () => {
    const seen: string[] = []
    let lists = 0
    const list = async () => {
      lists++
      return core.listNamespacedConfigMap({ namespace: 'default' })
    }
    const informer = makeInformer(config(), '/api/v1/namespaces/default/configmaps', list)
    informer.on('add', ({ metadata }) => seen.push(metadata?.name ?? ''))
    informer.on('error', () => setTimeout(() => void informer.start(), 10))
    await informer.start()
    const arrives = async (name: string) => {
      await cluster.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' } })
      await waitUntil(`${name} to be seen`, () => seen.includes(name))
    }
    await arrives('before')
    const first = lists
    assert.equal(cluster.api.dropWatches('pods'), 0)
    await waitUntil('the watch', () => cluster.api.dropWatches('configmaps') === 1)
    await arrives('dropped')
    await waitUntil('the watch', () => cluster.api.expireWatches('cm') === 1)
    await arrives('expired')
    assert.ok(lists > first)
    await informer.stop()
  })

  it('a window of few changes lets 410 come by itself', async () => {
    await using small = await startCluster({ nodes: 0, watchWindow: 3 })
    const api = small.api(CoreV1Api)
    const { metadata } = await api.listNamespacedConfigMap({ namespace: 'default' })
    for (let index = 0; index < 5; index++) await small.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `c${index}`, namespace: 'default' } })
    const kubeConfig = new KubeConfig()
    kubeConfig.loadFromString(small.kubeconfig())
    const events: string[] = []
    await new Promise<void>((resolve) => {
      const query = { resourceVersion: metadata?.resourceVersion }
      void new Watch(kubeConfig).watch(
        '/api/v1/namespaces/default/configmaps',
        query,
        (type, object: CoreV1Event & { code?: number }) => events.push(`${type} ${object.code}`),
        () => resolve(),
      )
    })
    assert.deepEqual(events, ['ERROR 410'])
  })

  it('a rule that cannot be is refused by its field', () => {
    assert.throws(() => cluster.api.fail({ status: 200 }), { name: 'TypeError', message: /^status: 200/ })
    assert.throws(() => cluster.api.fail({ status: 500, times: 0 }), { name: 'TypeError', message: /^times: 0/ })
    assert.throws(() => cluster.api.fail({ status: 500, resource: 'widgets' }), { name: 'TypeError', message: /widgets/ })
    assert.throws(() => cluster.api.delay({}, 'soon'), { name: 'TypeError', message: /^by: "soon"/ })
  })
})
