import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { readClientCa } from '../../src/agent/serving.ts'
import { makeAuthority } from '../../src/controlplane/pki/authority.ts'

const pem = (body: string) => `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----\n`

for (const [what, why, make] of [
  ['nothing', /holds no certificate/, (path: string) => writeFile(path, '')],
  ['garbage', /holds no certificate/, (path: string) => writeFile(path, Buffer.from([0, 255, 7, 200]))],
  ['a certificate that is none', /certificate 1 of 1 cannot be read/, (path: string) => writeFile(path, pem('AAAA'))],
  [
    'a certificate and one that is none',
    /certificate 2 of 2 cannot be read/,
    async (path: string) => writeFile(path, (await makeAuthority('ca', Date.now())).certPem + pem('MIIB')),
  ],
  ['a directory', /is a directory/, (path: string) => mkdir(path)],
  ['a fifo', /is a fifo/, async (path: string) => void execFileSync('mkfifo', [path])],
  ['no file', /ENOENT/, async () => {}],
] as const)
  test(`a --client-ca-file that holds ${what} is named, with what is wrong and what to give`, async (t) => {
    const directory = await mkdtemp(join(tmpdir(), 'client-ca-'))
    t.after(() => rm(directory, { recursive: true }))
    const path = join(directory, 'ca.crt')
    await make(path)
    assert.throws(
      () => readClientCa(path),
      (error: Error) =>
        error.name === 'ConfigError' &&
        error.message.startsWith(`--client-ca-file ${path}: `) &&
        why.test(error.message) &&
        /; give a file/.test(error.message),
    )
  })
