import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { loaded } from '../../bench/imports.bench.ts'

const root = join(import.meta.dirname, '../..')
const parts: [string, string, string, readonly string[]][] = [
  [
    'the node’s thread',
    'src/cli/node.ts',
    'piscina',
    ['@kubernetes/client-node', '@opentelemetry/api', '@peculiar/x509', 'pino-pretty', 'dockerode', '@grpc/grpc-js', 'undici', 'etcd3', 'ajv', 'ws'],
  ],
  [
    'a thread of pods’ actors',
    'src/agent/host-module.ts',
    'prom-client',
    ['@kubernetes/client-node', '@opentelemetry/api', 'zod', 'js-yaml', 'pino', 'undici', 'dockerode', '@grpc/grpc-js', 'ws'],
  ],
  ['the engine by CRI', 'src/engine/cri/cri-engine.ts', '@grpc/grpc-js', ['dockerode', 'zod', 'undici', 'protobufjs']],
]

for (const [name, path, seen, without] of parts)
  describe(`what is loaded for ${name}`, async () => {
    const { packages } = await loaded(join(root, path))
    for (const each of without)
      test(`is not ${each}`, () => {
        assert.ok(packages.includes(seen), 'the packages are seen')
        assert.ok(!packages.includes(each))
      })
  })
