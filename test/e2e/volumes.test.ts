/** Volumes as containers see them. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import type { Volume } from '../../src/kube/objects.ts'
import { systemMounter } from '../../src/volumes/mounter.ts'
import { LiveNode, statusOf } from '../support/live-node.ts'
import { waitUntil } from '../support/wait-until.ts'

let node: LiveNode
let host: string
const configMap = (name: string, data: Record<string, string>, more = {}) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data, ...more })
const secret = (name: string, stringData: Record<string, string>, more = {}) => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name }, stringData, ...more })

before(async () => {
  host = await mkdtemp(join(tmpdir(), 'volumes-host-'))
  node = await LiveNode.start()
  await node.apply(configMap('files', { a: 'A', b: 'B' }), secret('keys', { user: 'me', pass: 's3cret' }))
})
after(async () => {
  await node?.[Symbol.asyncDispose]()
  await rm(host, { recursive: true, force: true })
})

/** What the script prints in a container that has the volumes at /<name>. */
async function seen(name: string, volumes: Volume[], script: string, spec = {}): Promise<string> {
  const volumeMounts = volumes.map((volume) => ({ name: volume.name, mountPath: `/${volume.name}` }))
  await node.ended(name, { volumes, containers: [{ command: ['sh', '-c', script], volumeMounts }], ...spec })
  return (await node.logs(name)).trim()
}

test('emptyDir: anyone may write; on tmpfs it has the size that was set, and containers share it', async () => {
  const volumes = [
    { name: 'disk', emptyDir: {} },
    { name: 'memory', emptyDir: { medium: 'Memory', sizeLimit: '8Mi' } },
  ]
  const output = await seen('empty', volumes, 'stat -c %a /disk /memory; df -k /memory | tail -1; grep -E " /(disk|memory) " /proc/mounts; cat /disk/*', {
    initContainers: [
      {
        name: 'first',
        command: ['sh', '-c', 'echo shared > /disk/x'],
        volumeMounts: [{ name: 'disk', mountPath: '/disk' }],
        securityContext: { runAsUser: 1000 },
      },
    ],
  })
  assert.match(output, /^777\n1?777\ntmpfs +8192 /)
  assert.match(output, /tmpfs \/memory tmpfs /)
  assert.doesNotMatch(output, / \/disk tmpfs/)
  assert.match(output, /shared$/)
})

test('a tmpfs without sizeLimit is as large as the containers’ memory limits together', async () => {
  await node.ended('limited', {
    volumes: [{ name: 'm', emptyDir: { medium: 'Memory' } }],
    containers: [{ command: ['df', '-k', '/m'], volumeMounts: [{ name: 'm', mountPath: '/m' }], resources: { limits: { memory: '32Mi' } } }],
  })
  assert.match(await node.logs('limited'), /tmpfs +32768 /)
})

test('hostPath of each type that fits; what is to be made is made and stays', async (t) => {
  await writeFile(join(host, 'file'), 'from the host')
  const server = createServer().listen(join(host, 'socket'))
  t.after(() => server.close())
  const types = {
    dir: ['Directory', ''],
    made: ['DirectoryOrCreate', 'made'],
    file: ['File', 'file'],
    madefile: ['FileOrCreate', 'made-file'],
    any: ['', 'none'],
  }
  const volumes: Volume[] = Object.entries(types).map(([name, [type, path]]) => ({ name, hostPath: { path: join(host, path ?? ''), type } }))
  volumes.push(
    { name: 'socket', hostPath: { path: join(host, 'socket'), type: 'Socket' } },
    { name: 'null', hostPath: { path: '/dev/null', type: 'CharDevice' } },
    // It holds the engine's own data.
    { name: 'machine', hostPath: { path: '/', type: 'Directory' } },
  )
  const output = await seen(
    'host',
    volumes,
    'cat /file; test -S /socket && echo socket; test -c /null && echo device; test -d /machine/etc && echo machine; echo x > /made/by-pod; ls /dir; ls -d /any',
  )
  assert.match(output, /^from the hostsocket\ndevice\nmachine\n/)
  assert.match(output, /made-file\n/)
  assert.ok(existsSync(join(host, 'made/by-pod')))
  assert.equal((await stat(join(host, 'made'))).mode & 0o777, 0o755)
  assert.equal((await stat(join(host, 'made-file'))).mode & 0o777, 0o644)
})

test('hostPath of each type that does not fit keeps the pod back with the kubelet’s words', async () => {
  await writeFile(join(host, 'plain'), '')
  const wrong = [
    ['Directory', '/plain', 'is not a directory'],
    ['DirectoryOrCreate', '/plain', 'is not a directory'],
    ['File', '', 'is not a file'],
    ['FileOrCreate', '', 'is not a file'],
    ['Socket', '/plain', 'is not a socket file'],
    ['CharDevice', '/plain', 'is not a character device'],
    ['BlockDevice', '/plain', 'is not a block device'],
    ['Directory', '/absent', 'is not a directory'],
  ] as const
  const volumes = wrong.map(([type, path], index) => ({ name: `v${index}`, hostPath: { path: host + path, type } }))
  await node.run('wrong', { volumes, containers: [{ volumeMounts: volumes.map(({ name }) => ({ name, mountPath: `/${name}` })) }] })
  for (const [index, [, path, says]] of wrong.entries())
    await node.untilEvent(
      'wrong',
      new RegExp(`^FailedMount: MountVolume.SetUp failed for volume "v${index}" : hostPath type check failed: ${host}${path} ${says}$`),
    )
  await node.until('wrong', 'to wait', (pod) => statusOf(pod)?.state?.waiting?.reason === 'ContainerCreating')
})

test('configMap and secret: items, modes, defaultMode; the volume is read-only and the secret never on disk', async () => {
  const output = await seen(
    'modes',
    [
      { name: 'all', configMap: { name: 'files' } },
      {
        name: 'some',
        configMap: {
          name: 'files',
          defaultMode: 0o440,
          items: [
            { key: 'a', path: 'deep/er/a' },
            { key: 'b', path: 'b', mode: 0o755 },
          ],
        },
      },
      { name: 'keys', secret: { secretName: 'keys', defaultMode: 0o400 } },
    ],
    'cd /; stat -Lc "%a %n" all/* some/deep/er/a some/b keys/*; cat some/deep/er/a keys/pass; readlink all/a; readlink all/..data; touch all/x 2>&1; grep " /keys " /proc/mounts',
  )
  assert.match(output, /644 all\/a\n644 all\/b\n440 some\/deep\/er\/a\n755 some\/b\n400 keys\/pass\n400 keys\/user\nAs3cret/)
  assert.match(output, /\.\.data\/a\n\.\.\d{4}_/)
  assert.match(output, /Read-only file system/)
  assert.match(output, /tmpfs \/keys tmpfs ro/)
})

test('a missing key or source keeps the pod back; it runs once they are there', async () => {
  await node.run('waits', {
    restartPolicy: 'Never',
    volumes: [
      { name: 'key', configMap: { name: 'files', items: [{ key: 'late', path: 'late' }] } },
      { name: 'map', configMap: { name: 'late-map' } },
      { name: 'secret', secret: { secretName: 'late-secret' } },
    ],
    containers: [
      { command: ['sh', '-c', 'cat /key/late /map/k /secret/k'], volumeMounts: ['key', 'map', 'secret'].map((name) => ({ name, mountPath: `/${name}` })) },
    ],
  })
  await node.untilEvent('waits', /^FailedMount: MountVolume.SetUp failed for volume "key" : configmap references non-existent config key: late$/)
  await node.untilEvent('waits', /^FailedMount: MountVolume.SetUp failed for volume "map" : configmap "late-map" not found$/)
  await node.untilEvent('waits', /^FailedMount: MountVolume.SetUp failed for volume "secret" : secret "late-secret" not found$/)
  await node.apply(configMap('files', { a: 'A', b: 'B', late: '1' }), configMap('late-map', { k: '2' }), secret('late-secret', { k: '3' }))
  await node.until('waits', 'to succeed', (pod) => pod.status?.phase === 'Succeeded')
  assert.equal(await node.logs('waits'), '123')
})

test('optional sources may be missing, come into the running container later and vanish from it; changes of a secret follow, subPath and immutable do not', async () => {
  await node.apply(secret('changing', { k: 'old' }), secret('fixed', { k: 'old' }, { immutable: true }))
  await node.ready('follows', {
    volumes: [
      { name: 'later', configMap: { name: 'appears', optional: true } },
      { name: 'secret', secret: { secretName: 'changing' } },
      { name: 'fixed', secret: { secretName: 'fixed' } },
    ],
    containers: [
      {
        volumeMounts: [
          { name: 'later', mountPath: '/later' },
          { name: 'secret', mountPath: '/secret' },
          { name: 'secret', mountPath: '/again' },
          { name: 'secret', mountPath: '/one-file', subPath: 'k' },
          { name: 'fixed', mountPath: '/fixed' },
        ],
      },
    ],
  })
  assert.equal((await node.sh('follows', 'ls /later; cat /secret/k /again/k /one-file /fixed/k')).output, 'oldoldoldold')
  await node.apply(configMap('appears', { k: 'here' }), secret('changing', { k: 'new' }))
  const look = async () => (await node.sh('follows', 'cat /later/k /secret/k /again/k /one-file')).output
  await waitUntil('the new contents', async () => (await look()) === 'herenewnewold', { seen: look })
  await node.kubectl.ok(['delete', 'configmap', 'appears'])
  const left = async () => (await node.sh('follows', 'ls /later')).output
  await waitUntil('the optional one to vanish', async () => (await left()) === '', { seen: left })
  const refused = await node.kubectl.run(['apply', '-f', '-'], { stdin: JSON.stringify(secret('fixed', { k: 'new' }, { immutable: true })) })
  assert.match(refused.stderr, /field is immutable when `immutable` is set/)
})

test('downwardAPI and projected volumes; changed labels reach the file', async () => {
  const items = [
    { path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } },
    { path: 'name', fieldRef: { fieldPath: 'metadata.name' }, mode: 0o400 },
    { path: 'cpu', resourceFieldRef: { containerName: 'c', resource: 'limits.cpu', divisor: '1m' } },
  ]
  const sources = [
    { configMap: { name: 'files', items: [{ key: 'a', path: 'map/a' }] } },
    { secret: { name: 'keys', items: [{ key: 'pass', path: 'pass', mode: 0o440 }] } },
    { downwardAPI: { items: [{ path: 'who', fieldRef: { fieldPath: 'metadata.namespace' } }] } },
    { serviceAccountToken: { path: 'token', audience: 'others', expirationSeconds: 600 } },
  ]
  await node.ready(
    'tells',
    {
      volumes: [
        { name: 'down', downwardAPI: { items } },
        { name: 'all', projected: { sources } },
      ],
      containers: [
        {
          resources: { limits: { cpu: '250m' } },
          volumeMounts: [
            { name: 'down', mountPath: '/down' },
            { name: 'all', mountPath: '/all' },
          ],
        },
      ],
    },
    { labels: { app: 'x' } },
  )
  const { output } = await node.sh(
    'tells',
    'cat /down/labels; echo; cat /down/name; echo; cat /down/cpu; echo; stat -Lc %a /down/name /all/pass; cat /all/map/a /all/who',
  )
  assert.equal(output, 'app="x"\ntells\n250\n400\n440\nAdefault')
  const claims = JSON.parse(Buffer.from((await node.sh('tells', 'cat /all/token')).output.split('.')[1] ?? '', 'base64url').toString())
  assert.deepEqual(claims.aud, ['others'])
  assert.equal(claims['kubernetes.io'].pod.name, 'tells')
  await node.kubectl.ok(['label', 'pod', 'tells', 'tier=back'])
  const labels = async () => (await node.sh('tells', 'cat /down/labels')).output
  await waitUntil('the new label', async () => (await labels()) === 'app="x"\ntier="back"', { seen: labels })
  assert.equal(statusOf(await node.pod('tells'))?.restartCount, 0)
})

test('the default token, the authority’s certificate and the namespace are in place, and the token is good', async () => {
  await node.ready('account', {})
  const base = '/var/run/secrets/kubernetes.io/serviceaccount'
  assert.equal((await node.sh('account', `cat ${base}/namespace`)).output, 'default')
  assert.match((await node.sh('account', `cat ${base}/ca.crt`)).output, /^-----BEGIN CERTIFICATE-----/)
  const token = (await node.sh('account', `cat ${base}/token`)).output
  const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token } }
  const answer = await node.kubectl.ok(['create', '--raw', '/apis/authentication.k8s.io/v1/tokenreviews', '-f', '-'], { stdin: JSON.stringify(review) })
  assert.equal(JSON.parse(answer).status.user?.username, 'system:serviceaccount:default:default')
})

test('fsGroup: a user other than root reads secrets and writes to emptyDirs as the group', async () => {
  const output = await seen(
    'grouped',
    [
      { name: 'keys', secret: { secretName: 'keys', defaultMode: 0o400 } },
      { name: 'disk', emptyDir: {} },
    ],
    'id -u; id -G; cat /keys/pass; echo; echo x > /disk/x; stat -Lc "%g %a" /keys/pass /disk /disk/x',
    { securityContext: { runAsUser: 1000, runAsGroup: 3000, fsGroup: 2000 } },
  )
  assert.match(output, /^1000\n3000 2000\ns3cret\n2000 440\n2000 2777\n2000 644$/)
})

test('subPath and subPathExpr show a part of the volume; readOnly mounts refuse writing', async () => {
  await node.ended('parts', {
    volumes: [{ name: 'v', emptyDir: {} }],
    initContainers: [{ name: 'fill', command: ['sh', '-c', 'mkdir -p /v/in/side; echo file > /v/in/f'], volumeMounts: [{ name: 'v', mountPath: '/v' }] }],
    containers: [
      {
        command: ['sh', '-c', 'ls /in; cat /f; echo x > /mine/x; ls -d /whole/made/parts; ls /whole/made/parts; touch /ro/x 2>&1; touch /in/ok && echo wrote'],
        env: [{ name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
        volumeMounts: [
          { name: 'v', mountPath: '/in', subPath: 'in' },
          { name: 'v', mountPath: '/f', subPath: 'in/f' },
          { name: 'v', mountPath: '/mine', subPathExpr: 'made/$(POD)' },
          { name: 'v', mountPath: '/whole' },
          { name: 'v', mountPath: '/ro', readOnly: true },
        ],
      },
    ],
  })
  assert.equal((await node.logs('parts')).trim(), 'f\nside\nfile\n/whole/made/parts\nx\ntouch: /ro/x: Read-only file system\nwrote')
})

test('mountPropagation: what the node mounts later is seen with HostToContainer only; recursiveReadOnly Enabled is refused', async (t) => {
  const shared = join(host, 'shared')
  await mkdir(join(shared, 'in'), { recursive: true })
  await systemMounter.bindMount(shared, shared, {})
  t.after(() => promisify(execFile)('umount', ['--lazy', '--recursive', shared]))
  await promisify(execFile)('mount', ['--make-rshared', shared])
  const volumes = [{ name: 'v', hostPath: { path: shared } }]
  const mount = (name: string, mountPropagation?: string) => ({ name, volumeMounts: [{ name: 'v', mountPath: '/v', mountPropagation }] })
  const containers = [mount('follows', 'HostToContainer'), mount('stays'), mount('none', 'None')]
  await node.ready('propagated', { volumes, containers })
  await promisify(execFile)('mount', ['-t', 'tmpfs', 'tmpfs', join(shared, 'in')])
  await writeFile(join(shared, 'in/x'), 'later')
  assert.equal((await node.sh('propagated', 'cat /v/in/x', 'follows')).output, 'later')
  for (const container of ['stays', 'none']) assert.notEqual((await node.sh('propagated', 'cat /v/in/x', container)).code, 0)
  await node.kubectl.ok(['delete', 'pod', 'propagated', '--grace-period=1'])

  await node.run('recursive', { volumes, containers: [{ volumeMounts: [{ name: 'v', mountPath: '/v', readOnly: true, recursiveReadOnly: 'Enabled' }] }] })
  const pod = await node.until('recursive', 'to be refused', (each) => statusOf(each)?.state?.waiting?.reason === 'CreateContainerConfigError')
  assert.equal(statusOf(pod)?.state?.waiting?.message, 'volume "v" requested recursive read-only mode, but it is not supported by the runtime')
  const possible = { name: 'v', mountPath: '/v', readOnly: true, recursiveReadOnly: 'IfPossible' }
  const ready = await node.ready('possible', { volumes, containers: [{ volumeMounts: [possible] }] })
  assert.deepEqual(statusOf(ready)?.volumeMounts?.[0], { name: 'v', mountPath: '/v', readOnly: true, recursiveReadOnly: 'Disabled' })
})

test('mountPropagation Bidirectional: what a privileged container mounts is seen by the node', async (t) => {
  const shared = await mkdtemp(join(tmpdir(), 'volumes-shared-'))
  await systemMounter.bindMount(shared, shared, {})
  await promisify(execFile)('mount', ['--make-shared', shared])
  t.after(async () => {
    await systemMounter.unmount(join(shared, 'inner'))
    await systemMounter.unmount(shared)
    await rm(shared, { recursive: true, force: true })
  })
  const script = 'mkdir /v/inner && mount -t tmpfs none /v/inner && echo mine > /v/inner/x; sleep 1000'
  const container = {
    securityContext: { privileged: true },
    command: ['sh', '-c', script],
    volumeMounts: [{ name: 'v', mountPath: '/v', mountPropagation: 'Bidirectional' }],
  }
  await node.ready('outward', { volumes: [{ name: 'v', hostPath: { path: shared } }], containers: [container] })
  await waitUntil('the mount to be seen', () => existsSync(join(shared, 'inner/x')) || undefined)
  assert.equal(await systemMounter.isMountPoint(join(shared, 'inner')), true)
})

test('a symlink inside the volume that leads out of it is refused as a subPath', async () => {
  await node.run('escapes', {
    volumes: [{ name: 'v', emptyDir: {} }],
    initContainers: [{ name: 'link', command: ['ln', '-s', '/etc', '/v/out'], volumeMounts: [{ name: 'v', mountPath: '/v' }] }],
    containers: [{ volumeMounts: [{ name: 'v', mountPath: '/stolen', subPath: 'out' }] }],
  })
  const pod = await node.until('escapes', 'to be refused', (each) => statusOf(each)?.state?.waiting?.reason === 'CreateContainerConfigError')
  assert.match(statusOf(pod)?.state?.waiting?.message ?? '', /failed to prepare subPath for volumeMount "v" of container "c"/)
  assert.equal((await node.containers('escapes')).filter((each) => each.name === 'c').length, 0)
})
