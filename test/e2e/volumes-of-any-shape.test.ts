/** Volumes that a pod fills as it likes, that lie in each other, and that change while the pod runs. */
import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { idle, LiveNode, statusOf } from '../support/live-node.ts'
import { waitUntil } from '../support/wait-until.ts'

let node: LiveNode
before(async () => {
  node = await LiveNode.start()
  await node.apply(
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'outer' }, stringData: { a: 'outer1', 'app.conf': 'c' } },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'inner' }, data: { b: 'inner' } },
  )
})
after(async () => {
  await node?.[Symbol.asyncDispose]()
})

const emptyDir = { volumes: [{ name: 'v', emptyDir: {} }] }
const mounted = [{ name: 'v', mountPath: '/v' }]

async function deletedWithAllItsFiles(name: string): Promise<void> {
  const { uid = '' } = (await node.pod(name)).metadata ?? {}
  await node.kubectl.run(['delete', 'pod', name, '--wait', '--timeout=60s'])
  const places = [join(node.state, 'node/pods')]
  await waitUntil('no file of the pod to be left', async () => !(await Promise.all(places.map((place) => readdir(place)))).flat().includes(uid))
}

test('after the deletion of a pod nothing is left of names that are no UTF-8, of deep trees, or of flagged and closed directories', async () => {
  const n = '$(printf "%0200d" 0)'
  const fill: Record<string, string> = {
    bytes: String.raw`printf x > "$(printf "/v/caf\351.txt")"; mkdir "$(printf "/v/\377\376")"; touch "/v/..
"`,
    deep: `cd /v; n=${n}; i=0; while [ $i -lt 60 ]; do mkdir $n && cd $n || break; i=$((i+1)); done`,
    closed: 'mkdir -p /v/a/b; touch /v/a/b/c; mkfifo /v/a/p; chattr +i /v/a/b/c; chattr +i /v/a/b; chmod 000 /v/a',
  }
  for (const [name, script] of Object.entries(fill)) {
    const capabilities = { add: ['LINUX_IMMUTABLE'] }
    await node.ready(name, {
      ...emptyDir,
      containers: [
        {
          command: ['sh', '-c', `${script}; touch /tmp/filled; sleep 1000`],
          volumeMounts: mounted,
          securityContext: { capabilities },
          readinessProbe: { exec: { command: ['test', '-e', '/tmp/filled'] }, periodSeconds: 1 },
        },
      ],
    })
    await deletedWithAllItsFiles(name)
  }
})

test('volumes mounted below volumes of every kind that is read-only, in any order: all are seen, and updates of the outer one arrive', async () => {
  await node.ready('nested', {
    volumes: [
      { name: 'outer', secret: { secretName: 'outer' } },
      { name: 'inner', configMap: { name: 'inner' } },
      { name: 'e', emptyDir: {} },
      { name: 'd', downwardAPI: { items: [{ path: 'nm', fieldRef: { fieldPath: 'metadata.name' } }] } },
      {
        name: 'p',
        projected: { sources: [{ configMap: { name: 'inner' } }, { secret: { name: 'outer', items: [{ key: 'app.conf', path: 'etc/app/conf' }] } }] },
      },
    ],
    containers: [
      {
        command: idle,
        terminationMessagePath: '/s/last-words',
        volumeMounts: [
          { name: 'inner', mountPath: '/s/more/deep' },
          { name: 'e', mountPath: '/s/scratch' },
          { name: 'd', mountPath: '/s/more' },
          { name: 'inner', mountPath: '/s/file', subPath: 'b' },
          { name: 'outer', mountPath: '/s' },
          { name: 'outer', mountPath: 'p/etc/app/tls' },
          { name: 'p', mountPath: 'p' },
        ],
      },
    ],
  })
  const see = async () =>
    (await node.sh('nested', 'cat /s/a /s/more/nm /s/more/deep/b /s/file /p/b /p/etc/app/conf /p/etc/app/tls/a; touch /s/scratch/x && ls /s/scratch')).output
  assert.equal(await see(), 'outer1nestedinnerinnerinnercouter1x')
  await node.apply({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'outer' }, stringData: { a: 'outer2', 'app.conf': 'd', new: 'n' } })
  await waitUntil('the update', async () => (await see()) === 'outer2nestedinnerinnerinnerdouter2x', { timeoutMs: 90_000, seen: see })
  assert.equal((await node.sh('nested', 'cat /s/new')).output, 'n')
})

test('a container that starts again sees the file and the directory that its sub-paths name by then', async () => {
  await node.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c17' }, data: { conf: 'one' } })
  const untilTerm = "trap 'exit 1' TERM; while :; do sleep 0.3; done"
  await node.ready('sub-file', {
    volumes: [{ name: 'c', configMap: { name: 'c17' } }],
    containers: [
      {
        command: ['sh', '-c', `cat /etc/app/conf; ${untilTerm}`],
        volumeMounts: [
          { name: 'c', mountPath: '/etc/app/conf', subPath: 'conf' },
          { name: 'c', mountPath: '/all' },
        ],
      },
    ],
  })
  await node.ready('sub-dir', {
    volumes: [{ name: 'e', emptyDir: {} }],
    containers: [
      {
        command: ['sh', '-c', `ls /work; ${untilTerm}`],
        volumeMounts: [
          { name: 'e', mountPath: '/work', subPath: 'work' },
          { name: 'e', mountPath: '/all' },
        ],
      },
    ],
  })
  await node.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c17' }, data: { conf: 'two' } })
  await waitUntil('the update', async () => (await node.sh('sub-file', 'cat /all/conf')).output === 'two', { timeoutMs: 90_000 })
  await node.sh('sub-dir', 'rm -r /all/work; mkdir /all/work; touch /all/work/new')
  for (const [name, expected] of [
    ['sub-file', 'two'],
    ['sub-dir', 'new'],
  ] as const) {
    await node.sh(name, 'kill 1')
    await node.until(name, 'to run again', (pod) => (statusOf(pod)?.restartCount ?? 0) === 1 && statusOf(pod)?.state?.running !== undefined)
    assert.equal((await node.sh(name, name === 'sub-file' ? 'cat /etc/app/conf' : 'ls /work')).output, expected)
  }
})
