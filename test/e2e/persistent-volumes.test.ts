/** Claims, and the volumes that are bound to them. */
import assert from 'node:assert/strict'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
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

test('a generic ephemeral volume waits for its claim, which the pod must own', async () => {
  await bind(node, 'strange-v', { hostPath: { path: join(host, 'strange') } })
  const template = { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } }
  const spec = {
    volumes: [{ name: 'v', ephemeral: { volumeClaimTemplate: template } }],
    containers: [{ command: ['sh', '-c', 'echo mine > /v/x'], volumeMounts: [mount('v')] }],
    restartPolicy: 'Never',
  }
  await node.run('strange', spec)
  await node.untilEvent('strange', /^FailedMount: .*PVC default\/strange-v was not created for pod default\/strange \(pod is not owner\)$/)
  await node.run('own', spec)
  await node.untilEvent(
    'own',
    /^FailedMount: MountVolume.SetUp failed for volume "v" : error processing PVC default\/own-v: failed to fetch PVC from API server: .*not found$/,
  )
  const { metadata } = await node.pod('own')
  const owner = { apiVersion: 'v1', kind: 'Pod', name: 'own', uid: String(metadata?.uid), controller: true }
  await bind(node, 'own-v', { hostPath: { path: join(host, 'own'), type: 'DirectoryOrCreate' } }, { ownerReferences: [owner] })
  await node.until('own', 'to succeed', (pod) => pod.status?.phase === 'Succeeded')
  assert.equal(await readFile(join(host, 'own/x'), 'utf8'), 'mine\n')
})

test('what cannot be mounted holds its own pod, with the reason', async () => {
  const elsewhere = { required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'zone', operator: 'In', values: ['far'] }] }] } }
  await bind(node, 'far', { local: { path: join(host, 'local') }, nodeAffinity: elsewhere })
  await bind(node, 'missing', { local: { path: join(host, 'missing') } })
  await bind(node, 'block', { local: { path: join(host, 'local') }, volumeMode: 'Block' })
  await bind(node, 'cloud', { awsElasticBlockStore: { volumeID: 'x' } })
  const claims = ['far', 'missing', 'block', 'cloud']
  await node.run('held', {
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
  await node.run('none', { volumes: volumes('folder', 'host', 'files'), containers: devices('folder', 'host', 'files') })
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
