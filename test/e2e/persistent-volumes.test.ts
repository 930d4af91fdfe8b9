/** Claims, and the volumes that are bound to them. */
import assert from 'node:assert/strict'
import { access, chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { PersistentVolume, PersistentVolumeClaim } from '../../src/kube/objects.ts'
import { bind } from '../support/claims.ts'
import { LiveNode } from '../support/live-node.ts'
import { loopDevice } from '../support/loop-device.ts'

let node: LiveNode
let host: string

before(async () => {
  host = await mkdtemp(join(tmpdir(), 'persistent-'))
  await chmod(host, 0o755)
  node = await LiveNode.start()
})
after(async () => {
  await node?.[Symbol.asyncDispose]()
  await rm(host, { recursive: true, force: true })
})

/** Past the scheduler, which would not send them to a node: what the node says of them itself. */
const here = { nodeName: 'e2e-node' }

const mount = (name: string) => ({ name, mountPath: `/${name}` })

test('claims bound to hostPath and local volumes: written through, read-only where asked, given to the fsGroup; what was written stays', async () => {
  await mkdir(join(host, 'local'))
  await writeFile(join(host, 'local/there'), 'before')
  await bind(node, 'path', { hostPath: { path: join(host, 'path'), type: 'DirectoryOrCreate' } })
  await bind(node, 'local', { local: { path: join(host, 'local') } })
  await node.ended('claims', {
    securityContext: { fsGroup: 2000 },
    volumes: [
      { name: 'p', persistentVolumeClaim: { claimName: 'path' } },
      { name: 'l', persistentVolumeClaim: { claimName: 'local' } },
      { name: 'r', persistentVolumeClaim: { claimName: 'path', readOnly: true } },
    ],
    containers: [
      {
        command: ['sh', '-c', 'echo one > /p/x; cat /l/there; stat -c " %g" /l/there; su -s /bin/sh nobody -c true; echo two > /l/new; touch /r/y 2>&1'],
        volumeMounts: [mount('p'), mount('l'), mount('r')],
      },
    ],
  })
  assert.match(await node.logs('claims'), /^before 2000\n(.*\n)*touch: \/r\/y: Read-only file system/)
  assert.equal(await readFile(join(host, 'path/x'), 'utf8'), 'one\n')
  await node.kubectl.ok(['delete', 'pod', 'claims'])
  assert.equal(await readFile(join(host, 'local/new'), 'utf8'), 'two\n')
})

test('a generic ephemeral volume has a claim of the pod’s own, and no other', async () => {
  await bind(node, 'strange-v', { hostPath: { path: join(host, 'strange') } })
  const template = { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } }
  const spec = {
    volumes: [{ name: 'v', ephemeral: { volumeClaimTemplate: template } }],
    containers: [{ command: ['sh', '-c', 'echo mine > /v/x'], volumeMounts: [mount('v')] }],
    restartPolicy: 'Never',
  }
  await node.run('strange', { ...spec, ...here })
  await node.untilEvent('strange', /^FailedMount: .*PVC default\/strange-v was not created for pod default\/strange \(pod is not owner\)$/)
  await node.ended('own', spec)
  const claim = await node.kubectl.json<PersistentVolumeClaim>(['get', 'pvc', 'own-v'])
  assert.equal(claim.metadata?.ownerReferences?.[0]?.uid, (await node.pod('own')).metadata?.uid)
  const volume = await node.kubectl.json<PersistentVolume>(['get', 'pv', claim.spec?.volumeName ?? ''])
  assert.equal(await readFile(join(volume.spec?.hostPath?.path ?? '', 'x'), 'utf8'), 'mine\n')
})

test('what cannot be mounted holds its own pod, with the reason', async () => {
  const elsewhere = { required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'zone', operator: 'In', values: ['far'] }] }] } }
  await bind(node, 'far', { local: { path: join(host, 'local') }, nodeAffinity: elsewhere })
  await bind(node, 'missing', { local: { path: join(host, 'missing') } })
  await bind(node, 'block', { local: { path: join(host, 'local') }, volumeMode: 'Block' })
  await bind(node, 'cloud', { awsElasticBlockStore: { volumeID: 'x' } })
  const claims = ['far', 'missing', 'block', 'cloud']
  await node.run('held', {
    ...here,
    volumes: [...claims.map((name) => ({ name, persistentVolumeClaim: { claimName: name } })), { name: 'nfs', nfs: { server: '127.0.0.1', path: '/nothing' } }],
    containers: [{ volumeMounts: [...claims, 'nfs'].map(mount) }],
  })
  const failed = (volume: string, message: string) =>
    node.untilEvent('held', new RegExp(`^FailedMount: MountVolume.SetUp failed for volume "${volume}" : ${message}`))
  await failed('far', 'error processing PVC default/far: storage node affinity conflict')
  await failed('pv-missing', `path "${host}/missing" does not exist`)
  await failed('block', 'volume block has volumeMode Block, but is specified in volumeMounts')
  await failed('cloud', 'no volume plugin matched: PV pv-cloud is of kind awsElasticBlockStore')
  await failed('nfs', '(the node has no mount.nfs; install nfs-common|mount -t nfs)')
  assert.equal((await node.pod('held')).status?.phase, 'Pending')
})

test('a local block volume is the device itself, read-only where the claim is; what is none holds its pod with FailedMapVolume', async () => {
  await using device = await loopDevice(join(host, 'image'), 'raw bytes')
  await bind(node, 'raw', { local: { path: device.path }, volumeMode: 'Block' })
  await bind(node, 'folder', { local: { path: host }, volumeMode: 'Block' })
  await bind(node, 'host', { hostPath: { path: device.path }, volumeMode: 'Block' })
  await bind(node, 'files', { hostPath: { path: host } })
  const volumes = (...names: string[]) => names.map((name) => ({ name, persistentVolumeClaim: { claimName: name } }))
  const devices = (...names: string[]) => [{ volumeDevices: names.map((name) => ({ name, devicePath: `/dev/${name}` })) }]
  await node.run('none', { ...here, volumes: volumes('folder', 'host', 'files'), containers: devices('folder', 'host', 'files') })
  const read = [{ name: 'raw', persistentVolumeClaim: { claimName: 'raw', readOnly: true } }]
  await node.ready('reader', { volumes: read, containers: devices('raw') })
  assert.equal((await node.sh('reader', 'head -c 9 /dev/raw')).output, 'raw bytes')
  assert.match((await node.sh('reader', 'echo x > /dev/raw')).output, /Operation not permitted/)
  await node.untilEvent('none', /^FailedMapVolume: MapVolume.MapBlockVolume failed for volume "pv-folder" : local volume \S+ is no block device$/)
  await node.untilEvent(
    'none',
    /^FailedMapVolume: MapVolume.SetUpDevice failed for volume "pv-host" : no block volume plugin matched: PV pv-host is of kind hostPath/,
  )
  await node.untilEvent('none', /^FailedMount: .* : volume files has volumeMode Filesystem, but is specified in volumeDevices$/)
  await node.kubectl.ok(['delete', 'pod', 'reader', 'none'])
})

test('a claim of the default class is a directory of the node: what a pod writes is there for the next, and goes with the claim', async () => {
  const size = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } }
  await node.apply({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'data-web-0' }, spec: size })
  const spec = (command: string) => ({
    volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data-web-0' } }],
    securityContext: { runAsUser: 1234 },
    containers: [{ command: ['sh', '-c', command], volumeMounts: [mount('data')] }],
  })
  await node.ended('web-0', spec('echo of the first > /data/x'))
  await node.kubectl.ok(['delete', 'pod', 'web-0'])
  await node.ended('web-0', spec('cat /data/x'))
  assert.equal(await node.logs('web-0'), 'of the first\n')
  const { spec: claim } = await node.kubectl.json<PersistentVolumeClaim>(['get', 'pvc', 'data-web-0'])
  const { spec: volume } = await node.kubectl.json<PersistentVolume>(['get', 'pv', claim?.volumeName ?? ''])
  const path = volume?.hostPath?.path ?? ''
  assert.equal(await readFile(join(path, 'x'), 'utf8'), 'of the first\n')
  await node.kubectl.ok(['delete', 'pod', 'web-0'])
  await node.kubectl.ok(['delete', 'pvc', 'data-web-0'])
  await node.kubectl.ok(['wait', '--for=delete', `pv/${claim?.volumeName}`, '--timeout=60s'])
  await assert.rejects(access(path))
})
