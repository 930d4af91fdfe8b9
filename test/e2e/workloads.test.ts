/** What users of kind do by habit, with the system's kubectl on `podsteward up` and real containers. */
import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { HorizontalPodAutoscaler, Pod } from '../../src/kube/objects.ts'
import { busyboxImage } from '../support/images.ts'
import type { Kubectl } from '../support/kubectl.ts'
import { nodeRuntime, stopRuntime } from '../support/node-runtime.ts'
import { type Podsteward, startUp } from '../support/podsteward.ts'
import { waitUntil } from '../support/wait-until.ts'

let state = ''
let podsteward: Podsteward
let kubectl: Kubectl
/** Does nothing, and ends at once when it is told to. */
const waiting = ['sh', '-c', 'trap exit TERM; sleep 3600 & wait']
const nextImage = 'podsteward.test/busybox:next'

before(async () => {
  state = await mkdtemp(join(tmpdir(), 'psd-workloads-'))
  const runtime = await nodeRuntime()
  await runtime.tag(busyboxImage, nextImage)
  ;({ podsteward, kubectl } = await startUp(state, runtime.flags))
})
after(async () => {
  // Their containers would outlive the node, and hold what is mounted for them.
  await kubectl?.run(words('delete deploy,sts,ds,cronjob,job --all --timeout=60s'))
  await kubectl?.run(words('wait --for=delete pod --all --timeout=60s'))
  await podsteward?.[Symbol.asyncDispose]()
  await stopRuntime()
  await rm(state, { recursive: true, force: true })
})

const words = (command: string) => command.split(' ')
const run = (command: string) => kubectl.ok(words(command))
const rolledOut = (what: string) => run(`rollout status ${what} --timeout=60s`)
const images = async (selector: string) =>
  (await kubectl.json<{ items: Pod[] }>(['get', 'pods', '-l', selector])).items
    .filter(({ metadata }) => !metadata?.deletionTimestamp)
    .map(({ spec }) => spec?.containers[0]?.image)
const holds = (text: string) => (output: string) => output.includes(text)
const until = (command: string, fits: (output: string) => boolean, timeoutMs = 30_000) =>
  waitUntil(command, async () => fits((await kubectl.run(words(command))).stdout), { timeoutMs, seen: () => run(command).catch(String) })

test('a deployment is created, exposed, scaled, updated, undone and restarted', async () => {
  await kubectl.ok(['create', 'deployment', 'app', `--image=${busyboxImage}`, '--replicas=2', '--', ...waiting])
  await rolledOut('deploy/app')
  await run('expose deployment app --port=80')
  await until('get endpointslices -l kubernetes.io/service-name=app -o jsonpath={.items[*].endpoints[*].conditions.ready}', (ready) => ready === 'true true')
  await run('scale deploy app --replicas=3')
  await rolledOut('deploy/app')
  await run(`set image deploy/app busybox=${nextImage}`)
  await rolledOut('deploy/app')
  assert.deepEqual(await images('app=app'), Array(3).fill(nextImage))
  assert.match(await run('rollout history deploy/app'), /^1 .*\n2 /m)
  await run('rollout undo deploy/app')
  await rolledOut('deploy/app')
  assert.deepEqual(await images('app=app'), Array(3).fill(busyboxImage))
  await run('rollout restart deploy/app')
  await rolledOut('deploy/app')
  await run('scale deploy app --replicas=1')
  await until('get endpointslices -l kubernetes.io/service-name=app -o jsonpath={.items[*].endpoints[*].conditions.ready}', (ready) => ready === 'true')
})

test('a job runs to its end; one that fails is told so; a cron job’s job can be run at once', async () => {
  await run(`create job good --image=${busyboxImage} -- true`)
  await run('wait --for=condition=Complete job/good --timeout=60s')
  await kubectl.apply(`
apiVersion: batch/v1
kind: Job
metadata: { name: bad }
spec:
  backoffLimit: 0
  template:
    spec:
      restartPolicy: Never
      containers: [{ name: c, image: ${busyboxImage}, command: [sh, -c, exit 3] }]
`)
  await run('wait --for=condition=Failed job/bad --timeout=60s')
  assert.match(await run('describe job bad'), /BackoffLimitExceeded/)
  await kubectl.ok(['create', 'cronjob', 'tick', `--image=${busyboxImage}`, '--schedule=0 0 1 1 *', '--', 'date'])
  await run('create job tick-now --from=cronjob/tick')
  await run('wait --for=condition=Complete job/tick-now --timeout=60s')
  await run('delete job good')
  await until('get pods -l job-name=good -o name', (left) => left === '')
})

test('a quota counts and refuses, a job goes when its time is over, and a replication controller has its pods', async () => {
  await run('create namespace small')
  await run('create quota least -n small --hard=pods=1')
  await until('get quota least -n small -o jsonpath={.status.hard.pods}', (pods) => pods === '1')
  await kubectl.ok(['run', 'one', '-n', 'small', `--image=${busyboxImage}`, '--', ...waiting])
  const refused = await kubectl.run(['run', 'two', '-n', 'small', `--image=${busyboxImage}`, '--', ...waiting])
  assert.match(refused.stderr, /exceeded quota: least, requested: pods=1, used: pods=1, limited: pods=1/)
  assert.equal(await run('get quota least -n small -o jsonpath={.status.used.pods}'), '1')
  await kubectl.apply(`
apiVersion: batch/v1
kind: Job
metadata: { name: brief }
spec:
  ttlSecondsAfterFinished: 1
  template:
    spec:
      restartPolicy: Never
      containers: [{ name: c, image: ${busyboxImage}, command: ['true'] }]
---
apiVersion: v1
kind: ReplicationController
metadata: { name: old }
spec:
  replicas: 2
  selector: { app: old }
  template:
    metadata: { labels: { app: old } }
    spec:
      containers: [{ name: c, image: ${busyboxImage}, command: ${JSON.stringify(waiting)} }]
`)
  await run('wait --for=delete job/brief --timeout=60s')
  await until('get rc old -o jsonpath={.status.readyReplicas}', (ready) => ready === '2')
  await run('delete rc old')
  await until('get pods -l app=old -o name', (left) => left === '')
  await run('delete namespace small --timeout=60s')
})

test('a stateful set keeps the names and the disks of its pods; a daemon set has one on the node', async () => {
  await kubectl.apply(`
apiVersion: apps/v1
kind: StatefulSet
metadata: { name: db }
spec:
  serviceName: db
  replicas: 2
  selector: { matchLabels: { app: db } }
  template:
    metadata: { labels: { app: db } }
    spec:
      terminationGracePeriodSeconds: 1
      containers:
        - name: c
          image: ${busyboxImage}
          command: [sh, -c, 'echo "$HOSTNAME" >> /data/who; trap exit TERM; sleep 3600 & wait']
          volumeMounts: [{ name: data, mountPath: /data }]
  volumeClaimTemplates:
    - metadata: { name: data }
      spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Mi } } }
---
apiVersion: apps/v1
kind: DaemonSet
metadata: { name: each }
spec:
  selector: { matchLabels: { app: each } }
  template:
    metadata: { labels: { app: each } }
    spec:
      terminationGracePeriodSeconds: 1
      containers: [{ name: c, image: ${busyboxImage}, command: ${JSON.stringify(waiting)} }]
`)
  await rolledOut('statefulset/db')
  await run('delete pod db-1 --wait=true')
  await rolledOut('statefulset/db')
  await run('wait --for=condition=Ready pod/db-1 --timeout=60s')
  assert.equal(await run('exec db-1 -- cat /data/who'), 'db-1\ndb-1\n')
  await rolledOut('daemonset/each')
  await run(`set image ds/each c=${nextImage}`)
  await rolledOut('daemonset/each')
  assert.deepEqual(await images('app=each'), [nextImage])
  await run('rollout undo ds/each')
  await rolledOut('daemonset/each')
})

test('a chart comes up, is scaled by what its pods use, and goes with its namespace', async () => {
  await run('create namespace chart')
  await kubectl.ok(['apply', '-n', 'chart', '-f', '-'], { stdin: await readFile(join(import.meta.dirname, 'fixtures/chart.yaml'), 'utf8') })
  await rolledOut('deploy/web -n chart')
  await run('wait -n chart --for=jsonpath={.status.phase}=Succeeded pod/web-test-connection --timeout=60s')
  // The autoscaler has brought the least that it is to have.
  await until('get -n chart deploy web -o jsonpath={.status.readyReplicas}', (ready) => ready === '2', 60_000)
  await waitUntil(
    'the autoscaler to know what the pods use',
    async () => {
      const { status } = await kubectl.json<HorizontalPodAutoscaler>(['get', '-n', 'chart', 'hpa', 'web'])
      return status?.currentMetrics?.[0]?.resource?.current.averageUtilization !== undefined
    },
    { timeoutMs: 90_000, seen: () => run('describe -n chart hpa web') },
  )
  await run('delete namespace chart --timeout=60s')
  assert.equal((await kubectl.run(['get', 'namespace', 'chart'])).code, 1)
})

test('a drain keeps to the budget of what it evicts, and what was evicted comes back', async () => {
  await run('scale deploy app --replicas=2')
  await rolledOut('deploy/app')
  await run('create pdb app --selector=app=app --min-available=2')
  await until('get pdb app -o jsonpath={.status.currentHealthy}', (healthy) => healthy === '2')
  const drain = 'drain e2e-node --ignore-daemonsets --delete-emptydir-data --force'
  const refused = await kubectl.run(words(`${drain} --timeout=3s`))
  assert.equal(refused.code, 1)
  assert.match(refused.stderr, /Cannot evict pod as it would violate the pod's disruption budget\./)
  assert.deepEqual((await images('app=app')).length, 2)
  await run('delete pdb app')
  await run(`${drain} --timeout=60s`)
  await until('get pods -l app=app -o jsonpath={.items[*].status.conditions[?(@.type=="PodScheduled")].message}', holds('1 node(s) were unschedulable'))
  await run('uncordon e2e-node')
  await rolledOut('deploy/app')
})
