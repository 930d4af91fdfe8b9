import { spawn } from 'node:child_process'
import { existsSync, openSync } from 'node:fs'
import { truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ensureBusybox } from '../test/support/images.ts'
import { LiveNode } from '../test/support/live-node.ts'

/** What goes through exec and cp, and what is in the log. */
const streamBytes = 200 << 20
const logBytes = 20 << 20
/** The middle one counts: others use the machine too. */
const rounds = 5

/** What Docker's log files hold, without Docker. */
const readDirectly = `
  const { globSync, readFileSync } = require('node:fs')
  for (const file of globSync(process.argv[1] + '*').sort().reverse())
    for (const line of readFileSync(file, 'utf8').split('\\n')) if (line) process.stdout.write(JSON.parse(line).log)`

interface Command {
  readonly command: string
  readonly args: readonly string[]
  /** File to be the input. */
  readonly input?: string
}

/** How fast streams go through kubectl, the API server and the node, beside `docker` doing the same on the same engine, in turns. Needs root, docker and kubectl. */
export async function run(): Promise<void> {
  const socketPath = process.env.PODSTEWARD_TEST_DOCKER ?? process.env.DOCKER_HOST?.replace(/^unix:\/\//, '') ?? '/var/run/docker.sock'
  if (!existsSync(socketPath)) {
    console.log(`  left out: no Docker Engine at ${socketPath}; set DOCKER_HOST=unix://<socket> to one`)
    return
  }
  process.env.PODSTEWARD_TEST_DOCKER = socketPath
  await ensureBusybox(socketPath)
  await using node = await LiveNode.start()
  const { state, kubectl } = node
  const talk = `yes ${'x'.repeat(99)} | head -c ${logBytes}; echo; echo the end; exec sleep 3600`
  await node.ready('bench', { containers: [{ command: ['sh', '-c', talk] }] })
  const container = await node.container('bench')
  const logPath = (await node.runtime.docker?.getContainer(container.id).inspect())?.LogPath ?? ''
  const kube = (...args: string[]): Command => ({ command: 'kubectl', args: ['--kubeconfig', join(state, 'kubeconfig'), ...args] })
  const own = (...args: string[]): Command => ({ command: 'docker', args: ['-H', `unix://${socketPath}`, ...args] })
  while (!(await kubectl.ok(['logs', 'bench', '--tail=1'])).includes('the end')) await new Promise((resolve) => setTimeout(resolve, 500))

  const zeros = join(state, 'zeros')
  await writeFile(zeros, '')
  await truncate(zeros, streamBytes)
  const write = ['dd', 'if=/dev/zero', 'bs=1M', `count=${streamBytes >> 20}`]
  const read = ['sh', '-c', 'cat > /dev/null']
  const withInput = (command: Command) => ({ ...command, input: zeros })
  const spdy = {
    ...kube('exec', '-i', 'bench', '--', ...read),
    args: ['KUBECTL_REMOTE_COMMAND_WEBSOCKETS=false', 'kubectl', ...kube('exec', '-i', 'bench', '--', ...read).args],
  }
  const rows = [
    ['log', logBytes, kube('logs', 'bench'), { command: process.execPath, args: ['-e', readDirectly, logPath] }, 'decoding the files'],
    ['log', logBytes, kube('logs', 'bench'), own('logs', container.id), 'docker logs'],
    ['exec output', streamBytes, kube('exec', 'bench', '--', ...write), own('exec', container.id, ...write), 'docker exec'],
    ['exec input', streamBytes, withInput(kube('exec', '-i', 'bench', '--', ...read)), withInput(own('exec', '-i', container.id, ...read)), 'docker exec'],
    ['exec input, SPDY', streamBytes, withInput({ ...spdy, command: 'env' }), withInput(own('exec', '-i', container.id, ...read)), 'docker exec'],
    [
      'cp into the pod',
      streamBytes,
      kube('cp', zeros, 'bench:/zeros'),
      tarInto(own('exec', '-i', container.id, 'tar', 'xf', '-', '-C', '/tmp'), state),
      'tar | docker exec tar',
    ],
    [
      'cp out of the pod',
      streamBytes,
      kube('cp', 'bench:/zeros', join(state, 'back')),
      tarOutOf(own('exec', container.id, 'tar', 'cf', '-', 'zeros'), state),
      'docker exec tar | tar',
    ],
  ] as const
  const table = []
  for (const [what, bytes, ours, theirs, name] of rows) {
    const times: [number[], number[]] = [[], []]
    for (let round = 0; round < rounds; round += 1) {
      times[0].push(await seconds(ours))
      times[1].push(await seconds(theirs))
    }
    const [mine = Number.NaN, other = Number.NaN] = times.map((each) => each.sort((a, b) => a - b)[rounds >> 1])
    const rate = (time: number) => Math.round(bytes / time / (1 << 20))
    table.push({ what, 'MB/s': rate(mine), beside: name, 'its MB/s': rate(other), ratio: Number((other / mine).toFixed(2)) })
  }
  console.table(table)
}

const tarInto = (target: Command, state: string): Command => ({
  command: 'sh',
  args: ['-c', `tar cf - -C ${state} zeros | exec "$@"`, 'sh', target.command, ...target.args],
})

const tarOutOf = (source: Command, state: string): Command => ({
  command: 'sh',
  args: ['-c', `"$@" | tar xf - -C ${state}`, 'sh', source.command, ...source.args],
})

function seconds({ command, args, input }: Command): Promise<number> {
  return new Promise((resolve, reject) => {
    const from = performance.now()
    const child = spawn(command, [...args], { stdio: [input === undefined ? 'ignore' : openSync(input, 'r'), 'ignore', 'pipe'] })
    let said = ''
    child.stderr?.on('data', (chunk) => {
      said += chunk
    })
    child.once('error', reject)
    child.once('close', (code) =>
      code === 0 ? resolve((performance.now() - from) / 1000) : reject(new Error(`${command} ${args.join(' ')}: exit ${code}: ${said}`)),
    )
  })
}

if (import.meta.main) await run()
