import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { CoreV1Api, CustomObjectsApi, KubeConfig, VersionApi } from '@kubernetes/client-node'
import { type Cluster, type KubeObject, startCluster, WaitError } from '../../src/harness/harness.ts'
import { writeYaml } from '../../src/yaml/write-yaml.ts'

const definition = (plural: string, kind: string) => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${plural}.example.com` },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural, kind, shortNames: [kind.slice(0, 2).toLowerCase()] },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: { type: 'object', properties: { size: { type: 'integer', default: 1 } } },
              status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
            },
          },
        },
      },
    ],
  },
})

interface Widget extends KubeObject {
  spec?: { size?: number }
}

describe('a cluster with custom kinds and rights', () => {
  const directory = mkdtempSync(join(tmpdir(), 'podsteward-crds-'))
  let cluster: Cluster

  before(async () => {
    writeFileSync(
      join(directory, 'a.yaml'),
      `${writeYaml(definition('widgets', 'Widget'))}---\n${writeYaml({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' } })}`,
    )
    writeFileSync(join(directory, 'b.json'), JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [definition('gadgets', 'Gadget')] }))
    writeFileSync(join(directory, 'README.md'), 'no objects')
    const account = { namespace: 'operators', name: 'operator' }
    cluster = await startCluster({
      nodes: 0,
      version: '1.35',
      crds: [directory, definition('gizmos', 'Gizmo')],
      rbac: [
        { apiVersion: 'v1', kind: 'ServiceAccount', metadata: account },
        {
          apiVersion: 'rbac.authorization.k8s.io/v1',
          kind: 'ClusterRole',
          metadata: { name: 'operator' },
          rules: [{ apiGroups: ['example.com'], resources: ['widgets'], verbs: ['get', 'list'] }],
        },
        {
          apiVersion: 'rbac.authorization.k8s.io/v1',
          kind: 'ClusterRoleBinding',
          metadata: { name: 'operator' },
          roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'operator' },
          subjects: [{ kind: 'ServiceAccount', ...account }],
        },
      ],
    })
  })
  after(async () => {
    await cluster?.[Symbol.asyncDispose]()
    rmSync(directory, { recursive: true })
  })

  const clientOf = (kubeconfig: string) => {
    const config = new KubeConfig()
    config.loadFromString(kubeconfig)
    return config
  }

  it('serves them at once, from files, folders and objects, and types them as the test says', async () => {
    for (const [kind, name] of [
      ['Widget', 'w'],
      ['Gadget', 'g'],
      ['Gizmo', 'z'],
    ])
      await cluster.apply({ apiVersion: 'example.com/v1', kind, metadata: { name } })
    const widget = await cluster.get<Widget>('widget/w')
    assert.equal(widget.spec?.size, undefined)
    const [applied] = await cluster.apply<Widget>({ apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'sized' }, spec: {} })
    assert.equal(applied?.spec?.size, 1)
    assert.deepEqual((await cluster.list<Widget>('wi')).map(({ metadata }) => metadata?.name).sort(), ['sized', 'w'])
    assert.equal((await cluster.get('widgets.example.com/w')).kind, 'Widget')
    await cluster.delete('widget/sized')
    await cluster.waitFor('widget/sized', 'Deleted')
  })

  it('waits for a custom kind’s own conditions, and tells what it has instead', async () => {
    const widget = { resource: 'widgets.example.com', namespace: 'default', name: 'w' }
    const waited = cluster.waitFor('widget/w', 'Reconciled')
    await cluster.backend.patch(
      widget,
      'application/merge-patch+json',
      { status: { conditions: [{ type: 'Reconciled', status: 'True' }] } },
      { subresource: 'status' },
    )
    await waited
    await assert.rejects(
      cluster.waitFor('widget/w', 'Redy', { timeoutMs: 50 }),
      (error) => error instanceof WaitError && /no condition Redy; it has Reconciled/.test(error.message),
    )
  })

  it('an account has what it was given, and no more', async () => {
    const config = clientOf(await cluster.kubeconfigOf({ serviceAccount: 'operators/operator' }))
    const widgets = { group: 'example.com', version: 'v1', plural: 'widgets', namespace: 'default' }
    const api = config.makeApiClient(CustomObjectsApi)
    assert.equal(((await api.listNamespacedCustomObject(widgets)) as { items: unknown[] }).items.length, 1)
    await assert.rejects(api.deleteNamespacedCustomObject({ ...widgets, name: 'w' }), { code: 403 })
    await assert.rejects(config.makeApiClient(CoreV1Api).listNamespacedPod({ namespace: 'default' }), { code: 403 })
  })

  it('a user is who the test says', async () => {
    const admin = clientOf(await cluster.kubeconfigOf({ user: 'root', groups: ['system:masters'] }))
    await admin.makeApiClient(CoreV1Api).listNode()
    const nobody = clientOf(await cluster.kubeconfigOf({ user: 'nobody' }))
    await assert.rejects(nobody.makeApiClient(CoreV1Api).listNode(), (error) =>
      /User \\"nobody\\" cannot list resource \\"nodes\\"/.test((error as { body: string }).body),
    )
  })

  it('passes for the version that was asked for', async () => {
    const { gitVersion } = await clientOf(cluster.kubeconfig()).makeApiClient(VersionApi).getCode()
    assert.match(gitVersion, /^v1\.35\.0/)
    await assert.rejects(startCluster({ version: '1.20' }), { name: 'RangeError', message: 'version: "1.20" cannot be served; give 1.33 to 1.36' })
  })

  it('what a Deployment or a Job is stuck on is told by its pods', async () => {
    const container = { name: 'c', image: 'i' }
    const template = { metadata: { labels: { app: 'stuck' } }, spec: { containers: [container] } }
    const [deployment] = await cluster.apply({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'stuck' },
      spec: { replicas: 2, selector: { matchLabels: { app: 'stuck' } }, template },
    })
    const waits = (awaited: string) =>
      cluster.waitFor('deployment/stuck', awaited, { timeoutMs: 50 }).then(
        () => assert.fail('it waited for nothing'),
        (error: Error) => error.message,
      )
    const ownerReferences = [{ apiVersion: 'apps/v1', kind: 'Deployment', name: 'stuck', uid: deployment?.metadata?.uid ?? '' }]
    await cluster.apply({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'one', ownerReferences }, spec: { nodeName: 'away', containers: [container] } })
    assert.match(await waits('Available'), /0 of its [1-9]\d* pods are ready\n[\s\S]*pod \S+: /)
    assert.match(await waits('Avaliable'), /it has no condition Avaliable; it has Ready, Available, Progressing, ReplicaFailure/)
  })

  it('what cannot be read is refused by its path, and nothing is left behind', async () => {
    await assert.rejects(startCluster({ crds: ['/nowhere/crds'] }), { name: 'TypeError', message: /^\/nowhere\/crds: ENOENT/ })
    await assert.rejects(startCluster({ crds: [join(directory, 'README.md')] }), { name: 'TypeError' })
    await assert.rejects(startCluster({ rbac: [{ apiVersion: 'v1', kind: 'Pod' }] }), { name: 'TypeError', message: /^"Pod" has no Role, RoleBinding/ })
    const wrong = definition('wrongs', 'Wrong')
    Object.assign(wrong.spec.versions[0]?.schema.openAPIV3Schema ?? {}, { type: 'no-type' })
    await assert.rejects(startCluster({ nodes: 0, crds: [wrong] }), { code: 422, message: /openAPIV3Schema/ })
  })
})
