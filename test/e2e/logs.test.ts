/** `kubectl logs` in all its forms, `debug` and `run -it`, on real containers. */
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { busyboxImage } from '../support/images.ts'
import { LiveNode, statusOf } from '../support/live-node.ts'
import { waitUntil } from '../support/wait-until.ts'

let node: LiveNode
before(async () => {
  node = await LiveNode.start()
})
after(() => node?.[Symbol.asyncDispose]())

const logs = (...args: string[]) => node.kubectl.ok(['logs', ...args])

/** kubectl with these arguments, followed until it ends by itself. */
function follow(...args: string[]) {
  const child = spawn('kubectl', ['--kubeconfig', join(node.state, 'kubeconfig'), ...args])
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    said += chunk
  })
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  return { child, ended, said: () => said, [Symbol.dispose]: () => void child.kill('SIGKILL') }
}

test('a follow goes on over the rotations of the log: each line once, in order', async () => {
  // 30 MB and more on the disk, in files of 10 MiB.
  const lines = 150_000
  const script = `i=0; while [ $i -lt ${lines} ]; do echo "$i ................................................................................................................................"; i=$((i+1)); done; echo done; sleep 600`
  await node.ready('rotating', { containers: [{ command: ['sh', '-c', `until [ -e /tmp/go ]; do sleep 0.1; done; ${script}`] }] })
  using following = follow('logs', '-f', 'rotating')
  await node.sh('rotating', 'touch /tmp/go')
  await waitUntil('the last line', () => following.said().endsWith('done\n'), { timeoutMs: 60_000, seen: () => following.said().slice(-200) })
  const numbers = following.said().split('\n').slice(0, lines)
  const wrong = numbers.findIndex((line, index) => !line.startsWith(`${index} .`))
  assert.equal(wrong, -1, `line ${wrong} is ${numbers[wrong]}`)
  const kept = (await logs('rotating')).split('\n')
  assert.ok(kept.length > lines / 2, `${kept.length} lines are kept`)
  assert.equal(kept.at(-2), 'done')
})

test('a follow ends with its container, with all that it said; the next incarnation has a log of its own, the one before stays', async () => {
  await node.run('restarting', {
    containers: [{ command: ['sh', '-c', 'cat /proc/sys/kernel/random/uuid; until [ -e /tmp/end ]; do sleep 0.1; done; echo last words; exit 3'] }],
  })
  await node.until('restarting', 'to run', (pod) => statusOf(pod)?.state?.running !== undefined)
  using first = follow('logs', '-f', 'restarting')
  await waitUntil('the first line', () => first.said().length > 10)
  await node.sh('restarting', 'touch /tmp/end')
  assert.equal(await first.ended, 0)
  assert.match(first.said(), /^[-0-9a-f]+\nlast words\n$/)
  await node.until('restarting', 'to run again', (pod) => statusOf(pod)?.restartCount === 1 && statusOf(pod)?.state?.running !== undefined)
  const second = await waitUntil('the second log', async () => (await logs('restarting')) || undefined)
  assert.notEqual(second, first.said())
  assert.equal(await logs('restarting', '--previous'), first.said())
  // While it waits for its next start, the one that ended last is the previous one.
  await node.sh('restarting', 'touch /tmp/end')
  await node.until('restarting', 'to wait', (pod) => statusOf(pod)?.state?.waiting?.reason === 'CrashLoopBackOff')
  const last = `${second.trim()}\nlast words\n`
  assert.deepEqual([await logs('restarting'), await logs('restarting', '--previous')], [last, last])
  const none = await node.kubectl.run(['logs', 'rotating', '--previous'])
  assert.match(none.stderr, /previous terminated container "c" in pod "rotating" not found/)
})

test('tail, limit, since and timestamps cut as they say', async () => {
  await node.ready('said', {
    containers: [{ command: ['sh', '-c', 'for i in 1 2 3 4 5; do echo "line $i"; done; until [ -e /tmp/go ]; do sleep 0.1; done; echo error >&2; sleep 600'] }],
  })
  // The engine copies the two streams apart: what is written at once has no order between them.
  await waitUntil('the lines', async () => (await logs('said')).split('\n').length === 6)
  await node.sh('said', 'touch /tmp/go')
  await waitUntil('all lines', async () => (await logs('said')).split('\n').length === 7)
  assert.equal(await logs('said', '--tail=2'), 'line 5\nerror\n')
  assert.equal(await logs('said', '--limit-bytes=9'), 'line 1\nli')
  assert.equal(await logs('said', '--tail=0'), '')
  const stamped = (await logs('said', '--timestamps', '--tail=1')).trim()
  assert.match(stamped, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z error$/)
  assert.equal(await logs('said', '--since-time=2100-01-01T00:00:00Z'), '')
  assert.equal((await logs('said', '--since=1h')).split('\n').length, 7)
  assert.match((await node.kubectl.run(['logs', 'said', '-c', 'nope'])).stderr, /container nope is not valid for pod said/)
})

test('debug joins a pod with a container beside it, and sees the processes of the one it targets', async () => {
  await node.ready('patient', {})
  await node.kubectl.ok([
    'debug',
    'patient',
    `--image=${busyboxImage}`,
    '--target=c',
    '-c',
    'doctor',
    '--image-pull-policy=IfNotPresent',
    '--',
    'sh',
    '-c',
    'ps | grep -c "[s]leep 1"; sleep 600',
  ])
  const seen = await waitUntil('what it sees', async () => (await node.kubectl.run(['logs', 'patient', '-c', 'doctor'])).stdout.trim() || undefined)
  assert.ok(Number(seen) >= 1, seen)
  const { status } = await node.pod('patient')
  assert.ok(status?.ephemeralContainerStatuses?.[0]?.state?.running, JSON.stringify(status?.ephemeralContainerStatuses))
})

test('run -it is a terminal of one’s own, and its exit code is the pod’s', () => {
  const args = [
    '--kubeconfig',
    join(node.state, 'kubeconfig'),
    'run',
    'mine',
    '-it',
    '--rm',
    '--restart=Never',
    `--image=${busyboxImage}`,
    '--image-pull-policy=IfNotPresent',
  ]
  const program = 'import pty, sys, os\nstatus = pty.spawn(sys.argv[1:])\nsys.exit(os.waitstatus_to_exitcode(status))'
  // It speaks when it is spoken to: what it said before somebody had come would be lost.
  const command = ['sh', '-c', 'read word; tty; echo "you said $word"; exit 7']
  const result = spawnSync('python3', ['-c', program, 'kubectl', ...args, '--', ...command], { encoding: 'utf8', input: 'hello\n', timeout: 60_000 })
  assert.match(result.stdout, /\/dev\/pts\/\d/)
  assert.match(result.stdout, /you said hello/)
  assert.equal(result.status, 7, result.stdout + result.stderr)
})
