import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Docker from 'dockerode'
import { run } from '../../src/base/spawn.ts'
import { freePort } from './free-port.ts'
import { waitUntil } from './wait-until.ts'

export interface RegistryAccount {
  readonly username: string
  readonly password: string
}

export interface TestRegistry extends AsyncDisposable {
  /** `127.0.0.1:<port>`, the first part of its images' references. Docker takes a registry on loopback without TLS. */
  readonly host: string
  /** Pushes an image that the engine has as `name` (`app:1`); the engine does not keep that name. Returns the reference. */
  push(socketPath: string, image: string, name: string): Promise<string>
}

/** Starts Debian's docker-registry on a free loopback port, open to all or to one account. Disposal stops it and removes what it holds. */
export async function startRegistry(account?: RegistryAccount): Promise<TestRegistry> {
  const root = await mkdtemp(join(tmpdir(), 'podsteward-registry-'))
  const host = `127.0.0.1:${await freePort()}`
  const storage = { filesystem: { rootdirectory: join(root, 'data') } }
  const auth = account && { auth: { htpasswd: { realm: 'test', path: join(root, 'htpasswd') } } }
  if (account) await writeFile(join(root, 'htpasswd'), `${account.username}:${await bcrypt(account.password)}\n`)
  // JSON is YAML.
  await writeFile(join(root, 'config.yml'), JSON.stringify({ version: 0.1, log: { level: 'error' }, storage, http: { addr: host }, ...auth }))
  const registry = spawn('docker-registry', ['serve', join(root, 'config.yml')], { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  let over: string | undefined
  registry.stderr.on('data', (chunk) => {
    said = `${said}${chunk}`.slice(-2000)
  })
  const ended = new Promise<void>((resolve) => {
    registry.once('error', (error: NodeJS.ErrnoException) => {
      over = error.code === 'ENOENT' ? 'docker-registry is not installed: install docker-registry' : error.message
      resolve()
    })
    registry.once('close', (code, signal) => {
      over ??= `docker-registry ended with ${signal ?? code}: ${said}`
      resolve()
    })
  })
  const stop = async () => {
    registry.kill('SIGTERM')
    await ended
    await rm(root, { recursive: true, force: true })
  }
  try {
    await waitUntil('the registry', async () => over !== undefined || (await fetch(`http://${host}/v2/`)).status > 0, { seen: () => said })
    if (over !== undefined) throw new Error(`cannot start a registry for the tests: ${over}`)
  } catch (error) {
    await stop()
    throw error
  }
  return {
    host,
    push: (socketPath, image, name) => push(new Docker({ socketPath, version: 'v1.41' }), image, `${host}/${name}`, account),
    [Symbol.asyncDispose]: stop,
  }
}

async function push(docker: Docker, image: string, reference: string, account: RegistryAccount | undefined): Promise<string> {
  const colon = reference.lastIndexOf(':')
  await docker.getImage(image).tag({ repo: reference.slice(0, colon), tag: reference.slice(colon + 1) })
  let said = ''
  for await (const chunk of await docker.getImage(reference).push({ authconfig: { serveraddress: '', username: '', password: '', ...account } })) said += chunk
  await docker.getImage(reference).remove()
  if (said.includes('"error"')) throw new Error(`cannot push ${reference}: ${said}`)
  return reference
}

// htpasswd needs bcrypt, which Node has not; the C library's crypt has, and perl is in every Debian.
const bcrypt = async (password: string) => (await run('perl', ['-e', 'print crypt($ARGV[0], q($2y$05$abcdefghijklmnopqrstuu))', password])).stdout
