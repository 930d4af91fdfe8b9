import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { promisify } from 'node:util'
import Docker from 'dockerode'
import { type TarEntry, tarArchive } from '../../src/engine/pause-image/tar.ts'

/** The image of the tests: a busybox userland with `sh` as its command. */
export const busyboxImage = 'podsteward.test/busybox:1'

const busybox = '/bin/busybox'

/** Makes `podsteward.test/busybox:1` on the engine unless it is there, from the host's static busybox; needs no registry. */
export async function ensureBusybox(socketPath: string): Promise<void> {
  const docker = new Docker({ socketPath, version: 'v1.41' })
  const present = await docker.listImages({ filters: JSON.stringify({ reference: [busyboxImage] }) })
  if (present.length > 0) return
  const [repo, tag] = busyboxImage.split(':')
  const answer = await docker.importImage(Readable.from([await userland()]), {
    repo,
    tag,
    changes: ['CMD ["sh"]', 'ENV PATH=/usr/sbin:/usr/bin:/sbin:/bin'],
  })
  let said = ''
  for await (const chunk of answer) said += chunk
  if (said.includes('"error"')) throw new Error(`cannot make ${busyboxImage}: ${said}`)
}

/** As `busyboxImage`, and its user is nobody. */
export const nobodyImage = 'podsteward.test/nobody:1'

/** Makes `podsteward.test/nobody:1` on the engine from the busybox image. */
export async function ensureNobody(socketPath: string): Promise<void> {
  await ensureBusybox(socketPath)
  const docker = new Docker({ socketPath, version: 'v1.41' })
  const container = await docker.createContainer({ Image: busyboxImage })
  const [repo, tag] = nobodyImage.split(':')
  await container.commit({ repo, tag, changes: 'USER nobody' })
  await container.remove()
}

/** The busybox image as `docker save` writes it, under these names; the tests' name and nobody's. */
export async function busyboxArchive(): Promise<Buffer> {
  const layer = await userland()
  const sha256 = (content: Uint8Array) => createHash('sha256').update(content).digest('hex')
  const image = (reference: string, user: string) => {
    const config = {
      ...{ architecture: process.arch === 'arm64' ? 'arm64' : 'amd64', os: 'linux', created: '2024-01-01T00:00:00Z' },
      config: { Cmd: ['sh'], Env: ['PATH=/usr/sbin:/usr/bin:/sbin:/bin'], User: user },
      rootfs: { type: 'layers', diff_ids: [`sha256:${sha256(layer)}`] },
    }
    const content = Buffer.from(JSON.stringify(config))
    return { path: `${sha256(content)}.json`, content, reference }
  }
  const images = [image(busyboxImage, ''), image(nobodyImage, 'nobody')]
  const manifest = images.map(({ path, reference }) => ({ Config: path, RepoTags: [reference], Layers: ['layer.tar'] }))
  return tarArchive([
    ...images.map(({ path, content }): TarEntry => ({ path, mode: 0o644, type: 'file', content })),
    { path: 'layer.tar', mode: 0o644, type: 'file', content: layer },
    { path: 'manifest.json', mode: 0o644, type: 'file', content: Buffer.from(JSON.stringify(manifest)) },
  ])
}

async function userland(): Promise<Buffer> {
  const binary = await readFile(busybox).catch((cause: unknown) => {
    throw new Error(`the test image is made from ${busybox}: install busybox-static`, { cause })
  })
  const { stdout } = await promisify(execFile)(busybox, ['--list'])
  const applets = stdout.split('\n').filter((name) => name !== '' && name !== 'busybox')
  const directory = (path: string, mode = 0o755): TarEntry => ({ path: `${path}/`, mode, type: 'directory' })
  const file = (path: string, content: string): TarEntry => ({ path, mode: 0o644, type: 'file', content: Buffer.from(content) })
  return tarArchive([
    ...['bin', 'dev', 'etc', 'home', 'proc', 'sys', 'usr', 'var'].map((path) => directory(path)),
    directory('root', 0o700),
    directory('tmp', 0o1777),
    file('etc/passwd', 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/home:/bin/sh\n'),
    file('etc/group', 'root:x:0:\nnogroup:x:65534:\n'),
    { path: 'bin/busybox', mode: 0o755, type: 'file', content: binary },
    ...applets.map((name): TarEntry => ({ path: `bin/${name}`, mode: 0o777, type: 'symlink', target: 'busybox' })),
  ])
}
