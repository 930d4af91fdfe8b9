import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseManifest } from '../../../actors/node/static/manifest.ts'
import { mirrorOf } from '../../../actors/node/static/mirror-table.ts'

const origin = { source: 'file', location: '/etc/manifests/web.yaml', nodeName: 'node-1', seen: '2026-01-01T00:00:00.000Z' } as const
const web = `
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec:
  containers:
  - {name: c, image: nginx, ports: [{containerPort: 80}]}
`

test('a manifest becomes a pod of this node with the kubelet’s name, annotations and the API’s defaults', () => {
  const [pod] = parseManifest(web, origin)
  const { uid, annotations, ...metadata } = pod?.metadata ?? {}
  assert.deepEqual(metadata, { name: 'web-node-1', namespace: 'default', labels: { app: 'web' }, creationTimestamp: origin.seen })
  assert.match(uid ?? '', /^[0-9a-f]{32}$/)
  assert.deepEqual(annotations, {
    'kubernetes.io/config.hash': uid,
    'kubernetes.io/config.seen': origin.seen,
    'kubernetes.io/config.source': 'file',
  })
  assert.equal(pod?.spec?.nodeName, 'node-1')
  assert.equal(pod?.spec?.restartPolicy, 'Always')
  assert.equal(pod?.spec?.containers[0]?.imagePullPolicy, 'Always')
  assert.deepEqual(pod?.spec?.tolerations, [{ operator: 'Exists', effect: 'NoExecute' }])
})

test('the uid follows the content, the place and the node, and nothing else', () => {
  const uid = (text: string, changed = {}) => parseManifest(text, { ...origin, ...changed })[0]?.metadata?.uid
  const json = JSON.stringify({
    kind: 'Pod',
    apiVersion: 'v1',
    spec: { containers: [{ ports: [{ containerPort: 80 }], image: 'nginx', name: 'c' }] },
    metadata: { labels: { app: 'web' }, name: 'web' },
  })
  assert.equal(uid(web), uid(json), 'order and notation do not matter')
  assert.equal(uid(web), uid(web, { seen: '2027-01-01T00:00:00.000Z' }))
  assert.notEqual(uid(web), uid(web.replace('80', '81')))
  assert.notEqual(uid(web), uid(web, { location: '/etc/manifests/other.yaml' }))
  assert.notEqual(uid(web), uid(web, { nodeName: 'n2' }))
})

test('a manifest that is no good pod is refused with what is wrong in it', () => {
  const refusals: [string, RegExp][] = [
    ['', /it is empty/],
    ['a: [', /neither YAML nor JSON/],
    ['just text', /holds no object/],
    [`${web}---${web}`, /2 documents/],
    [web.replace('kind: Pod', 'kind: Deployment'), /it is a Deployment of v1; give a Pod/],
    [web.replace('name: web,', ''), /metadata\.name is missing/],
    [web.replace('name: web', 'name: Web'), /metadata\.name: Invalid value: "Web-node-1"/],
    [web.replace('image: nginx,', ''), /spec\.containers\[0\]\.image: Required value/],
    [web.replace('name: web', 'uid: ../../x, name: web'), /metadata\.uid/],
    ['{apiVersion: v1, kind: Pod, metadata: {name: x}, spec: {containers: 5}}', /^spec: /],
    ['{apiVersion: v1, kind: PodList, items: []}', /it is a PodList/],
  ]
  for (const [text, message] of refusals) assert.throws(() => parseManifest(text, origin), { name: 'ManifestError', message })
})

test('a URL may answer with a list of pods', () => {
  const pod = (name: string) => ({ metadata: { name }, spec: { containers: [{ name: 'c', image: 'i' }] } })
  const text = JSON.stringify({ apiVersion: 'v1', kind: 'PodList', items: [pod('a'), pod('b')] })
  const pods = parseManifest(text, { ...origin, source: 'http', location: 'http://x/' })
  assert.deepEqual(
    pods.map((each) => each.metadata?.name),
    ['a-node-1', 'b-node-1'],
  )
  assert.equal(pods[0]?.spec?.tolerations, undefined)
})

test('the mirror has the pod’s hash and the node as its only owner, as NodeRestriction asks', () => {
  const [pod] = parseManifest(web, origin)
  assert.ok(pod)
  const { metadata, status } = mirrorOf(pod, { name: 'node-1', uid: 'nu' })
  assert.equal(metadata?.annotations?.['kubernetes.io/config.mirror'], pod.metadata?.uid)
  assert.deepEqual(metadata?.ownerReferences, [{ apiVersion: 'v1', kind: 'Node', name: 'node-1', uid: 'nu', controller: true }])
  assert.equal(metadata?.uid, undefined)
  assert.equal(status, undefined)
})

test('a manifest is YAML 1.1: octal modes, yes and on, anchors', () => {
  const [pod] = parseManifest(
    `apiVersion: v1
kind: Pod
metadata: {name: static-yaml, labels: &l {a: "1"}, annotations: *l}
spec:
  hostNetwork: yes
  terminationGracePeriodSeconds: 9223372036854775807
  volumes: [{name: d, downwardAPI: {defaultMode: 0440, items: [{path: x, mode: 0755, fieldRef: {fieldPath: metadata.name}}]}}]
  containers: [{name: m, image: "bb:1", stdin: on, volumeMounts: [{name: d, mountPath: /d}]}]`,
    origin,
  )
  assert.equal(pod?.spec?.hostNetwork, true)
  assert.equal(pod?.spec?.volumes?.[0]?.downwardAPI?.defaultMode, 0o440)
  assert.equal(pod?.spec?.volumes?.[0]?.downwardAPI?.items?.[0]?.mode, 0o755)
  assert.equal(pod?.spec?.containers[0]?.stdin, true)
  assert.equal(pod?.metadata?.annotations?.a, '1')
  assert.equal(pod?.spec?.terminationGracePeriodSeconds as unknown, 9223372036854775807n)
})

test('a manifest in JSON is read as JSON', () => {
  const [pod] = parseManifest(
    '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"y","labels":{"on":"yes"}},"spec":{"containers":[{"name":"c","image":"i"}]}}',
    origin,
  )
  assert.deepEqual(pod?.metadata?.labels, { on: 'yes' })
})

test('a key that comes twice is refused with its line', () => {
  assert.throws(() => parseManifest('apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nkind: Pod', origin), /line 4: key "kind" already set in map/)
})
