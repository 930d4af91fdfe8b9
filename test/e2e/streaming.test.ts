import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { closeSync, openSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { busyboxImage } from '../support/images.ts'
import type { Kubectl } from '../support/kubectl.ts'
import { nodeRuntime, stopRuntime } from '../support/node-runtime.ts'
import { type Podsteward, startUp } from '../support/podsteward.ts'
import { waitUntil } from '../support/wait-until.ts'

let state = ''
let podsteward: Podsteward
let kubectl: Kubectl
let kubeconfig = ''

const pod = (name: string, script: string, more = '') => `
apiVersion: v1
kind: Pod
metadata: { name: ${name}, namespace: default }
spec:
  terminationGracePeriodSeconds: 1
  containers:
    - name: c
      image: ${busyboxImage}
      command: [sh, -c, ${JSON.stringify(script)}]
${more}
`
/** Talks to whoever is attached; serves a page on the loopback alone; serves another on every address. */
const script = [
  'mkdir -p /www /all; echo loopback > /www/index.html; echo everywhere > /all/index.html',
  'httpd -p 127.0.0.1:8081 -h /www; httpd -p 8082 -h /all',
  'while read line; do echo "heard $line"; done; sleep 600',
].join('; ')

/** The sockets that a process has open, by their inodes. */
function socketsOf(pid: number | undefined): ReadonlySet<string> {
  const directory = `/proc/${pid}/fd`
  const link = (descriptor: string) => {
    try {
      return readlinkSync(join(directory, descriptor))
    } catch {
      // Closed meanwhile.
      return ''
    }
  }
  return new Set(
    readdirSync(directory)
      .map(link)
      .filter((target) => target.startsWith('socket:')),
  )
}

before(async () => {
  state = await mkdtemp(join(tmpdir(), 'psd-streaming-'))
  ;({ podsteward, kubectl } = await startUp(state, (await nodeRuntime()).flags))
  kubeconfig = join(state, 'kubeconfig')
  await kubectl.apply(pod('s', script, '      stdin: true'))
  await kubectl.apply(pod('counter', 'i=0; while :; do echo line $i; i=$((i+1)); sleep 0.2; done'))
  await kubectl.ok(['wait', '--for=condition=Ready', 'pod/s', 'pod/counter', '--timeout=60s'])
})
after(async () => {
  await kubectl.run(['delete', 'pod', 's', 'counter', '--ignore-not-found'])
  await podsteward[Symbol.asyncDispose]()
  await stopRuntime()
  await rm(state, { recursive: true, force: true })
})

for (const [protocol, env] of [
  ['WebSocket', { KUBECTL_REMOTE_COMMAND_WEBSOCKETS: 'true', KUBECTL_PORT_FORWARD_WEBSOCKETS: 'true' }],
  ['SPDY', { KUBECTL_REMOTE_COMMAND_WEBSOCKETS: 'false', KUBECTL_PORT_FORWARD_WEBSOCKETS: 'false' }],
] as const) {
  test(`exec over ${protocol} keeps the outputs apart and ends with the command’s code`, async () => {
    const result = await kubectl.run(['exec', 's', '--', 'sh', '-c', 'echo out; echo err >&2; exit 7'], { env })
    assert.deepEqual([result.code, result.stdout], [7, 'out\n'])
    assert.match(result.stderr, /^err$/m)
    assert.equal((await kubectl.run(['exec', 's', '--', 'true'], { env })).code, 0)
  })

  test(`exec over ${protocol} passes input to its end, byte for byte`, async () => {
    const data = randomBytes(3_000_000)
    const child = spawn('kubectl', ['--kubeconfig', kubeconfig, 'exec', '-i', 's', '--', 'md5sum'], { env: { ...process.env, ...env } })
    let said = ''
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      said += chunk
    })
    child.stdin.end(data)
    const code = await new Promise((resolve) => child.once('close', resolve))
    assert.deepEqual([code, said], [0, `${createHash('md5').update(data).digest('hex')}  -\n`])
  })

  test(`exec over ${protocol} has a terminal when asked, of the client’s size`, () => {
    // Python's pty gives kubectl a terminal of its own, 33 lines of 101 columns.
    const program = `
import fcntl, os, pty, struct, sys, termios
pid, fd = pty.fork()
if pid == 0:
    os.execvp('kubectl', sys.argv[1:])
fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack('HHHH', 33, 101, 0, 0))
out = b''
try:
    while True:
        chunk = os.read(fd, 4096)
        if not chunk: break
        out += chunk
except OSError:
    pass
sys.stdout.write(out.decode())
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`
    // The size comes by a message of its own, after the command has begun.
    const command = 'until stty size | grep -q "33 101"; do sleep 0.1; done; stty size; tty; exit 5'
    const args = ['kubectl', '--kubeconfig', kubeconfig, 'exec', '-it', 's', '--', 'sh', '-c', command]
    const result = spawnSync('python3', ['-c', program, ...args], { encoding: 'utf8', env: { ...process.env, ...env }, timeout: 60_000 })
    assert.equal(result.status, 5, result.stdout + result.stderr)
    assert.match(result.stdout, /33 101/)
    assert.match(result.stdout, /\/dev\/pts\/\d/)
  })

  test(`port-forward over ${protocol} reaches what listens on the pod’s loopback alone, and many connections at once`, async () => {
    const child = spawn('kubectl', ['--kubeconfig', kubeconfig, 'port-forward', '-v=4', 'pod/s', ':8081', ':8082'], { env: { ...process.env, ...env } })
    let said = ''
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      said += chunk
    })
    let complained = ''
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      complained += chunk
    })
    try {
      const ports = await waitUntil('the forwarded ports', () => {
        const found = [...said.matchAll(/127\.0\.0\.1:(\d+) -> (808\d)/g)]
        return found.length === 2 && Object.fromEntries(found.map(([, local, remote]) => [remote, Number(local)]))
      })
      const pages = await Promise.all([
        ...Array.from({ length: 12 }, () => page(ports['8082'] ?? 0)),
        ...Array.from({ length: 3 }, () => page(ports['8081'] ?? 0)),
      ])
      // Nothing about a connection that failed, nor about another protocol that had to be fallen back to.
      assert.doesNotMatch(complained, /error|fallback/i)
      assert.deepEqual(pages, [...Array(12).fill('everywhere\n'), ...Array(3).fill('loopback\n')])
    } finally {
      child.kill('SIGINT')
    }
  })
}

/** A page by HTTP/1.0, whose end is the connection's. */
function page(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    const socket = connect(port, '127.0.0.1', () => socket.write('GET / HTTP/1.0\r\n\r\n'))
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
    })
    socket.once('end', () => resolve(text.split('\r\n\r\n')[1] ?? text))
    socket.once('error', reject)
    socket.setTimeout(30_000, () => socket.destroy(new Error(`no end of the page from port ${port}; so far: ${text}`)))
  })
}

test('a copy there and back is the same file', async () => {
  const file = join(state, 'sent')
  await writeFile(file, randomBytes(5_000_000))
  await kubectl.ok(['cp', file, 's:/tmp-copy'])
  await kubectl.ok(['cp', 's:/tmp-copy', `${file}-back`])
  assert.deepEqual(await readFile(`${file}-back`), await readFile(file))
})

test('attach joins the container’s own input and output', async () => {
  const child = spawn('kubectl', ['--kubeconfig', kubeconfig, 'attach', '-i', 's'])
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    said += chunk
  })
  try {
    child.stdin.write('you there\n')
    await waitUntil('the answer', () => said.includes('heard you there'), { seen: () => said })
  } finally {
    child.kill('SIGKILL')
  }
})

test('a container that is not there, and a pod that is not, are said to be so', async () => {
  const missing = await kubectl.run(['exec', 's', '-c', 'nope', '--', 'true'])
  assert.notEqual(missing.code, 0)
  assert.match(missing.stderr, /container nope is not valid for pod s/)
  assert.match((await kubectl.run(['exec', 'nobody', '--', 'true'])).stderr, /pods "nobody" not found/)
  const command = await kubectl.run(['exec', 's', '--', 'no-such-program'])
  assert.notEqual(command.code, 0)
})

test('a followed log streams as it is written, each line once', async () => {
  const child = spawn('kubectl', ['--kubeconfig', kubeconfig, 'logs', '-f', '--tail=1', 'counter'])
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    said += chunk
  })
  try {
    await waitUntil('ten lines', () => said.split('\n').length > 10, { seen: () => said })
    const numbers = said
      .split('\n')
      .filter((line) => line !== '')
      .slice(0, -1)
      .map((line) => Number(line.slice(5)))
    assert.deepEqual(
      numbers,
      numbers.map((_, index) => (numbers[0] ?? 0) + index),
      'each line once, in order',
    )
  } finally {
    child.kill('SIGKILL')
  }
})

test('200 clients that hang up early leave no exec, no socket and no file open in the agent', async () => {
  const { pid } = podsteward.process
  const open = () => readdirSync(`/proc/${pid}/fd`).length
  const processes = async () => Number(await kubectl.ok(['exec', 's', '--', 'sh', '-c', 'ps | grep -c "[c]at -u"']).catch(() => '0'))
  await kubectl.ok(['exec', 's', '--', 'true'])
  const before = open()
  for (let round = 0; round < 40; round += 1) {
    await Promise.all(
      Array.from({ length: 5 }, async (_, index) => {
        const env = { ...process.env, KUBECTL_REMOTE_COMMAND_WEBSOCKETS: String(index % 2 === 0) }
        const child = spawn('kubectl', ['--kubeconfig', kubeconfig, 'exec', '-i', 's', '--', 'sh', '-c', 'echo up; exec cat -u'], { env })
        await new Promise((resolve) => child.stdout.once('data', resolve))
        child.kill('SIGKILL')
      }),
    )
  }
  await waitUntil('the sockets to be closed', () => open() <= before + 15, { seen: () => `${open()} open, ${before} before` })
  await waitUntil('what read the clients’ input to have met its end', async () => (await processes()) === 0, { seen: processes })
})

test('clients that are killed while nobody reads what they send leave nothing open either', async () => {
  const { pid } = podsteward.process
  // As many at once as below: the connections to the engine that are kept for the next calls are no client's.
  await Promise.all(Array.from({ length: 8 }, () => kubectl.ok(['exec', 's', '--', 'true'])))
  const before = socketsOf(pid)
  const opened = () => [...socketsOf(pid)].filter((socket) => !before.has(socket))
  const zeros = openSync('/dev/zero', 'r')
  const children = ['true', 'false'].flatMap((websockets) =>
    Array.from({ length: 4 }, () => {
      const env = { ...process.env, KUBECTL_REMOTE_COMMAND_WEBSOCKETS: websockets }
      return spawn('kubectl', ['--kubeconfig', kubeconfig, 'exec', '-i', 's', '--', 'sh', '-c', 'echo up; exec sleep 98765'], {
        env,
        stdio: [zeros, 'pipe', 'ignore'],
      })
    }),
  )
  await Promise.all(children.map((child) => new Promise((resolve) => child.stdout?.once('data', resolve))))
  // They have filled all that lies between, and wait.
  await waitUntil('many open', () => opened().length >= children.length * 2, { seen: () => opened().length })
  const cpu = () => children.map((child) => readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]?.split(' ').slice(11, 13).join()).join(' ')
  let seen = ''
  await waitUntil('the clients to be held up', () => {
    const stands = seen === cpu()
    seen = cpu()
    return stands
  })
  const theirs = opened()
  for (const child of children) child.kill('SIGKILL')
  closeSync(zeros)
  // What else the agent opens meanwhile is not theirs.
  const left = () => theirs.filter((socket) => socketsOf(pid).has(socket)).length
  await waitUntil('the sockets to be closed', () => left() <= 3, { timeoutMs: 40_000, seen: () => `${left()} of ${theirs.length} open` })
})
