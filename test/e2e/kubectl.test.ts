/** The system's kubectl against the embedded API server, without a node: what a node would write is written through the API. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { systemClock } from '../../src/base/clock.ts'
import { silentLogger } from '../../src/base/log.ts'
import { type RunningControlPlane, startControlPlane } from '../../src/controlplane/start.ts'
import type { KubeObject, Pod } from '../../src/kube/objects.ts'
import { Kubectl } from '../support/kubectl.ts'
import { waitUntil } from '../support/wait-until.ts'

const now = () => new Date().toISOString().replace(/\.\d+Z$/, 'Z')

const manifest = (data: string) => `apiVersion: v1
kind: ConfigMap
metadata:
  name: applied
data:
  key: ${data}
`

const podManifest = (name: string, label = name) => `apiVersion: v1
kind: Pod
metadata:
  name: ${name}
  labels: { app: ${label} }
spec:
  nodeName: fake
  containers:
  - name: main
    image: busybox:1
    command: [sleep, "60"]
`

describe('kubectl', () => {
  let directory: string
  let plane: RunningControlPlane
  let kubectl: Kubectl
  let kubeconfig: string

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'kubectl-'))
    plane = await startControlPlane({ storage: 'memory', listen: { host: '127.0.0.1', port: 0 }, clock: systemClock, log: silentLogger })
    kubeconfig = join(directory, 'kubeconfig')
    await writeFile(kubeconfig, plane.adminKubeconfig, { mode: 0o600 })
    kubectl = new Kubectl(kubeconfig)
    await plane.backend.create({ resource: 'nodes' }, { apiVersion: 'v1', kind: 'Node', metadata: { name: 'fake' } })
    const status = {
      conditions: [{ type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'ready', lastHeartbeatTime: now(), lastTransitionTime: now() }],
      addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
      capacity: { cpu: '4', memory: '8Gi', pods: '110' },
      allocatable: { cpu: '4', memory: '8Gi', pods: '110' },
      nodeInfo: { kubeletVersion: 'v1.32.0', osImage: 'Debian', kernelVersion: '6.1', containerRuntimeVersion: 'docker://27' },
    }
    await plane.backend.patch({ resource: 'nodes', name: 'fake' }, 'application/merge-patch+json', { status }, { subresource: 'status' })
    await waitUntil('a schedulable node', async () => !(await kubectl.ok(['get', 'node', 'fake', '-o', 'jsonpath={.spec.taints}'])))
    await waitUntil('the service account', async () => (await kubectl.run(['get', 'sa', 'default'])).code === 0)
  })
  after(async () => {
    await plane?.[Symbol.asyncDispose]()
    await rm(directory, { recursive: true, force: true })
  })

  /** What a node would report of a pod whose containers all run. */
  async function running(name: string, namespace = 'default'): Promise<void> {
    const pod = (await plane.backend.get({ resource: 'pods', namespace, name })) as Pod
    const status = {
      phase: 'Running',
      podIP: '10.0.0.9',
      podIPs: [{ ip: '10.0.0.9' }],
      hostIP: '127.0.0.1',
      startTime: now(),
      conditions: ['Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map((type) => ({ type, status: 'True', lastTransitionTime: now() })),
      containerStatuses: pod.spec?.containers.map(({ name: container, image }) => ({
        name: container,
        image,
        imageID: 'sha256:1',
        containerID: 'docker://1',
        ready: true,
        started: true,
        restartCount: 2,
        state: { running: { startedAt: now() } },
      })),
    }
    await plane.backend.patch({ resource: 'pods', namespace, name }, 'application/merge-patch+json', { status }, { subresource: 'status' })
  }

  it('applies: creates, leaves alone, changes, and says a field may not change', async () => {
    assert.match(await kubectl.apply(manifest('one')), /configmap\/applied created/)
    assert.match(await kubectl.apply(manifest('one')), /configmap\/applied unchanged/)
    assert.match(await kubectl.apply(manifest('two')), /configmap\/applied configured/)
    assert.equal(await kubectl.ok(['get', 'cm', 'applied', '-o', 'jsonpath={.data.key}']), 'two')
    await kubectl.apply(podManifest('fixed'))
    const refused = await kubectl.run(['apply', '-f', '-'], { stdin: podManifest('fixed').replace('[sleep, "60"]', '[sleep, "70"]') })
    assert.equal(refused.code, 1)
    assert.match(refused.stderr, /The Pod "fixed" is invalid: spec: Forbidden: pod updates may not change fields other than/)
    assert.match((await kubectl.run(['diff', '-f', '-'], { stdin: manifest('three') })).stdout, /\+ {2}key: three/)
  })

  it('applies on the server, with conflicts between managers and a way past them', async () => {
    const apply = (data: string, manager: string, ...more: string[]) =>
      kubectl.run(['apply', '--server-side', '--field-manager', manager, ...more, '-f', '-'], { stdin: manifest(data).replace('applied', 'owned') })
    assert.match((await apply('one', 'first')).stdout, /configmap\/owned serverside-applied/)
    const conflict = await apply('two', 'second')
    assert.equal(conflict.code, 1)
    assert.match(conflict.stderr, /conflict with "first": \.data\.key/)
    assert.equal((await apply('two', 'second', '--force-conflicts')).code, 0)
    assert.match(await kubectl.ok(['get', 'cm', 'owned', '-o', 'yaml', '--show-managed-fields']), /manager: second/)
  })

  it('gets pods and nodes as tables, wide, YAML, by label and by field', async () => {
    await kubectl.apply(podManifest('shown', 'web'))
    await running('shown')
    assert.match(await kubectl.ok(['get', 'pods', '-l', 'app=web']), /^NAME +READY +STATUS +RESTARTS +AGE\nshown +1\/1 +Running +2( \(.*\))? +\d+s\n$/)
    assert.match(await kubectl.ok(['get', 'pod', 'shown', '-o', 'wide']), /IP +NODE +NOMINATED NODE +READINESS GATES\n.*10\.0\.0\.9 +fake +<none> +<none>/)
    assert.match(await kubectl.ok(['get', 'pod', 'shown', '-o', 'yaml']), /^apiVersion: v1\nkind: Pod\n[\s\S]*restartPolicy: Always/)
    assert.match(await kubectl.ok(['get', 'nodes']), /fake +Ready +<none> +\d+s +v1\.32\.0/)
    assert.match(await kubectl.ok(['get', 'nodes', '-o', 'wide']), /127\.0\.0\.1 +<none> +Debian +6\.1 +docker:\/\/27/)
    assert.match(await kubectl.ok(['get', 'pods', '-A', '--field-selector', 'spec.nodeName=fake,status.phase=Running']), /default +shown/)
    assert.doesNotMatch(await kubectl.ok(['get', 'pods', '-l', 'app in (web),app!=x', '-o', 'name']), /fixed/)
    assert.match((await kubectl.run(['get', 'pods', '-l', 'app=none'])).stderr, /No resources found in default namespace/)
    const missing = await kubectl.run(['get', 'pod', 'nothing'])
    assert.deepEqual([missing.code, missing.stderr], [1, 'Error from server (NotFound): pods "nothing" not found\n'])
    const wrong = await kubectl.run(['get', 'pods', '--field-selector', 'spec.bogus=1'])
    assert.match(wrong.stderr, /field label not supported: spec\.bogus/)
  })

  it('describes a pod with its events, and a node with its pods', async () => {
    await kubectl.apply(podManifest('described'))
    await running('described')
    const { uid } = (await kubectl.json<Pod>(['get', 'pod', 'described'])).metadata ?? {}
    await plane.backend.create({ resource: 'events', namespace: 'default' }, {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: 'described.1', namespace: 'default' },
      involvedObject: { kind: 'Pod', name: 'described', namespace: 'default', uid, apiVersion: 'v1' },
      type: 'Normal',
      reason: 'Started',
      message: 'Started container main',
      source: { component: 'kubelet', host: 'fake' },
      firstTimestamp: now(),
      lastTimestamp: now(),
      count: 1,
    } as KubeObject)
    const pod = await kubectl.ok(['describe', 'pod', 'described'])
    assert.match(pod, /Node: +fake\/127\.0\.0\.1/)
    assert.match(pod, /State: +Running/)
    assert.match(pod, /Normal +Started +\S+ +kubelet +Started container main/)
    const node = await kubectl.ok(['describe', 'node', 'fake'])
    assert.match(node, /Non-terminated Pods:[\s\S]*default +described/)
    assert.match(node, /Ready +True/)
    assert.match(await kubectl.ok(['events', '--for', 'pod/described']), /Started container main/)
    assert.match(await kubectl.ok(['get', 'events', '--field-selector', 'involvedObject.name=described']), /Started +pod\/described +Started container main/)
  })

  it('creates namespaces, configMaps, secrets, service accounts, services and tokens', async () => {
    for (const args of [
      ['create', 'namespace', 'made'],
      ['create', 'configmap', 'made', '--from-literal=a=b'],
      ['create', 'secret', 'generic', 'made', '--from-literal=a=b'],
      ['create', 'serviceaccount', 'made'],
      ['create', 'service', 'clusterip', 'made', '--tcp=80:8080'],
    ])
      assert.match(await kubectl.ok(args), /made created/)
    assert.match(await kubectl.ok(['get', 'ns', 'made']), /made +Active/)
    assert.equal(await kubectl.ok(['get', 'secret', 'made', '-o', 'jsonpath={.data.a}']), 'Yg==')
    const token = (await kubectl.ok(['create', 'token', 'made', '--duration=1h'])).trim()
    assert.equal(token.split('.').length, 3)
    const asMade = await kubectl.run(['--token', token, 'auth', 'whoami', '--kubeconfig', await withoutUser()])
    assert.match(asMade.stdout, /system:serviceaccount:default:made/, asMade.stderr)
    const twice = await kubectl.run(['create', 'namespace', 'made'])
    assert.match(twice.stderr, /AlreadyExists\): namespaces "made" already exists/)
    assert.match(await kubectl.ok(['delete', 'namespace', 'made', '--timeout=20s']), /namespace "made" deleted/)
  })

  // A client certificate would go before a token.
  async function withoutUser(): Promise<string> {
    const path = join(directory, 'anonymous')
    await writeFile(path, plane.adminKubeconfig.replace(/^.*client-(certificate|key)-data:.*\n/gm, ''))
    return path
  }

  it('edits by a script, patches in all three ways, labels and annotates', async () => {
    await kubectl.apply(manifest('edit').replace('applied', 'edited'))
    const editor = join(directory, 'editor.sh')
    await writeFile(editor, '#!/bin/sh\nsed -i "s/key: edit/key: by-script/" "$1"\n')
    await chmod(editor, 0o755)
    assert.match(await kubectl.ok(['edit', 'cm', 'edited'], { env: { KUBE_EDITOR: editor } }), /configmap\/edited edited/)
    const data = () => kubectl.ok(['get', 'cm', 'edited', '-o', 'jsonpath={.data}'])
    assert.equal(await data(), '{"key":"by-script"}')
    await kubectl.ok(['patch', 'cm', 'edited', '--type=strategic', '-p', '{"data":{"a":"1"}}'])
    await kubectl.ok(['patch', 'cm', 'edited', '--type=merge', '-p', '{"data":{"b":"2","key":null}}'])
    await kubectl.ok(['patch', 'cm', 'edited', '--type=json', '-p', '[{"op":"replace","path":"/data/a","value":"3"}]'])
    assert.equal(await data(), '{"a":"3","b":"2"}')
    assert.match(await kubectl.ok(['patch', 'cm', 'edited', '--type=merge', '-p', '{"data":{"b":"2"}}']), /patched \(no change\)/)
    assert.match(await kubectl.ok(['label', 'cm', 'edited', 'tier=one']), /labeled/)
    assert.equal((await kubectl.run(['label', 'cm', 'edited', 'tier=two'])).code, 1)
    await kubectl.ok(['label', '--overwrite', 'cm', 'edited', 'tier=two'])
    await kubectl.ok(['annotate', 'cm', 'edited', 'note=a b'])
    assert.equal(await kubectl.ok(['get', 'cm', 'edited', '-o', 'jsonpath={.metadata.labels.tier} {.metadata.annotations.note}']), 'two a b')
    await kubectl.ok(['label', 'cm', 'edited', 'tier-'])
    assert.match(await kubectl.ok(['get', 'cm', 'edited', '--show-labels']), /<none>/)
  })

  it('deletes a pod in two steps, gracefully; by force in one', async () => {
    await kubectl.apply(podManifest('graceful'))
    await running('graceful')
    assert.match(await kubectl.ok(['delete', 'pod', 'graceful', '--wait=false']), /pod "graceful" deleted/)
    const marked = await kubectl.json<Pod>(['get', 'pod', 'graceful'])
    assert.equal(marked.metadata?.deletionGracePeriodSeconds, 30)
    assert.match(await kubectl.ok(['get', 'pod', 'graceful']), /Terminating/)
    const waiting = kubectl.ok(['wait', '--for=delete', 'pod/graceful', '--timeout=20s'])
    await plane.backend.delete({ resource: 'pods', namespace: 'default', name: 'graceful' }, { gracePeriodSeconds: 0 })
    await waiting
    await kubectl.apply(podManifest('forced'))
    const forced = await kubectl.run(['delete', 'pod', 'forced', '--force', '--grace-period=0'])
    assert.match(forced.stdout, /pod "forced" force deleted/)
    assert.match(forced.stderr, /Immediate deletion does not wait/)
    assert.equal((await kubectl.run(['get', 'pod', 'forced'])).code, 1)
  })

  it('waits for a condition and follows changes', async () => {
    await kubectl.apply(podManifest('awaited'))
    const child = spawn('kubectl', ['--kubeconfig', kubeconfig, 'get', 'pod', 'awaited', '-w'])
    const ended = new Promise((resolve) => child.once('close', resolve))
    let seen = ''
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      seen += chunk
    })
    try {
      await waitUntil('the first line', () => /awaited +0\/1/.test(seen), { seen: () => seen })
      const waiting = kubectl.ok(['wait', '--for=condition=Ready', 'pod/awaited', '--timeout=20s'])
      await running('awaited')
      assert.match(await waiting, /pod\/awaited condition met/)
      await waitUntil('the change', () => /awaited +1\/1 +Running/.test(seen), { seen: () => seen })
    } finally {
      child.kill()
      await ended
    }
    const late = await kubectl.run(['wait', '--for=condition=Bogus', 'pod/awaited', '--timeout=1s'])
    assert.equal(late.code, 1)
    assert.match(late.stderr, /timed out waiting for the condition on pods\/awaited/)
  })

  it('explains fields, lists what is served, and says who may do what', async () => {
    assert.match(await kubectl.ok(['explain', 'pod.spec.containers']), /KIND: +Pod[\s\S]*FIELD: containers <\[\]Container>[\s\S]*image\t<string>/)
    assert.match(await kubectl.ok(['api-resources']), /pods +po +v1 +true +Pod/)
    assert.match(await kubectl.ok(['api-versions']), /coordination\.k8s\.io\/v1[\s\S]*\nv1\n/)
    assert.match(await kubectl.ok(['cluster-info']), /Kubernetes control plane/)
    assert.match(await kubectl.ok(['version']), /Server Version: v1\.36/)
    assert.equal(await kubectl.ok(['auth', 'can-i', 'create', 'pods']), 'yes\n')
    const no = await kubectl.run(['auth', 'can-i', 'create', 'pods', '--as', 'somebody'])
    assert.deepEqual([no.code, no.stdout], [1, 'no\n'])
  })
})
