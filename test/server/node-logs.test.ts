import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { serveNodeLogs } from '../../src/server/node-logs.ts'
import { ServingError } from '../../src/server/serving-error.ts'
import { shell } from '../support/hard-trees.ts'

async function serving(t: TestContext) {
  const directory = await mkdtemp(join(tmpdir(), 'node-logs-'))
  const root = join(directory, 'log')
  await mkdir(root)
  const server = createServer((request, response) => {
    serveNodeLogs(root, decodeURIComponent(request.url ?? ''), request, response).catch((error: unknown) => {
      response.writeHead(error instanceof ServingError ? error.status : 500).end(String(error))
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(async () => {
    server.close()
    server.closeAllConnections()
    await rm(directory, { recursive: true, force: true })
  })
  const ask = async (path: string) => {
    const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`, { redirect: 'manual' })
    return { status: answer.status, body: await answer.text() }
  }
  return { directory, root, ask }
}

/** Another process that swaps names as fast as it can, until it is ended. */
const swapping = `
  const { renameSync, symlinkSync, unlinkSync } = require('node:fs')
  process.stdout.write('go')
  for (;;) {
    renameSync('d', 'was'); renameSync('link', 'd'); renameSync('d', 'link'); renameSync('was', 'd')
    renameSync('e/deep/f', 'e/deep/g'); symlinkSync('../../../outside/deep/f', 'e/deep/f'); unlinkSync('e/deep/f'); renameSync('e/deep/g', 'e/deep/f')
  }`

test('while names below the log directory are swapped for links, nothing outside of it is given or listed', async (t) => {
  const { directory, root, ask } = await serving(t)
  for (const place of [join(root, 'd/deep'), join(root, 'e/deep'), join(directory, 'outside/deep')]) await mkdir(place, { recursive: true })
  for (const place of ['d', 'e']) await writeFile(join(root, place, 'deep/f'), 'inside')
  await writeFile(join(directory, 'outside/deep/f'), 'secret')
  await writeFile(join(directory, 'outside/deep/secret-name'), '')
  await symlink('../outside', join(root, 'link'))
  const swaps = spawn(process.execPath, ['-e', swapping], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] })
  await once(swaps.stdout, 'data')
  const seen = new Map<string, number>()
  for (let round = 0; round < 500; round += 1) {
    const answers = await Promise.all(['/logs/d/deep/f', '/logs/e/deep/f', '/logs/d/deep/', '/logs/d/'].map(ask))
    for (const { status, body } of answers) seen.set(`${status} ${body}`, (seen.get(`${status} ${body}`) ?? 0) + 1)
  }
  swaps.kill('SIGKILL')
  await once(swaps, 'exit')
  assert.ok((seen.get('200 inside') ?? 0) > 0)
  assert.deepEqual(
    [...seen.keys()].filter((text) => text.includes('secret') || text.startsWith('5')),
    [],
  )
})

test('a fifo, a device, a socket and a loop of links are not there; nothing waits for them', async (t) => {
  const { root, ask } = await serving(t)
  await shell(root, 'mkfifo pipe; mknod zero c 1 5; ln -s loop loop; ln -s /etc/hostname out; mkdir d; ln -s ../.. d/up; ln -s d within; echo x > d/f')
  for (const path of ['pipe', 'zero', 'loop', 'out', 'd/up/etc/hostname', 'd/f/', 'none']) assert.equal((await ask(`/logs/${path}`)).status, 404, path)
  assert.deepEqual(await ask('/logs/within/f'), { status: 200, body: 'x\n' })
})

test('names of bytes are listed as they are, and a list of very many has an end', async (t) => {
  const { root, ask } = await serving(t)
  await shell(root, `touch $'caf\\351' 'a b' 'q?' 'ü'; mkdir $'d<'`)
  const { body } = await ask('/logs/')
  for (const line of ['<a href="caf%E9">', '<a href="a%20b">a b</a>', '<a href="q%3F">q?</a>', '<a href="%C3%BC">ü</a>', '<a href="d%3C/">d&#60;/</a>'])
    assert.ok(body.includes(line), line)
})
