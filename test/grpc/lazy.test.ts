import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { resolve } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'

/** How many modules of these packages a thread has loaded once it has loaded `module`. */
async function loaded(module: string, packages: RegExp): Promise<number> {
  const path = resolve(import.meta.dirname, '../..', module)
  const script = `await import(${JSON.stringify(path)})
const { default: module } = await import('node:module')
console.log(Object.keys(module._cache).filter((path) => ${packages}.test(path)).length)`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script])
  return Number(stdout)
}

for (const module of ['src/agent/agent.ts', 'src/agent/host-module.ts'])
  test(`${module} loads neither gRPC nor an engine’s client before it is needed`, async () => {
    assert.equal(await loaded(module, /node_modules\/(@grpc|dockerode)\//), 0)
  })
