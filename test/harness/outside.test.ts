import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { SpawnResult } from '../../src/base/spawn.ts'
import { OutsideProject } from '../support/outside-project.ts'
import { examples, projectFiles } from './documented.ts'

/** Sockets and the machine's time; no sockets and a time that is set. */
const shown = ['controller', 'crash-loop'] as const
const example = (name: string) => examples.get(name) ?? assert.fail(`docs/harness.md has no example ${name}`)

function passed({ exitCode, stdout, stderr }: SpawnResult, said: RegExp): void {
  assert.equal(exitCode, 0, stdout + stderr)
  assert.match(stdout + stderr, said)
}

describe('in a project that has installed the package', () => {
  let project: OutsideProject
  before(async () => {
    project = await OutsideProject.make()
    for (const [file, text] of projectFiles) await project.write(file, text)
  })
  after(() => project?.[Symbol.asyncDispose]())

  test('node:test runs an example by copy and paste', async () => {
    for (const name of shown) await project.write(`node/${name}.test.ts`, example(name))
    passed(await project.node(['--test', ...shown.map((name) => `node/${name}.test.ts`)]), /pass 2\b/)
  })

  for (const pool of ['threads', 'forks'])
    test(`Vitest runs it in ${pool}, without a configuration`, async () => {
      if (pool === 'threads') await project.link('vitest')
      for (const name of shown) await project.write(`vitest/${name}.test.ts`, example(name).replace("'node:test'", "'vitest'"))
      passed(await project.node(['node_modules/vitest/vitest.mjs', 'run', `--pool=${pool}`, '--testTimeout=60000', 'vitest']), /Tests .*2 passed/)
    })

  test('Jest runs it with the documented configuration, and ends by itself', async () => {
    for (const name of shown) await project.write(`jest/${name}.test.ts`, example(name).replace("import { test } from 'node:test'\n", ''))
    const ran = await project.node(['node_modules/jest/bin/jest.js', '--testTimeout=60000', '--roots=jest'], {
      NODE_OPTIONS: '--experimental-vm-modules',
    })
    passed(ran, /Tests: +2 passed/)
    assert.doesNotMatch(ran.stderr, /did not exit|failed to exit gracefully/)
  })

  describe('of CommonJS', () => {
    before(async () => {
      await project.write('common/package.json', JSON.stringify({ type: 'commonjs' }))
    })

    test('require gives what import gives', async () => {
      const code = `import('podsteward/harness').then((imported) => console.log(require('podsteward/harness').startCluster === imported.startCluster))`
      await project.write('common/same.js', code)
      passed(await project.node(['common/same.js']), /^true$/m)
    })

    test('Jest runs it without a flag or a configuration', async () => {
      await project.write(
        'common/jest/web.test.js',
        `const { startCluster, WaitError } = require('podsteward/harness')
         let cluster
         beforeAll(async () => { cluster = await startCluster() })
         afterAll(() => cluster[Symbol.asyncDispose]())
         test('a pod runs', async () => {
           await cluster.apply({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web' }, spec: { containers: [{ name: 'app', image: 'a:1' }] } })
           const pod = await cluster.waitFor('pod/web', 'Ready')
           expect(pod.spec.containers).toMatchObject([{ name: 'app', image: 'a:1' }])
           await expect(cluster.waitFor('pod/web', 'Failed', { timeoutMs: 50 })).rejects.toBeInstanceOf(WaitError)
         })`,
      )
      await project.write('common/jest/jest.config.json', '{}')
      passed(await project.node(['node_modules/jest/bin/jest.js', '--config=common/jest/jest.config.json', '--testTimeout=60000']), /Tests: +1 passed/)
    })

    test('@swc/jest runs TypeScript without a flag', async () => {
      await project.link('@swc')
      await project.write('common/swc/crash.test.ts', example('crash-loop').replace("import { test } from 'node:test'\n", ''))
      const transform = { '\\.ts$': ['@swc/jest', { jsc: { parser: { syntax: 'typescript', explicitResourceManagement: true }, target: 'es2022' } }] }
      await project.write('common/swc/jest.config.json', JSON.stringify({ testEnvironment: 'node', transform }))
      passed(await project.node(['node_modules/jest/bin/jest.js', '--config=common/swc/jest.config.json', '--testTimeout=60000']), /Tests: +1 passed/)
    })

    test('its types are those of the ES module, all of them', async () => {
      const harness = readFileSync(resolve(import.meta.dirname, '../../src/harness/harness.ts'), 'utf8')
      const names = [...harness.matchAll(/^export (?:type )?\{([^}]*)\}/gm)].flatMap(([, list = '']) =>
        list.split(',').map((each) => each.replace('type ', '').trim()),
      )
      const uses = names.map((name, index) => `export const v${index}: harness.${name} extends never ? 1 : 0 = 0`)
      await project.write(
        'common/types.ts',
        `import harness = require('podsteward/harness')\n${uses.join('\n')}\nexport const start: Promise<harness.Cluster> = harness.startCluster()\n`,
      )
      passed(
        await project.node([
          'node_modules/typescript/bin/tsc',
          '--noEmit',
          '--module',
          'nodenext',
          '--target',
          'es2024',
          '--skipLibCheck',
          '--types',
          'node',
          'common/types.ts',
          '--ignoreConfig',
        ]),
        /^$/,
      )
    })
  })

  test('every example has the types that a strict project asks for, libraries included', async () => {
    for (const [name, code] of examples) await project.write(`types/${name}.test.ts`, code)
    await project.write(
      'types/tsconfig.json',
      JSON.stringify({
        extends: '../tsconfig.json',
        compilerOptions: { skipLibCheck: false, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true },
        include: ['.'],
      }),
    )
    passed(await project.node(['node_modules/typescript/bin/tsc', '-p', 'types']), /^$/)
  })

  test('the harness runs where the language has no explicit resource management, as Node 22', async () => {
    const code = `
      import { startCluster } from 'podsteward/harness'
      const cluster = await startCluster({ clock: 'manual' })
      await cluster.apply({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web' }, spec: { containers: [{ name: 'app', image: 'a:1' }] } })
      console.log(globalThis.AsyncDisposableStack, (await cluster.waitFor('pod/web', 'Ready')).status.phase)
      await cluster[Symbol.asyncDispose]()
    `
    await project.write('old.mjs', code)
    passed(await project.node(['--no-js-explicit-resource-management', 'old.mjs']), /^undefined Running$/m)
  })

  test('the command of the package says its name and version', async () => {
    passed(await project.node(['./node_modules/podsteward/dist/src/cli/main.js', '--version']), /\d+\.\d+\.\d+/)
  })
})
